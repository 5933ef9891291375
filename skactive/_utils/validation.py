"""Checks of what a query is given; layer 0."""

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
    "query takes the pool and n, how many of its points to choose, as in "
    "query(X_pool, n=10); all else is given by name, and labels are for fit"
)


def explain_arguments(query: Callable[P, R]) -> Callable[P, R]:
    """Let a wrong call of `query` be answered by what it takes.

    ``query(X, y, n=3)``, as other methods of an estimator are called, fails in Python's
    own words otherwise.
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
    """Return the number of points of the pool."""
    if X_pool is None:
        raise TypeError(f"X_pool is None: {TAKES}")
    # so are files of h5py, groups of zarr, datasets of xarray; frames have both
    if hasattr(X_pool, "keys") and not hasattr(X_pool, "shape"):
        raise TypeError(
            f"X_pool is a dictionary ({type(X_pool).__name__}), which has no rows to "
            "choose from; use a DataFrame, or one array with the parts side by side"
        )
    n_pool = n_rows(X_pool)
    if n_pool == 0:
        raise ValueError("X_pool is empty: there is nothing to choose from")
    return n_pool


def check_batch_size(
    n: Any,
    n_pool: int,
    candidates: np.ndarray | None,
    left: np.ndarray | None = None,
) -> None:
    """Raise unless `n` points can be chosen.

    Parameters
    ----------
    n : int
        How many are asked for.
    n_pool : int
        How many points the pool has.
    candidates : ndarray of int or None
        Those that may be chosen.
    left : ndarray of int or None
        Candidates that are not pending, where any are.
    """
    if not isinstance(n, Integral) or isinstance(n, bool):
        # short: it may be the labels of the pool
        raise TypeError(f"n must be an integer, not {reprlib.repr(n)}: {TAKES}")
    n = int(n)
    if n < 1:
        raise ValueError(f"n={n} points were asked for; it must be 1 or more")
    if left is not None and n > len(left):
        n_candidates = n_pool if candidates is None else len(candidates)
        raise ValueError(
            f"n={n} is more than the {len(left)} points left to choose from: of the "
            f"{n_pool} points of the pool {n_candidates} are candidates, and "
            f"{n_candidates - len(left)} of these are pending"
        )
    if candidates is not None and n > len(candidates):
        raise ValueError(f"n={n} is more than the {len(candidates)} candidates")
    if n > n_pool:
        raise ValueError(f"n={n} is more than the {n_pool} points of the pool")


def check_candidates(candidates: Any, n_pool: int) -> np.ndarray | None:
    """Return the candidates as indices into the pool, or None for all of it."""
    if candidates is None:
        return None
    rows = _as_rows(candidates, n_pool, "candidates")
    if not rows.size:
        raise ValueError("candidates is empty or all false: nothing may be chosen")
    return np.sort(rows)


def check_pending(pending: Any, n_pool: int) -> np.ndarray:
    """Return pending points as indices into the pool, in the order given.

    None, an empty list and a mask that is all false mean that none are pending.
    """
    if pending is None:
        return np.empty(0, dtype=np.intp)
    return _as_rows(pending, n_pool, "pending")


def check_cost(cost: Any, budget: Any, n_pool: int) -> np.ndarray | None:
    """Return the costs of all points of the pool as floats, or None without any."""
    if cost is None and budget is None:
        return None
    if cost is None or budget is None:
        given, missing = ("budget", "cost") if cost is None else ("cost", "budget")
        raise ValueError(
            f"cost and budget go together: give both or neither; {given} was given "
            f"without {missing}"
        )
    if not isinstance(budget, Real) or isinstance(budget, bool):
        raise TypeError(f"budget must be a number, not {reprlib.repr(budget)}")
    cost_n = to_numpy(cost)
    if cost_n.shape != (n_pool,):
        raise ValueError(
            f"cost must have one number for each of the {n_pool} points of the pool, "
            f"and is of shape {cost_n.shape}"
        )
    if cost_n.dtype.kind not in "iuf":
        raise TypeError(f"cost must be numbers, not {cost_n.dtype}")
    cost_n = cost_n.astype(np.float64)
    good_n = np.isfinite(cost_n) & (cost_n > 0)
    if not good_n.all():
        i = int(good_n.argmin())
        raise ValueError(f"cost must be positive and finite; cost[{i}] is {cost_n[i]}")
    return cost_n


def _as_rows(rows, n_pool, name):
    """Indices into the pool, of a mask or of indices; each once."""
    rows = to_numpy(rows)
    if rows.ndim != 1:
        raise ValueError(f"{name} must be 1-D, not of shape {rows.shape}")
    if rows.dtype.kind == "b":
        rows = _places(rows, n_pool, name)
    if not rows.size:  # of an empty list NumPy makes floats
        return rows.astype(np.intp)
    if rows.dtype.kind not in "iu":
        raise TypeError(
            f"{name} must be a boolean mask or integer indices, not {rows.dtype}"
        )
    _check_rows(rows, n_pool, name)
    return rows.astype(np.intp)


def _places(mask, n_pool, name):
    if len(mask) != n_pool:
        raise ValueError(
            f"{name} is a mask of length {len(mask)}, and the pool has {n_pool} points"
        )
    return np.flatnonzero(mask)


def _check_rows(rows, n_pool, name):
    """Raise unless these are rows of the pool, each named once."""
    if rows.min() < 0 or rows.max() >= n_pool:
        raise ValueError(
            f"{name} range from {rows.min()} to {rows.max()}, and the pool from 0 "
            f"to {n_pool - 1}"
        )
    different, times = np.unique(rows, return_counts=True)
    if times.max() > 1:
        often = times.argmax()
        raise ValueError(
            f"{name} are repeated: {different[often]} is named {times[often]} "
            "times; name each point once"
        )
