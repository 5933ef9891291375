"""Checks of the arguments of ``query``; layer 0."""

import functools
import inspect
import reprlib
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, ParamSpec, TypeVar

import numpy as np

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import n_rows

__all__ = [
    "check_batch_size",
    "check_candidates",
    "check_cost",
    "check_pending",
    "check_pool",
    "explain_arguments",
]

P = ParamSpec("P")
R = TypeVar("R")

TAKES = (
    "query takes the pool and the number of points to select, as in "
    "query(X_pool, n=10); pass other arguments by name, and labels to fit"
)


def explain_arguments(query: Callable[P, R]) -> Callable[P, R]:
    """Decorate `query` so that a ``TypeError`` for wrong arguments says what it takes.

    ``query(X, y, n=3)``, by analogy with other methods of estimators, would otherwise
    only get Python's own message.
    """
    signature = inspect.signature(query)

    @functools.wraps(query)
    def explained(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{error}: {TAKES}") from None
        return query(*args, **kwargs)

    return explained


def check_pool(X_pool: Any) -> int:
    """Check the pool and return its number of points."""
    if X_pool is None:
        raise TypeError(f"X_pool is None: {TAKES}")
    # files of h5py, groups of zarr and datasets of xarray have keys but no shape
    # either; data frames have both
    if hasattr(X_pool, "keys") and not hasattr(X_pool, "shape"):
        raise TypeError(
            f"X_pool is a dictionary ({type(X_pool).__name__}) and has no rows to "
            "select; use a DataFrame, or concatenate its arrays as columns of one"
        )
    n_pool = n_rows(X_pool)
    if n_pool == 0:
        raise ValueError("X_pool is empty: it has no points to select")
    return n_pool


def check_batch_size(
    n: Any,
    n_pool: int,
    candidates: np.ndarray | None,
    left: np.ndarray | None = None,
) -> None:
    """Raise unless `n` points can be selected.

    Parameters
    ----------
    n : int
        Batch size.
    n_pool : int
        Number of points in the pool.
    candidates : ndarray of int or None
        The points that may be selected; None for all.
    left : ndarray of int or None
        The candidates that are not pending; None if no points are pending.
    """
    if not isinstance(n, Integral) or isinstance(n, bool):
        # abbreviated, as it may be the array of all labels
        raise TypeError(f"n must be an integer, not {reprlib.repr(n)}: {TAKES}")
    n = int(n)
    if n < 1:
        raise ValueError(f"n must be at least 1, but n={n} points were requested")
    if left is not None and n > len(left):
        n_candidates = n_pool if candidates is None else len(candidates)
        raise ValueError(
            f"n={n} is larger than the number of points left to select, {len(left)}: "
            f"{n_candidates} of the {n_pool} points in the pool are candidates, and "
            f"{n_candidates - len(left)} of these are pending"
        )
    if candidates is not None and n > len(candidates):
        raise ValueError(
            f"n={n} is larger than the number of candidates, {len(candidates)}"
        )
    if n > n_pool:
        raise ValueError(f"n={n} is larger than the pool, which has {n_pool} points")


def check_candidates(candidates: Any, n_pool: int) -> np.ndarray | None:
    """Convert candidates to sorted indices into the pool; None means all points."""
    if candidates is None:
        return None
    rows = _as_rows(candidates, n_pool, "candidates")
    if not rows.size:
        raise ValueError(
            "candidates is empty or all False: no point may be selected; pass at least "
            "one, or None for all points"
        )
    return np.sort(rows)


def check_pending(pending: Any, n_pool: int) -> np.ndarray:
    """Convert pending points to indices into the pool, in the order given.

    None, an empty list and a mask that is all False mean that no point is pending.
    """
    if pending is None:
        return np.empty(0, dtype=np.intp)
    return _as_rows(pending, n_pool, "pending")


def check_cost(cost: Any, budget: Any, n_pool: int) -> np.ndarray | None:
    """Return the cost of each point in the pool as floats, or None if there is none."""
    if cost is None and budget is None:
        return None
    if cost is None or budget is None:
        given, missing = ("budget", "cost") if cost is None else ("cost", "budget")
        raise ValueError(
            f"cost and budget must be given together, but {given} was given without "
            f"{missing}"
        )
    if not isinstance(budget, Real) or isinstance(budget, bool):
        raise TypeError(f"budget must be a number, not {reprlib.repr(budget)}")
    cost_n = to_numpy(cost)
    if cost_n.shape != (n_pool,):
        raise ValueError(
            f"cost must have shape ({n_pool},), one number per point in the pool, but "
            f"has shape {cost_n.shape}"
        )
    if cost_n.dtype.kind not in "iuf":
        raise TypeError(f"cost must be numeric, but has dtype {cost_n.dtype}")
    cost_n = cost_n.astype(np.float64)
    good_n = np.isfinite(cost_n) & (cost_n > 0)
    if not good_n.all():
        i = int(good_n.argmin())
        raise ValueError(
            f"cost must be positive and finite, but cost[{i}] is {cost_n[i]}"
        )
    return cost_n


def _as_rows(rows, n_pool, name):
    """Convert a mask or indices to indices into the pool, without duplicates."""
    rows = to_numpy(rows)
    if rows.ndim != 1:
        given = f"has shape {rows.shape}"
        if rows.dtype == object and not rows.ndim:  # a set, an iterator
            given = f"is a {type(rows.item()).__name__}"
        raise ValueError(f"{name} must be 1-D, but {given}")
    if rows.dtype.kind == "b":
        rows = _places(rows, n_pool, name)
    if not rows.size:  # NumPy makes an empty list an array of floats
        return rows.astype(np.intp)
    if rows.dtype.kind not in "iu":
        raise TypeError(
            f"{name} must be a boolean mask or integer indices, not of dtype "
            f"{rows.dtype}"
        )
    _check_rows(rows, n_pool, name)
    return rows.astype(np.intp)


def _places(mask, n_pool, name):
    if len(mask) != n_pool:
        raise ValueError(
            f"{name} is a mask of length {len(mask)}, but the pool has {n_pool} points"
        )
    return np.flatnonzero(mask)


def _check_rows(rows, n_pool, name):
    """Raise unless all indices are within the pool and none is repeated."""
    if rows.min() < 0 or rows.max() >= n_pool:
        raise ValueError(
            f"{name} must be indices from 0 to {n_pool - 1}, but range from "
            f"{rows.min()} to {rows.max()}"
        )
    different, times = np.unique(rows, return_counts=True)
    if times.max() > 1:
        often = times.argmax()
        raise ValueError(
            f"{name} must not repeat a point, but index {different[often]} occurs "
            f"{times[often]} times"
        )
