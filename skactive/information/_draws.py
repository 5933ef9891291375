"""Entropies and mutual information of posterior samples (draws); layer 1.

``p_nkc`` are draws: probabilities of c classes for each of n points and k functions
from the posterior. Results are in nats and float64, with ``0 log 0 = 0``.
"""

from collections.abc import Callable

from skactive._utils.array import (
    CORE_CACHE_BYTES,
    Array,
    block_rows,
    float64,
    map_rows,
    namespace,
    positive_or_one,
    special,
    zero_below,
)

__all__ = [
    "conditional_entropy",
    "deviations",
    "entropy",
    "least_confidence",
    "margin",
    "mean_of_draws",
    "mutual_information",
    "of_draws",
    "variance",
]

CLOSE = 1e-3  # smaller differences of entropies suffer from cancellation
FLAT = 1e-3  # relative deviations below which the series is more accurate than the log


def of_draws(measure: Callable[[Array], Array], draws_nkc: Array) -> Array:
    """Apply ``measure(draws_mkc)`` to blocks of points, with draws in float64.

    A block fits the cache of a CPU core. Since scoring is limited by memory bandwidth,
    float64 inside the cache takes no longer than float32 outside of it.

    Parameters
    ----------
    measure : callable
        Function of draws in float64 that returns an array with one entry per point.
    draws_nkc : array of shape (n, k, c)
        Draws of any floating dtype.

    Returns
    -------
    array of shape (n, ...)
        The concatenated results.
    """
    n, k, c = draws_nkc.shape
    size = block_rows(8 * k * c, draws_nkc, CORE_CACHE_BYTES)
    return map_rows(lambda rows: measure(float64(draws_nkc[rows])), n, size)


def entropy(p: Array, axis: int = -1) -> Array:
    """Compute the Shannon entropy of probability vectors, in nats.

    Parameters
    ----------
    p : array of shape (..., c)
        Probabilities; NumPy array or tensor. Zeros contribute 0.
    axis : int, default=-1
        Axis along which the probabilities sum to one.

    Returns
    -------
    array of shape (...)
        Entropies in [0, log c], float64.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import entropy
    >>> entropy(np.array([[0.5, 0.5], [1.0, 0.0]])).round(4)
    array([0.6931, 0.    ])
    """
    p = float64(p)
    xp = namespace(p)
    # faster than entr by a factor of three; zeros are clipped and contribute 0 * log
    logp = xp.log(xp.clip(p, min=xp.finfo(p.dtype).smallest_normal))
    return 0.0 - xp.sum(p * logp, axis=axis)


def mean_of_draws(p_nkc: Array) -> Array:
    """Compute the mean of the draws, in float64.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities, or values, of n points under k functions.

    Returns
    -------
    array of shape (n, c)
        ``mean_k P_nk``, float64. It does not depend on array library and chunk size,
        apart from the last digits.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import mean_of_draws
    >>> mean_of_draws(np.array([[[1.0, 0.0], [0.5, 0.5]]], dtype=np.float16))
    array([[0.75, 0.25]])
    """
    return of_draws(lambda p_mkc: namespace(p_mkc).mean(p_mkc, axis=1), p_nkc)


def least_confidence(p_nkc: Array) -> Array:
    """Compute the least confidence: one minus the probability of the predicted class.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        One minus the largest class probability of the mean of the draws, float64.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import least_confidence
    >>> least_confidence(np.array([[[1.0, 0.0], [0.5, 0.5]]]))
    array([0.25])
    """
    xp = namespace(p_nkc)
    return xp.clip(1 - xp.max(mean_of_draws(p_nkc), axis=-1), min=0.0)


def margin(p_nc: Array) -> Array:
    """Compute the margin between the two largest values of each point.

    Parameters
    ----------
    p_nc : array of shape (n, c)
        Class probabilities, or values of a decision function.

    Returns
    -------
    array of shape (n,)
        The largest minus the second largest value; for a single class, its value.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import margin
    >>> margin(np.array([[0.5, 0.25, 0.25], [0.0, 0.5, 0.5]]))
    array([0.25, 0.  ])
    """
    sorted_nc = namespace(p_nc).sort(p_nc, axis=-1)
    second_n = sorted_nc[:, -2] if p_nc.shape[-1] > 1 else 0.0
    return sorted_nc[:, -1] - second_n


def conditional_entropy(p_nkc: Array) -> Array:
    """Compute the conditional entropy of the label given the model.

    The mean entropy of the draws, which is the aleatoric uncertainty.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        ``mean_k H(P_nk)`` in nats, float64.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import conditional_entropy
    >>> conditional_entropy(np.array([[[1.0, 0.0], [0.5, 0.5]]])).round(4)
    array([0.3466])
    """
    return of_draws(_conditional_entropy, p_nkc)


def _conditional_entropy(p_nkc):
    return namespace(p_nkc).mean(entropy(p_nkc), axis=1)


def mutual_information(p_nkc: Array) -> Array:
    """Compute the mutual information of the label of a point and the model.

    The score of BALD [1]_: the entropy of the mean prediction minus the mean entropy of
    the draws. The relative accuracy is close to that of float64 even for tiny values,
    and the result is exactly 0 if the draws agree up to rounding in their dtype.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        Mutual information in nats, in [0, min(log c, log k)], float64.

    References
    ----------
    .. [1] Houlsby, Huszár, Ghahramani and Lengyel, "Bayesian active learning for
       classification and preference learning", 2011.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import mutual_information
    >>> disagree, agree = [[1.0, 0.0], [0.0, 1.0]], [[0.3, 0.7], [0.3, 0.7]]
    >>> mutual_information(np.array([disagree, agree])).round(4)
    array([0.6931, 0.    ])
    """
    xp = namespace(p_nkc)
    # draws that differ by rounding errors of eps have a mutual information of eps^2
    rounding = (8 * float(xp.finfo(p_nkc.dtype).eps)) ** 2
    return zero_below(of_draws(_mutual_information, p_nkc), rounding)


def _mutual_information(p_nkc):
    xp = namespace(p_nkc)
    gain_n = entropy(xp.mean(p_nkc, axis=1)) - _conditional_entropy(p_nkc)
    # the slower formula is only evaluated where cancellation is severe
    close_n = gain_n < CLOSE
    if bool(xp.any(close_n)):
        gain_n[close_n] = _mean_divergence(p_nkc[close_n])
    return gain_n


def _mean_divergence(p_nkc):
    """Mutual information as the mean of KL(P_k, mean P), without cancellation: (n,).

    With u = P / m - 1, it is ``sum_c m mean_k [(1 + u) log(1 + u) - u]``.
    """
    xp, (first_nc, shift_nc, away_nkc) = namespace(p_nkc), deviations(p_nkc)
    m_nc = first_nc + shift_nc
    u_nkc = away_nkc / positive_or_one(m_nc)[:, None, :]
    u_nkc = xp.clip(u_nkc, min=-1.0)  # below -1 only by rounding, where P = 0
    steep_nkc = special(u_nkc).xlog1py(1 + u_nkc, u_nkc) - u_nkc
    flat_nkc = u_nkc * u_nkc * (1 / 2 - u_nkc * (1 / 6 - u_nkc * (1 / 12 - u_nkc / 20)))
    divergence_nkc = xp.where(xp.abs(u_nkc) < FLAT, flat_nkc, steep_nkc)
    return xp.sum(m_nc * xp.mean(divergence_nkc, axis=1), axis=-1)


def deviations(draws_nkc: Array) -> tuple[Array, Array, Array]:
    """Compute first draw (n, c), mean minus first draw, and draws minus mean (n, k, c).

    The mean is computed relative to the first draw, so that deviations of equal draws
    are exactly 0; the mean of equal numbers may differ from them by rounding.
    """
    first_nc = draws_nkc[:, 0, :]
    away_nkc = draws_nkc - first_nc[:, None, :]
    shift_nc = namespace(draws_nkc).mean(away_nkc, axis=1)
    away_nkc -= shift_nc[:, None, :]
    return first_nc, shift_nc, away_nkc


def variance(draws_nkc: Array) -> Array:
    """Compute the variance of the draws, which is exactly 0 if they all agree.

    Parameters
    ----------
    draws_nkc : array of shape (n, k, c)
        Draws of probabilities or of values.

    Returns
    -------
    array of shape (n, c)
        ``E_k (P - E_k P)^2``, divided by k rather than k - 1; float64.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import variance
    >>> variance(np.array([[[1.0], [3.0]], [[0.1], [0.1]]]))
    array([[1.], [0.]])
    """
    return of_draws(_variance, draws_nkc)


def _variance(draws_nkc):
    *_, away_nkc = deviations(draws_nkc)
    away_nkc *= away_nkc
    return namespace(draws_nkc).mean(away_nkc, axis=1)
