"""Entropy: uncertainty sampling by predictive entropy; layer 5."""

from skactive._utils.array import ROUNDING
from skactive.base import PointwiseStrategy
from skactive.information import entropy, mean_of_draws

__all__ = ["Entropy"]


class Entropy(PointwiseStrategy):
    """Uncertainty sampling by predictive entropy [1]_.

    The score is the entropy, in nats, of the predicted class probabilities. For a model
    with a posterior these are the mean of the draws.

    Parameters
    ----------
    estimator : object
        A classifier with ``predict_proba``, or a posterior sampler.
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

    References
    ----------
    .. [1] Shannon, "A mathematical theory of communication", 1948; as a query
       strategy: Settles, "Active learning literature survey", 2009.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skactive import Entropy
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = Entropy(LogisticRegression(max_iter=500)).fit(X[::2], y[::2])
    >>> strategy.query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("classification",)
    needs = "mean"
    rounding = ROUNDING

    def _score(self, p_nkc):
        return entropy(mean_of_draws(p_nkc))
