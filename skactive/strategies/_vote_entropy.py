"""VoteEntropy: the points on whose class a committee is divided; layer 5."""

from skactive._utils.array import ROUNDING, namespace, one_hot
from skactive.base import PointwiseStrategy
from skactive.information import entropy, mutual_information
from skactive.selection._ties import likeliest

__all__ = ["VoteEntropy"]


class VoteEntropy(PointwiseStrategy):
    """Query the points on whose class the members of a committee are divided [1]_.

    Query by committee: each draw votes for its likeliest class, and the score is the
    entropy, in nats, of the shares of votes. Votes are hard: how sure a member is does
    not count, as it does in `BALD`.

    Parameters
    ----------
    estimator : object
        A model with a posterior (see `skactive.samplers.as_sampler`), or a sampler: an
        ensemble, or a list of classifiers, is a committee.
    batch : {"top", "power", "softmax", "softrank"}, default="top"
        How a batch is made of the scores: the largest, or drawn in proportion to
        ``score ** beta``, ``exp(beta score)`` or ``rank ** -beta``; see
        `PointwiseStrategy`.
    beta : float, default=1.0
        Inverse temperature of these draws: the larger, the closer to "top".
    random_state : int, RandomState or None, default=None
        Source of all chance.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The labels.

    Notes
    -----
    A committee of k members can be divided in few ways only: ties are broken by the
    point's own BALD, which knows how sure the members are, then by index. A member with
    several likeliest classes votes for the first of them.

    References
    ----------
    .. [1] Dagan and Engelson, "Committee-based sampling for training probabilistic
       classifiers", ICML 1995; the committee: Seung, Opper and Sompolinsky, "Query by
       committee", COLT 1992.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skactive import VoteEntropy
    >>> X, y = load_iris(return_X_y=True)
    >>> committee = [GaussianNB(), KNeighborsClassifier(), LogisticRegression(C=0.1)]
    >>> VoteEntropy(committee).fit(X[::5], y[::5]).query(X[1::5], n=3).shape
    (3,)
    """

    tasks = ("classification",)
    rounding = ROUNDING

    def _score(self, p_nkc):
        n, k, c = p_nkc.shape
        vote_nk = namespace(p_nkc).reshape(
            likeliest(namespace(p_nkc).reshape(p_nkc, (n * k, c))), (n, k)
        )
        return entropy(namespace(p_nkc).mean(one_hot(vote_nk, c), axis=1))

    def _tie_break(self, p_nkc, score_n):
        return mutual_information(p_nkc)
