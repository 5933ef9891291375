"""Checks of what a query is asked; layer 3."""

from numbers import Integral

import numpy as np

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import n_rows

__all__ = ["check_batch_size", "check_candidates", "check_pool"]


def check_pool(X_pool):
    """Return the number of points of the pool."""
    if isinstance(X_pool, dict) and not hasattr(X_pool, "shape"):  # DOK matrices have
        raise TypeError(
            "X_pool is a dictionary, which has no rows to choose from; use a "
            "DataFrame, or one array with the parts side by side"
        )
    n_pool = n_rows(X_pool)
    if n_pool == 0:
        raise ValueError("X_pool is empty: there is nothing to choose from")
    return n_pool


def check_batch_size(n, n_pool, candidates):
    """Raise unless `n` points can be chosen."""
    if not isinstance(n, Integral) or isinstance(n, bool):
        raise TypeError(f"n must be an integer, not {n!r}")
    if n < 1:
        raise ValueError(f"n={n} points were asked for; it must be 1 or more")
    if candidates is not None and n > len(candidates):
        raise ValueError(f"n={n} is more than the {len(candidates)} candidates")
    if n > n_pool:
        raise ValueError(f"n={n} is more than the {n_pool} points of the pool")


def check_candidates(candidates, n_pool):
    """Return the candidates as indices into the pool, or None for all of it."""
    if candidates is None:
        return None
    candidates = to_numpy(candidates)
    if candidates.ndim != 1:
        raise ValueError(f"candidates must be 1-D, not of shape {candidates.shape}")
    if candidates.dtype.kind == "b":
        if len(candidates) != n_pool:
            raise ValueError(
                f"candidates is a mask of length {len(candidates)}, and the pool has "
                f"{n_pool} points"
            )
        candidates = np.flatnonzero(candidates)
    if not candidates.size:
        raise ValueError("candidates is empty or all false: nothing may be chosen")
    if candidates.dtype.kind not in "iu":
        raise TypeError(
            "candidates must be a boolean mask or integer indices, not "
            f"{candidates.dtype}"
        )
    if candidates.min() < 0 or candidates.max() >= n_pool:
        raise ValueError(
            f"candidates range from {candidates.min()} to {candidates.max()}, and the "
            f"pool from 0 to {n_pool - 1}"
        )
    if len(np.unique(candidates)) < len(candidates):
        raise ValueError("candidates are repeated; name each point once")
    return np.sort(candidates).astype(np.intp)
