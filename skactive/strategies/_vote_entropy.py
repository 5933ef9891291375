"""VoteEntropy: query by committee with hard votes; layer 5."""

from skactive._utils.array import ROUNDING, namespace, one_hot
from skactive.base import PointwiseStrategy
from skactive.information import entropy, mutual_information
from skactive.selection._ties import likeliest

__all__ = ["VoteEntropy"]


class VoteEntropy(PointwiseStrategy):
    """Query by committee with vote entropy [1]_.

    Each posterior sample (member of the committee) votes for its most likely class, and
    the score is the entropy, in nats, of the shares of votes. Votes are hard: unlike in
    `BALD`, the confidence of a member does not count.

    Parameters
    ----------
    estimator : object
        An ensemble, a list of classifiers or any other classifier with a posterior (see
        `skactive.samplers.as_sampler`), or a posterior sampler.
    batch : {"top", "power", "softmax", "softrank"}, default="top"
        How to select a batch from the scores: the n largest, or sampled without
        replacement with probabilities proportional to ``score ** beta``,
        ``exp(beta * score)`` or ``rank ** -beta``; see `PointwiseStrategy`.
    beta : float, default=1.0
        Inverse temperature of the sampling; large values approach "top".
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model, the posterior samples and the query.
        Pass an int for reproducible results.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted posterior sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The class labels.

    Notes
    -----
    With k members, vote entropy takes few distinct values. Ties are broken by the BALD
    score, which accounts for the confidence of the members, then by index. A member
    with several equally likely classes votes for the first of them.

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
        # all members of all points at once, as rows of one matrix
        vote_nk = namespace(p_nkc).reshape(
            likeliest(namespace(p_nkc).reshape(p_nkc, (n * k, c))), (n, k)
        )
        return entropy(namespace(p_nkc).mean(one_hot(vote_nk, c), axis=1))

    def _tie_break(self, p_nkc, score_n):
        return mutual_information(p_nkc)
