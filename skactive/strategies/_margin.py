"""Margin: uncertainty sampling by the margin between two classes; layer 5."""

from skactive._utils.array import ROUNDING, zero_below
from skactive.base import PointwiseStrategy
from skactive.information import entropy, margin, mean_of_draws

__all__ = ["Margin"]


class Margin(PointwiseStrategy):
    """Uncertainty sampling by the margin between the two most likely classes [1]_.

    The score is minus the margin: the second largest minus the largest predicted class
    probability, from -1 (certain) to 0 (tied). For a model with a posterior, the
    probabilities are the mean of the draws.

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
        """Return one minus the margin; see `QueryStrategy`."""
        return 1 + gains

    def _score(self, p_nkc):
        # margins within rounding error are exact ties, in which no class is ahead
        return -zero_below(margin(mean_of_draws(p_nkc)), ROUNDING)

    def _tie_break(self, p_nkc, score_n):
        return entropy(mean_of_draws(p_nkc))
