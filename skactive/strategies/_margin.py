"""Margin: the closest races between two classes; layer 5."""

from skactive._utils.array import ROUNDING, zero_below
from skactive.base import PointwiseStrategy
from skactive.information import entropy, margin, mean_of_draws

__all__ = ["Margin"]


class Margin(PointwiseStrategy):
    """Select the points with the closest race between two classes [1]_.

    The score is the second largest probability of the mean of the draws less the
    largest: 0 for a tie, -1 for certainty.

    Parameters
    ----------
    estimator : object
        Any classifier with ``predict_proba``, or with ``decision_function`` alone (an
        SVM, `RidgeClassifier`, `SGDClassifier`, `Perceptron` ...), or a sampler.
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
    Points tied up to rounding, as many are where trees of a forest vote, are ordered by
    the entropy of the mean of the draws, then by index.

    Of a model that has a ``decision_function`` and no probabilities, the score is minus
    the distance from the decision boundary, ``-abs(f)``, for two classes, and the
    second largest one-vs-rest value minus the largest for more [2]_.

    References
    ----------
    .. [1] Scheffer, Decomain and Wrobel, "Active hidden Markov models for information
       extraction", 2001.
    .. [2] Tong and Koller, "Support vector machine active learning with applications
       to text classification", JMLR 2, 2001.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skactive import Margin
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = Margin(LogisticRegression(max_iter=500))
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("classification",)
    needs = "mean"
    takes_decisions = True
    rounding = ROUNDING

    def worth(self, gains):
        """One minus the margin; see `QueryStrategy`."""
        return 1 + gains

    def _score(self, p_nkc):
        return -zero_below(margin(mean_of_draws(p_nkc)), ROUNDING)

    def _tie_break(self, p_nkc, score_n):
        return entropy(mean_of_draws(p_nkc))
