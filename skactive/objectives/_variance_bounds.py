"""Upper bounds of expected variance reductions; layer 2.

The gain of a point with draws F (c x k) is ``tr((q + noise)^-1 r)``, where q is
``F A F'`` and r is ``F A M A F'``. Gains may grow when a point is added to the batch,
but only by a factor that follows from A and M before and after it, so that not all are
evaluated at each step: some in float32 first, and few exactly.
"""

from typing import Any

from skactive._utils.array import Array, device, float64, namespace
from skactive.objectives._half_matrices import half_rows
from skactive.objectives._variance_terms import drop, halves_of_draws, outer

__all__ = ["grown", "in_single_precision", "sizes"]

LEVEL = 1e-8  # of A M A where it is singular, relative to its trace
SLACK = 1e-9  # rounding error of the factors, relative
EXTRA = 8  # rounding errors of a product of k terms: k + EXTRA


def sizes(f_nck: Array) -> Array:
    """Squared norm of F, norm of ``F F'``, and norm of the mean draw: (n, 3)."""
    xp, f_nck = namespace(f_nck), float64(f_nck)
    q_ncc = outer(f_nck, f_nck)
    mean_nc = xp.sum(f_nck, axis=-1) / f_nck.shape[-1] ** 0.5
    return xp.stack(
        [
            xp.linalg.trace(q_ncc),
            xp.sum(q_ncc**2, axis=(1, 2)) ** 0.5,
            xp.sum(mean_nc**2, axis=-1) ** 0.5,
        ],
        axis=1,
    )


def grown(
    bounds_n: Array,
    sizes_n3: Array,
    state: Any,
    roots: Any,
    noise: float,
    c: int,
    least: float,
) -> Array:
    """Turn bounds of the gains before a pick into bounds of those after it.

    ``roots`` are those of A and M before the pick, ``state`` is that after it, and
    `least` is the rounding error of M, which is the smallest level. If
    ``A' >= kept A`` and ``A' M' A' <= most (A M A + level A)``, in the order of
    positive semi-definite matrices, with ``most >= 1``, then ``q' >= kept q`` and
    ``r' <= most (r + level q)``. With `share` the largest eigenvalue of
    ``q (q + noise)^-1``, or more, it follows that

    * ``q' + noise >= (1 - (1 - kept) share) (q + noise)``,
    * ``gain' <= most (gain + c level) / (1 - (1 - kept) share)``.
    """
    level, most = _growth(state, roots, least)
    eigenvalue_n = _largest_eigenvalues(state.before.a_kk, sizes_n3)
    share_n = eigenvalue_n / (eigenvalue_n + noise)
    return most * (bounds_n + c * level) / (1 - (1 - state.kept) * share_n)


def _growth(state, roots, least):
    """The smallest `most` for a small `level`.

    In the basis of B, A is I, A M A is diag(s), and A' is ``P = I - w w'``.
    """
    b_kk, s_k = roots
    xp, w_kc = namespace(b_kk), b_kk.T @ state.pick_kc
    p_kk = xp.eye(len(s_k), dtype=s_k.dtype, device=device(s_k)) - w_kc @ w_kc.T
    after_kk = p_kk @ (b_kk.T @ state.m_kk @ b_kk) @ p_kk
    s_k = xp.clip(s_k, min=0.0)
    least = max(least, xp.finfo(s_k.dtype).smallest_normal ** 0.5)
    level = xp.clip(LEVEL * xp.sum(s_k), min=least)
    scale_k = (s_k + level) ** -0.5
    ratio_kk = scale_k[:, None] * after_kk * scale_k
    largest = xp.linalg.eigvalsh((ratio_kk + ratio_kk.T) / 2)[-1]
    return level, (1 + SLACK) * xp.clip(largest, min=1.0)


def _largest_eigenvalues(a_kk, sizes_n3):
    """Bounds of the largest eigenvalue of ``F A F'``: (n,).

    Draws are centred, up to rounding, so that constants are no direction of F. A keeps
    its eigenvalue 1 there, which counts only for the mean of the draws.
    """
    xp = namespace(a_kk)
    row_1k = xp.mean(a_kk, axis=0, keepdims=True)
    a_kk = a_kk - row_1k - row_1k.T + xp.mean(row_1k)
    largest = (1 + SLACK) * xp.clip(xp.linalg.eigvalsh(a_kk)[-1], min=0.0)
    return ((largest * sizes_n3[:, 1]) ** 0.5 + sizes_n3[:, 2]) ** 2


def in_single_precision(
    f_nck: Array, b_kk: Array, s_k: Array, noise: float, noisy_n: Any, sizes_n3: Array
) -> Array:
    """Bound the gains by their float32 values plus the largest rounding error: (n,).

    With ``G = F B`` and u the unit roundoff, q and r are off by the error of G, at most
    ``(k + 8) u |F| |B|``, and by that of the products of G, ``(k + 8) u |G|^2``.
    Elimination adds ``8 u c^1.5 (tr q / noise + c)``, relative to the gain. See N. J.
    Higham, "Accuracy and stability of numerical algorithms", 2002, sections 3.5 and
    10.1. In units in which the noise and the largest of s are 1, no number is too small
    or large.
    """
    xp, c = namespace(b_kk), f_nck.shape[1]
    top = xp.clip(s_k[-1], min=xp.finfo(s_k.dtype).smallest_normal ** 0.5)
    single = (xp.astype(x, xp.float32) for x in (b_kk / noise**0.5, s_k / top))
    halves_2hn = halves_of_draws(f_nck, *single)
    diagonal = [row.start for row in half_rows(c)]
    traces_2n = float64(xp.sum(halves_2hn[:, diagonal], axis=1))
    weight_n = None if noisy_n is None else float64(noisy_n) * noise / top
    gain_n = float64(drop(halves_2hn, weight_n, 1.0, c))
    size_n = (xp.linalg.trace(b_kk @ b_kk.T) * sizes_n3[:, 0] / noise) ** 0.5
    weight_n = 0.0 if weight_n is None else weight_n
    return top * _with_error(gain_n, traces_2n, size_n, weight_n, f_nck.shape[1:])


def _with_error(gain_n, traces_2n, size_n, weight_n, shape):
    """Gains plus errors: `size` is |F| |B|, `weight` that of ``2 q + 1``."""
    xp, (c, k), (q_n, r_n) = namespace(gain_n), shape, traces_2n
    u = float(xp.finfo(xp.float32).eps) / 2
    rough = (k + EXTRA) * u
    off_n = rough * (2 * size_n + q_n) + EXTRA * u * c**1.5 * (q_n + c)  # relative
    gain_n = gain_n + 2 * rough * size_n * xp.clip(gain_n, min=0.0) ** 0.5
    gain_n = gain_n + rough * c**0.5 * r_n + 2 * c * weight_n * off_n
    return xp.where(off_n < 0.5, gain_n / (1 - xp.clip(off_n, max=0.5)), xp.inf)
