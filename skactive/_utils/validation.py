"""Checks of what a query is given; layer 0."""

import functools
import inspect
import reprlib
from collections.abc import Callable
from numbers import Integral
from typing import Any, ParamSpec, TypeVar

import numpy as np

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import n_rows

__all__ = ["check_batch_size", "check_candidates", "check_pool", "explain_arguments"]

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


def check_batch_size(n: Any, n_pool: int, candidates: np.ndarray | None) -> None:
    """Raise unless `n` points can be chosen."""
    if not isinstance(n, Integral) or isinstance(n, bool):
        # short: it may be the labels of the pool
        raise TypeError(f"n must be an integer, not {reprlib.repr(n)}: {TAKES}")
    n = int(n)
    if n < 1:
        raise ValueError(f"n={n} points were asked for; it must be 1 or more")
    if candidates is not None and n > len(candidates):
        raise ValueError(f"n={n} is more than the {len(candidates)} candidates")
    if n > n_pool:
        raise ValueError(f"n={n} is more than the {n_pool} points of the pool")


def check_candidates(candidates: Any, n_pool: int) -> np.ndarray | None:
    """Return the candidates as indices into the pool, or None for all of it."""
    if candidates is None:
        return None
    candidates = to_numpy(candidates)
    if candidates.ndim != 1:
        raise ValueError(f"candidates must be 1-D, not of shape {candidates.shape}")
    if candidates.dtype.kind == "b":
        candidates = _places(candidates, n_pool)
    if not candidates.size:
        raise ValueError("candidates is empty or all false: nothing may be chosen")
    if candidates.dtype.kind not in "iu":
        raise TypeError(
            "candidates must be a boolean mask or integer indices, not "
            f"{candidates.dtype}"
        )
    _check_rows(candidates, n_pool)
    return np.sort(candidates).astype(np.intp)


def _places(mask, n_pool):
    if len(mask) != n_pool:
        raise ValueError(
            f"candidates is a mask of length {len(mask)}, and the pool has "
            f"{n_pool} points"
        )
    return np.flatnonzero(mask)


def _check_rows(rows, n_pool):
    """Raise unless candidates are rows of the pool, each named once."""
    if rows.min() < 0 or rows.max() >= n_pool:
        raise ValueError(
            f"candidates range from {rows.min()} to {rows.max()}, and the pool from 0 "
            f"to {n_pool - 1}"
        )
    different, times = np.unique(rows, return_counts=True)
    if times.max() > 1:
        often = times.argmax()
        raise ValueError(
            f"candidates are repeated: {different[often]} is named {times[often]} "
            "times; name each point once"
        )
