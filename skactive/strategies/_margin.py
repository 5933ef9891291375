"""Margin: the closest races between two classes; layer 5."""

from skactive._utils.array import ROUNDING, namespace, zero_below
from skactive.base import PointwiseStrategy
from skactive.information import mean_of_draws

__all__ = ["Margin"]


class Margin(PointwiseStrategy):
    """Ask for labels of the points with the closest race between two classes [1]_.

    The score is the second largest probability of the mean of the draws less the
    largest: 0 for a tie, -1 for certainty.

    Parameters
    ----------
    estimator : object
        Any classifier with ``predict_proba``, or a sampler.
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

    References
    ----------
    .. [1] Scheffer, Decomain and Wrobel, "Active hidden Markov models for information
       extraction", 2001.

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
    rounding = ROUNDING

    def _score(self, p_nkc):
        xp = namespace(p_nkc)
        sorted_nc = xp.sort(mean_of_draws(p_nkc), axis=-1)
        second_n = sorted_nc[:, -2] if p_nkc.shape[-1] > 1 else 0.0
        return -zero_below(sorted_nc[:, -1] - second_n, ROUNDING)
