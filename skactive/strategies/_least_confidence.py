"""LeastConfidence, or variation ratios: uncertainty sampling; layer 5."""

from skactive._utils.array import ROUNDING
from skactive.base import PointwiseStrategy
from skactive.information import entropy, least_confidence, mean_of_draws

__all__ = ["LeastConfidence", "VariationRatios"]


class LeastConfidence(PointwiseStrategy):
    """Uncertainty sampling by least confidence, also known as variation ratios [1]_.

    The score is one minus the largest predicted class probability: the probability,
    according to the model, that the predicted label is wrong. For a model with a
    posterior, the probabilities are the mean of the draws.

    Parameters
    ----------
    estimator : object
        A classifier with ``predict_proba`` or only ``decision_function`` (an SVM,
        `RidgeClassifier`, `SGDClassifier`, `Perceptron` ...), or a posterior sampler.
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
    Ties up to rounding, which are common in forests, are broken by the predictive
    entropy, then by index.

    For a model with a ``decision_function`` but no probabilities, the score is minus
    the distance to the decision boundary, ``-abs(f)``, for two classes, and the second
    largest minus the largest one-vs-rest value for more classes [2]_.

    References
    ----------
    .. [1] Freeman, "Elementary applied statistics", 1965; as a query strategy: Lewis
       and Gale, "A sequential algorithm for training text classifiers", 1994.
    .. [2] Tong and Koller, "Support vector machine active learning with applications
       to text classification", JMLR 2, 2001.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skactive import LeastConfidence
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = LeastConfidence(LogisticRegression(max_iter=500))
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("classification",)
    needs = "mean"
    takes_decisions = True
    rounding = ROUNDING

    def _score(self, p_nkc):
        return least_confidence(p_nkc)

    def _tie_break(self, p_nkc, score_n):
        return entropy(mean_of_draws(p_nkc))


VariationRatios = LeastConfidence
