"""MaxVariance: the points with the largest predictive variance; layer 5."""

from skactive._utils.array import namespace
from skactive.base import PointwiseStrategy
from skactive.information import variance

__all__ = ["MaxVariance"]


class MaxVariance(PointwiseStrategy):
    """Uncertainty sampling for regression by predictive variance [1]_.

    The score is the variance of the posterior samples (draws), summed over targets.

    Parameters
    ----------
    estimator : object
        A model with a posterior, such as a forest, a Gaussian process or a net with
        dropout (see `skactive.samplers.as_sampler`), or a posterior sampler.
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

    References
    ----------
    .. [1] Cohn, Ghahramani and Jordan, "Active learning with statistical models", 1996.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.ensemble import RandomForestRegressor
    >>> from skactive import MaxVariance
    >>> X, y = load_diabetes(return_X_y=True)
    >>> strategy = MaxVariance(RandomForestRegressor(), random_state=0)
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("regression",)

    def _score(self, p_nkc):
        return namespace(p_nkc).sum(variance(p_nkc), axis=-1)
