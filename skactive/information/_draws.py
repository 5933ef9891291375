"""Entropies and mutual information of predictive draws, in nats.

Layer 1. ``p_nkc`` are draws: for each of n points and k functions from the posterior,
probabilities over c classes. ``0 log 0 = 0`` throughout, and results are float64.
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

CLOSE = 1e-3  # a difference of entropies this small has lost too many digits
FLAT = 1e-3  # relative deviations below which a series is better than its function


def of_draws(measure: Callable[[Array], Array], draws_nkc: Array) -> Array:
    """Join ``measure(draws_mkc)`` of blocks of points, their draws in float64.

    A block fits a core's own cache. Double precision costs no more there than single
    does outside of it, where memory is what scoring waits for.

    Parameters
    ----------
    measure : callable
        Of draws in float64, to an array with one entry a point.
    draws_nkc : array of shape (n, k, c)
        Draws of any floating type.

    Returns
    -------
    array of shape (n, ...)
        What `measure` makes of them.
    """
    n, k, c = draws_nkc.shape
    size = block_rows(8 * k * c, draws_nkc, CORE_CACHE_BYTES)
    return map_rows(lambda rows: measure(float64(draws_nkc[rows])), n, size)


def entropy(p: Array, axis: int = -1) -> Array:
    """Shannon entropy of probability vectors, in nats.

    Parameters
    ----------
    p : array of shape (..., c)
        Probabilities; NumPy array or tensor. Exact zeros contribute nothing.
    axis : int, default=-1
        The axis over which the probabilities sum to one.

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
    # a third of the time of entr; clipped zeros have a logarithm, and contribute 0
    logp = xp.log(xp.clip(p, min=xp.finfo(p.dtype).smallest_normal))
    return 0.0 - xp.sum(p * logp, axis=axis)


def mean_of_draws(p_nkc: Array) -> Array:
    """Mean of the draws, in double precision.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities, or values, of n points under k functions.

    Returns
    -------
    array of shape (n, c)
        ``mean_k P_nk``, float64: the same, but for the last digits, on every array
        library and in chunks of every size.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import mean_of_draws
    >>> mean_of_draws(np.array([[[1.0, 0.0], [0.5, 0.5]]], dtype=np.float16))
    array([[0.75, 0.25]])
    """
    return of_draws(lambda p_mkc: namespace(p_mkc).mean(p_mkc, axis=1), p_nkc)


def least_confidence(p_nkc: Array) -> Array:
    """Probability that the predicted label is wrong, if the model is right.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        1 minus the largest probability of the mean of the draws, float64.

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
    """Margin of each point: how far the first class is ahead of the second.

    Parameters
    ----------
    p_nc : array of shape (n, c)
        Class probabilities, or values of a decision function.

    Returns
    -------
    array of shape (n,)
        The largest of each row minus the second largest; of a single class, itself.

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
    """Mean entropy of the single draws: what stays uncertain once the model is known.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        ``mean_k H(P_nk)``, in nats, float64.

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
    """Information that a point's label and the model have about each other.

    The score of BALD [1]_: entropy of the mean prediction minus the mean entropy of
    the draws. It is right to a few digits less than double precision has, however
    small, and exactly 0 where the draws agree, up to the rounding of their own type.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        In nats, in [0, min(log c, log k)], float64.

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
    # draws that differ by a rounding of theirs, eps, share eps^2 nats
    rounding = (8 * float(xp.finfo(p_nkc.dtype).eps)) ** 2
    return zero_below(of_draws(_mutual_information, p_nkc), rounding)


def _mutual_information(p_nkc):
    xp = namespace(p_nkc)
    gain_n = entropy(xp.mean(p_nkc, axis=1)) - _conditional_entropy(p_nkc)
    close_n = gain_n < CLOSE
    if bool(xp.any(close_n)):
        gain_n[close_n] = _mean_divergence(p_nkc[close_n])
    return gain_n


def _mean_divergence(p_nkc):
    """The same number, without a difference: the mean of KL(P_k, mean P), (n,).

    With u = P / m - 1, it is ``sum_c m mean_k [(1 + u) log(1 + u) - u]``.
    """
    xp, (first_nc, shift_nc, away_nkc) = namespace(p_nkc), deviations(p_nkc)
    m_nc = first_nc + shift_nc
    u_nkc = away_nkc / positive_or_one(m_nc)[:, None, :]
    u_nkc = xp.clip(u_nkc, min=-1.0)  # P = 0, but for rounding
    steep_nkc = special(u_nkc).xlog1py(1 + u_nkc, u_nkc) - u_nkc
    flat_nkc = u_nkc * u_nkc * (1 / 2 - u_nkc * (1 / 6 - u_nkc * (1 / 12 - u_nkc / 20)))
    divergence_nkc = xp.where(xp.abs(u_nkc) < FLAT, flat_nkc, steep_nkc)
    return xp.sum(m_nc * xp.mean(divergence_nkc, axis=1), axis=-1)


def deviations(draws_nkc: Array) -> tuple[Array, Array, Array]:
    """First draw (n, c), mean minus first draw (n, c), and draws minus mean (n, k, c).

    All is measured from the first draw: draws that agree are exactly at their mean,
    while a mean of equal numbers may be rounded off them.
    """
    first_nc = draws_nkc[:, 0, :]
    away_nkc = draws_nkc - first_nc[:, None, :]
    shift_nc = namespace(draws_nkc).mean(away_nkc, axis=1)
    away_nkc -= shift_nc[:, None, :]
    return first_nc, shift_nc, away_nkc


def variance(draws_nkc: Array) -> Array:
    """Variance over the draws; exactly 0 where they all agree.

    Parameters
    ----------
    draws_nkc : array of shape (n, k, c)
        Draws of probabilities or of values.

    Returns
    -------
    array of shape (n, c)
        ``E_k (P - E_k P)^2``: divided by k, not by k - 1; float64.

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
