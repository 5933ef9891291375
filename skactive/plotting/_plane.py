"""Points of the plane in any container, and scores on a grid over them; layer 7."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import n_rows, take_rows

__all__ = ["as_plane", "check_picks", "score_field"]

MARGIN = 0.06  # around the points, of their extent


def as_plane(X: Any, what: str) -> np.ndarray:
    """Points of the plane as an array (n, 2), whatever holds them."""
    plane = X.toarray() if sparse.issparse(X) else to_numpy(X)
    if plane.ndim != 2 or plane.shape[1] != 2:
        raise ValueError(
            f"{what} has shape {plane.shape}: only points of the plane can be drawn"
        )
    return plane


def check_picks(indices: ArrayLike, n_pool: int) -> np.ndarray:
    """Raise unless all picks are rows of the pool, each once."""
    picks = to_numpy(indices)
    if picks.ndim != 1 or picks.dtype.kind not in "iu":
        raise ValueError(
            f"indices must be integer rows of X_pool, not {picks.dtype} of shape "
            f"{picks.shape}"
        )
    outside = picks[(picks < 0) | (picks >= n_pool)]
    if outside.size:
        raise ValueError(
            f"index {outside[0]} is outside of X_pool, whose rows are 0 to {n_pool - 1}"
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
    """Scores on a grid over all points, where they are to be drawn.

    Parameters
    ----------
    strategy : QueryStrategy
        Fitted.
    X_pool : array-like of shape (n_pool, 2)
        The pool.
    scores : ndarray of shape (n_pool,)
        Its scores.
    extent : ndarray of shape (n, 2)
        The points that the grid shall cover.
    field : {"auto", "grid", "pool"}
        Where scores are to be shown; see `QueryDisplay.from_estimator`.
    resolution : int
        Number of points of the grid to a side.

    Returns
    -------
    tuple of ndarrays (xx0, xx1, scores) of shape (m, m), or None
        None where they are not to be drawn.
    """
    if field == "auto":
        field = "grid" if _is_own(strategy, X_pool, scores) else "pool"
    return _grid(strategy, X_pool, extent, resolution) if field == "grid" else None


def _is_own(strategy, X_pool, scores):
    """Whether the score of a point does not depend on the rest of the pool."""
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
    # a model may insist on the pool's dtype; whole numbers would move the points
    dtype = extent.dtype if extent.dtype.kind == "f" else np.float64
    points = np.stack([xx0.ravel(), xx1.ravel()], axis=1).astype(dtype)
    scores = strategy.score_samples(_held_as(points, X_pool))
    return xx0, xx1, scores.reshape(xx0.shape)


def _held_as(points, X_pool):
    """Put points into a container of the kind that the pool is in."""
    if sparse.issparse(X_pool):
        return type(X_pool)(points)
    if hasattr(X_pool, "columns"):
        # pandas and polars both take a dictionary of columns
        return type(X_pool)(dict(zip(X_pool.columns, points.T, strict=True)))
    return points
