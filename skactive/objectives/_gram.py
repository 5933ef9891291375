"""Sums of F F' over the draws of many points; layer 2."""

import numpy as np
from sklearn.utils import gen_batches

from skactive._utils.array import Array, float64, namespace
from skactive._utils.lazy import LazyArray, rows_at_once

__all__ = ["gram", "gram_of_chosen"]


def gram_of_chosen(f_nck: Array | LazyArray, chosen: np.ndarray) -> Array:
    """Compute the sum of F_l F_l' over the points of a mask: (k, k)."""
    return gram(f_nck, None if chosen.all() else np.flatnonzero(chosen))


def gram(f_nck: Array | LazyArray, rows: np.ndarray | None = None) -> Array:
    """Compute the sum of F_l F_l' over points (of `rows`): (k, k)."""
    n, total_kk = len(f_nck) if rows is None else len(rows), _nothing_like(f_nck)
    for some in gen_batches(n, rows_at_once(f_nck)):
        f_mck = f_nck[some if rows is None else rows[some]]
        f_fk = namespace(f_mck).reshape(float64(f_mck), (-1, f_mck.shape[-1]))
        total_kk = total_kk + f_fk.T @ f_fk
    return total_kk


def _nothing_like(f_nck):
    """Zeros (k, k) on the library and device of the draws."""
    f_fk = float64(f_nck[:1][0])
    return 0 * (f_fk.T @ f_fk)
