"""MaxVariance: the points where predicted values vary most; layer 5."""

from skactive._utils.array import namespace
from skactive.base import PointwiseStrategy
from skactive.information import variance

__all__ = ["MaxVariance"]


class MaxVariance(PointwiseStrategy):
    """Select the points where the model's draws spread most [1]_.

    The score is the variance over the draws, summed over targets.

    Parameters
    ----------
    estimator : object
        A model with a posterior (see `skactive.samplers.as_sampler`), or a sampler.
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
