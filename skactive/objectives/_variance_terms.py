"""Matrices of points that give their expected variance reductions; layer 2.

With F the draws of a point (c x k), its gain is computed from ``q = F A F'`` and
``r = F A M A F'``, of which halves are stored (see `_half_matrices`).
"""

from typing import Any

from skactive._utils.array import Array, block_rows, device, map_rows, namespace
from skactive.objectives._half_matrices import (
    half_rows,
    trace_of_quotient,
    upper_halves,
)

__all__ = ["drop", "halves_of_draws", "outer", "products", "times"]


def halves_of_draws(f_nck: Array, b_kk: Array, s_k: Array) -> Array:
    """Compute halves of q and r, for ``B B' = A`` and ``B diag(s) B' = A M A``.

    They are computed in the dtype of ``b_kk``.

    Returns
    -------
    array of shape (2, c * (c + 1) / 2, n)
    """
    xp, (n, c, k) = namespace(b_kk), f_nck.shape
    both_kj = xp.concat([b_kk, b_kk * s_k], axis=1)

    def block(some):
        f_mck = xp.astype(f_nck[some], b_kk.dtype, copy=False)
        return upper_halves(products(times(f_mck, both_kj)))

    return map_rows(block, n, block_rows(b_kk.itemsize * c * 2 * k, f_nck), axis=-1)


def products(seen_ncj: Array) -> Array:
    """``F a a' F'`` and ``F a h' F'`` of ``F [a h]``, points last: (2, c, c, n)."""
    xp, (n, c, j) = namespace(seen_ncj), seen_ncj.shape
    # rows of F a and of F h in turns: one product for both
    both_ncj = outer(seen_ncj[..., : j // 2], xp.reshape(seen_ncj, (n, 2 * c, j // 2)))
    turned_2ccn = xp.permute_dims(xp.reshape(both_ncj, (n, c, c, 2)), (3, 1, 2, 0))
    # copied at once: rows of halves would be gathered from far apart
    shape, where = turned_2ccn.shape, device(seen_ncj)
    copied_2ccn = xp.empty(shape, dtype=seen_ncj.dtype, device=where)
    copied_2ccn[...] = turned_2ccn
    return copied_2ccn


def drop(halves_2hn: Array, noisy_n: Any, noise: float, c: int) -> Array:
    """``tr((q + noise)^-1 (r + noisy (2 noise q + noise^2)))`` of each point."""
    xp = namespace(halves_2hn)
    v_hn, r_hn = xp.asarray(halves_2hn, copy=True)
    if noisy_n is not None:
        noisy_n = xp.astype(noisy_n, r_hn.dtype)
        r_hn += 2 * noise * noisy_n * v_hn
    for row in half_rows(c):
        v_hn[row.start] += noise
        if noisy_n is not None:
            r_hn[row.start] += noise**2 * noisy_n
    return trace_of_quotient(v_hn, r_hn, c)


def times(f_ncj: Array, m_jl: Array) -> Array:
    """Multiply the matrix of each point by one matrix, as one product: (n, c, l)."""
    xp, (n, c, j) = namespace(f_ncj), f_ncj.shape
    return xp.reshape(xp.reshape(f_ncj, (n * c, j)) @ m_jl, (n, c, -1))


def outer(u_ncj: Array, v_ndj: Array) -> Array:
    """Each point's matrix times the transpose of its other: (n, c, d)."""
    xp = namespace(u_ncj)
    if u_ncj.shape[1] == 1:  # no product of matrices for each point
        return xp.sum(u_ncj * v_ndj, axis=-1)[:, None]
    return u_ncj @ xp.permute_dims(v_ndj, (0, 2, 1))
