"""Gains of points given joint labellings of a batch; layer 2.

Given a labelling s, the posterior weights of the draws are w_sk, and one more point
adds the mutual information between its label and the draws [1]_,

    H(sum_k w_sk P_nk) - sum_k w_sk H(P_nk).

All functions take blocks: draws (n, k, c) of points, their entropies (n, k), weights
(s, k) of the draws, and probabilities (s,) of the labellings.

References
----------
.. [1] Kirsch, van Amersfoort and Gal, "BatchBALD: efficient and diverse batch
   acquisition for deep Bayesian active learning", NeurIPS 2019.
"""

import math

import numpy as np

from skactive._utils.array import Array, device, float64, namespace, zero_below

__all__ = [
    "certain_bounds",
    "in_proportion",
    "likely_bounds",
    "mean_gains",
    "normalized",
    "product_error",
    "standard_errors",
    "sum_rounding",
    "weighted_sum",
]

DEVIATIONS = 4.0  # standard errors by which a sampled bound exceeds the estimate
FEW = 64  # labellings summed in the dtype of the weights before adding in float64
EPS = float(np.finfo(np.float64).eps)


def mean_gains(
    p_nkc: Array, noise_nk: Array, w_sk: Array, weight_s: Array, mean_k: Array
) -> Array:
    """Compute the gain of each point, averaged over labellings: (n,), float64.

    Gains below rounding error are set to zero. ``mean_k`` are the weights of the draws
    averaged over labellings.
    """
    xp, c = namespace(p_nkc), p_nkc.shape[-1]
    plogp_m = weighted_sum(weight_s, _plogp(p_nkc, w_sk))
    h_n = -xp.sum(xp.reshape(plogp_m, (c, -1)), axis=0)
    gain_n = h_n - float64(noise_nk) @ mean_k
    eps = float(xp.finfo(w_sk.dtype).eps)
    return zero_below(gain_n, sum_rounding(len(weight_s), eps) * (h_n + 1))


def sum_rounding(size: int, eps: float = EPS) -> float:
    """Relative error of `weighted_sum` of `size` terms with relative error `eps`."""
    return FEW * eps + size / FEW * EPS


def weighted_sum(weight_s: Array, x_sm: Array) -> Array:
    """Compute the weighted sum over labellings: (m,), float64.

    Sums of a few terms are accumulated in float64, because rounding errors of a running
    sum would grow with the number of labellings.
    """
    xp, whole = namespace(x_sm), len(x_sm) // FEW * FEW
    some = xp.reshape(weight_s[:whole], (-1, 1, FEW))
    sums = some @ xp.reshape(x_sm[:whole], (-1, FEW, x_sm.shape[1]))
    rest_m = float64(weight_s[whole:] @ x_sm[whole:])
    return xp.sum(sums, axis=(0, 1), dtype=xp.float64) + rest_m


def standard_errors(
    p_nkc: Array, noise_nk: Array, w_sk: Array, weight_s: Array
) -> Array:
    """Compute the standard error of the mean over sampled labellings: (n,)."""
    gain_sn = _gains_by_labelling(p_nkc, noise_nk, w_sk)
    variance_n = weight_s @ (gain_sn - weight_s @ gain_sn) ** 2
    return (variance_n / w_sk.shape[0]) ** 0.5


def certain_bounds(
    p_nkc: Array, noise_nk: Array, w_sk: Array, weight_s: Array
) -> Array:
    """Compute the mean over labellings plus its maximum rounding error: (n,)."""
    eps, mean_k = _eps(w_sk), weighted_sum(weight_s, w_sk)
    gain_n = mean_gains(p_nkc, noise_nk, w_sk, weight_s, mean_k)
    return gain_n + product_error(eps, *p_nkc.shape[1:])


def likely_bounds(p_nkc: Array, noise_nk: Array, w_sk: Array, weight_s: Array) -> Array:
    """Compute the weighted mean of a sample plus a few standard errors: (n,)."""
    gain_sn = weight_s[:, None] * _gains_by_labelling(p_nkc, noise_nk, w_sk)
    xp, size = namespace(gain_sn), w_sk.shape[0]
    error_n = size**0.5 * xp.std(gain_sn, axis=0)
    error = product_error(_eps(w_sk), *p_nkc.shape[1:])
    return float64(xp.sum(gain_sn, axis=0) + DEVIATIONS * error_n + error)


def _eps(w_sk):
    return float(namespace(w_sk).finfo(w_sk.dtype).eps)


def product_error(eps: float, k: int, c: int) -> float:
    """Maximum error of mean gains computed by products with relative error `eps`."""
    return 2 * eps * (k + FEW) * (math.log(c) + 1)


def in_proportion(size_s: Array, n: int) -> Array:
    """Select n indices in proportion to `size_s`, by systematic sampling: (n,)."""
    xp, total_s = namespace(size_s), namespace(size_s).cumulative_sum(size_s)
    # midpoints of n equal intervals of the cumulative sum
    place_n = xp.arange(n, dtype=size_s.dtype, device=device(size_s)) + 0.5
    return xp.searchsorted(total_s, place_n / n * total_s[-1])


def normalized(log_sk: Array) -> Array:
    """Compute ``p_sk / sum_k p_sk`` from logs; uniform for impossible labellings.

    Computed from logs, since probabilities of joint labellings underflow for batches of
    some dozens of points.
    """
    xp = namespace(log_sk)
    most_s = xp.max(log_sk, axis=1, keepdims=True)
    possible = xp.isfinite(most_s)
    p_sk = xp.where(possible, xp.exp(log_sk - xp.where(possible, most_s, 0.0)), 1.0)
    return p_sk / xp.sum(p_sk, axis=1, keepdims=True)


def _gains_by_labelling(p_nkc, noise_nk, w_sk):
    """Gain of each point given each labelling: (s, n)."""
    xp, shape = namespace(p_nkc), (w_sk.shape[0], p_nkc.shape[-1], -1)
    h_sn = -xp.sum(xp.reshape(_plogp(p_nkc, w_sk), shape), axis=1)
    return h_sn - w_sk @ noise_nk.T


def _plogp(p_nkc, w_sk):
    """``p log p`` of the class probabilities given each labelling: (s, c n)."""
    xp, k = namespace(p_nkc), p_nkc.shape[1]
    p_kx = xp.reshape(xp.permute_dims(p_nkc, (1, 2, 0)), (k, -1))
    # so that zeros have a logarithm. It is added to the k draws instead of the products
    # with many labellings, and is below the rounding error of all other numbers.
    p_kx = p_kx + float(xp.finfo(p_kx.dtype).eps) ** 4
    p_sx = w_sk @ p_kx  # eq. 13 of [1], for all candidates at once
    return p_sx * xp.log(p_sx)
