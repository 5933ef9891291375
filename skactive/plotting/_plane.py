"""Two-dimensional points in any container, and scores on a grid; layer 7."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import n_rows, take_rows

__all__ = ["as_plane", "check_picks", "score_field"]

MARGIN = 0.06  # around the points, relative to their extent


def as_plane(X: Any, what: str) -> np.ndarray:
    """Convert points to an array (n, 2), from any container."""
    plane = X.toarray() if sparse.issparse(X) else to_numpy(X)
    if plane.ndim != 2 or plane.shape[1] != 2:
        raise ValueError(
            f"{what} has shape {plane.shape}, but only points with two features can "
            "be plotted"
        )
    return plane


def check_picks(indices: ArrayLike, n_pool: int) -> np.ndarray:
    """Raise unless `indices` are rows of the pool."""
    picks = to_numpy(indices)
    if picks.ndim != 1 or picks.dtype.kind not in "iu":
        raise ValueError(
            "indices must be a 1-D array of integers, rows of X_pool, but have shape "
            f"{picks.shape} and dtype {picks.dtype}"
        )
    outside = picks[(picks < 0) | (picks >= n_pool)]
    if outside.size:
        raise ValueError(
            f"index {outside[0]} is out of range for X_pool, which has {n_pool} rows"
        )
    return picks


def score_field(
    strategy: Any,
    X_pool: Any,
    scores: np.ndarray,
    extent: np.ndarray,
    field: str,
    resolution: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Compute scores on a grid that covers all points, if they are to be shown on one.

    Parameters
    ----------
    strategy : QueryStrategy
        Fitted strategy.
    X_pool : array-like of shape (n_pool, 2)
        The pool.
    scores : ndarray of shape (n_pool,)
        Scores of the points in the pool.
    extent : ndarray of shape (n, 2)
        The points that the grid must cover.
    field : {"auto", "grid", "pool"}
        Where to show scores; see `QueryDisplay.from_estimator`.
    resolution : int
        Number of grid points per side.

    Returns
    -------
    tuple of ndarrays (xx0, xx1, scores) of shape (m, m), or None
        Coordinates and scores; None if scores are shown at the points of the pool.
    """
    if field == "auto":
        field = "grid" if _is_own(strategy, X_pool, scores) else "pool"
    return _grid(strategy, X_pool, extent, resolution) if field == "grid" else None


def _is_own(strategy, X_pool, scores):
    """Whether the scores of points do not depend on the rest of the pool.

    Tested by scoring one half of the pool alone.
    """
    half = np.arange(n_rows(X_pool) // 2, n_rows(X_pool))
    if len(half) == n_rows(X_pool):
        return False
    alone = strategy.score_samples(take_rows(X_pool, half))
    return bool(np.allclose(alone, scores[half], rtol=1e-4, atol=1e-6, equal_nan=True))


def _grid(strategy, X_pool, extent, resolution):
    low, high = extent.min(axis=0), extent.max(axis=0)
    margin = MARGIN * (high - low)
    sides = np.linspace(low - margin, high + margin, resolution).T
    xx0, xx1 = np.meshgrid(*sides)
    # a model may insist on the pool's dtype, but integers would round the grid points
    dtype = extent.dtype if extent.dtype.kind == "f" else np.float64
    points = np.stack([xx0.ravel(), xx1.ravel()], axis=1).astype(dtype)
    scores = strategy.score_samples(_held_as(points, X_pool))
    return xx0, xx1, scores.reshape(xx0.shape)


def _held_as(points, X_pool):
    """Put points into a container of the same kind as the pool."""
    if sparse.issparse(X_pool):
        return type(X_pool)(points)
    if hasattr(X_pool, "columns"):
        # both pandas and polars accept a dictionary of columns
        return type(X_pool)(dict(zip(X_pool.columns, points.T, strict=True)))
    return points
