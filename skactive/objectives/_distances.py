"""Distances between points of a pool, computed on demand; layer 2.

For every metric ``between(rows, picks)`` returns distances between points of the pool,
and ``to_labelled()`` those to the nearest labelled point, infinite if there is none.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from array_api_compat import is_torch_array
from scipy.sparse import issparse
from sklearn.utils import check_array

from skactive._utils.array import chunk_rows, device, float64, namespace, to_numpy
from skactive._utils.scikit_learn import array_api_off, n_rows, take_rows
from skactive.objectives._feature_distances import FeatureDistances

__all__ = [
    "CallableDistances",
    "FeatureDistances",
    "PrecomputedDistances",
    "as_features",
    "check_beam",
    "check_metric",
    "distances",
]


def distances(pool: Any, labelled: Any, metric: str | Callable) -> Any:
    """Create the distances for a metric.

    Parameters
    ----------
    pool, labelled : array-likes
        Features of the points, or points of any kind for a callable metric. With
        "precomputed", `pool` is the matrix of distances, and only the number of
        labelled points is used.
    metric : {"euclidean", "cosine", "precomputed"} or callable
        The metric.

    Returns
    -------
    FeatureDistances, CallableDistances or PrecomputedDistances
        Distances between the points of the pool.
    """
    if callable(metric):
        return CallableDistances(pool, labelled, metric)
    pool, n_labelled = as_features(pool), n_rows(labelled)
    if metric == "precomputed":
        return PrecomputedDistances(pool, n_labelled)
    labelled = as_features(labelled) if n_labelled else pool[:0]
    return FeatureDistances(pool, labelled, metric)


def check_metric(metric: str | Callable, pool: Any) -> None:
    """Raise ``TypeError`` if a distributed pool is used with an unsupported metric."""
    if pool.is_distributed and metric not in ("euclidean", "cosine"):
        raise TypeError(
            f"metric={metric!r} needs the whole pool in memory: for dask collections, "
            "use metric='euclidean' or 'cosine'"
        )


def check_beam(beam_width: int, pool: Any) -> None:
    """Raise ``TypeError`` if beam search is used with a distributed pool."""
    if pool.is_distributed and beam_width > 1:
        raise TypeError(
            f"beam_width={beam_width} needs the whole pool in memory: for dask "
            "collections, use beam_width=1"
        )


def as_features(X):
    """Convert to numeric features (n, d): an array, tensor or sparse matrix.

    Arrays and tensors are not copied; arrays of higher dimension, such as images, are
    flattened.

    Raises
    ------
    ValueError
        If features are not numeric or not finite, or there are no columns.
    """
    if is_torch_array(X):
        X = X.detach()
    else:
        # NaN is checked below, to name the first row that contains it
        with array_api_off():
            X = _numeric(X)
    if X.ndim < 2:
        raise ValueError(
            f"features must have shape (n, d), not {tuple(X.shape)}: reshape them with "
            "X.reshape(-1, 1) if there is a single feature"
        )
    X = X if issparse(X) else X.reshape(X.shape[0], -1)
    _check_finite(X)
    return X


def _numeric(X):
    """Convert to numbers of at most double precision."""
    check = partial(
        check_array,
        accept_sparse="csr",
        allow_nd=True,
        ensure_2d=False,
        ensure_all_finite=False,
        input_name="features",
    )
    try:
        X = check(X)
        if X.dtype == object:  # check_array leaves frames with categories as they are
            X = check(X)
    except ValueError as error:
        raise ValueError(
            f"the features are not numeric: {error}; put a transformer that encodes "
            "the points in a Pipeline with the model"
        ) from error
    return X.astype(np.float64) if X.dtype == np.longdouble else X


def _check_finite(x_nd):
    """Raise ``ValueError`` that names the first row with NaN or infinity."""
    # sums of rows are not finite if a value is not, and take no array of size (n, d)
    with np.errstate(over="ignore"):  # the sum may overflow in half precision
        total_n = to_numpy(x_nd.sum(axis=1)).ravel()
    for row in np.flatnonzero(~np.isfinite(total_n)).tolist():
        values = x_nd[[row]].data if issparse(x_nd) else to_numpy(x_nd[row])
        if not np.isfinite(values).all():  # else only the sum has overflowed
            raise ValueError(
                f"the features of row {row} are not finite: impute missing values in a "
                "Pipeline with the model"
            )


class CallableDistances:
    """Distances computed by a function of two points.

    Parameters
    ----------
    pool, labelled : sequence of points
        Points in any container; `metric` is called with single items.
    metric : callable
        ``metric(a, b) -> float``.
    """

    def __init__(self, pool, labelled, metric):
        self.pool, self.labelled, self.metric = pool, labelled, metric

    def __len__(self):
        return n_rows(self.pool)

    def rows_per_chunk(self, n_picks):
        """Number of points per chunk, with their distances to `n_picks` others."""
        return chunk_rows(8 * n_picks)

    def between(self, rows, picks):
        """Compute distances between points `rows` and `picks` of the pool: (m, l)."""
        return self._table(
            take_rows(self.pool, rows), take_rows(self.pool, list(picks))
        )

    @property
    def like(self):
        """An array of the library of the distances."""
        return np.empty(0)

    def to_labelled(self):
        """Compute the distance of each point to its nearest labelled point: (n,)."""
        if not n_rows(self.labelled):
            return np.full(len(self), np.inf)
        return self._table(self.pool, self.labelled).min(axis=1)

    def to_points(self, rows, points):
        """Compute distances between points `rows` of the pool and `points`: (m, l)."""
        return self._table(take_rows(self.pool, rows), points)

    def _table(self, some, others):
        others = list(_items(others))
        table = [[self.metric(a, b) for b in others] for a in _items(some)]
        return np.array(table, dtype=float)


def _items(X):
    """Iterate over the points of any container."""
    rows = getattr(X, "iloc", X)  # a data frame iterates over its columns
    return (rows[i] for i in range(n_rows(X)))


class PrecomputedDistances:
    """Distances computed by the caller.

    Parameters
    ----------
    table : array of shape (n, n_labelled + n)
        Distances of each point of the pool to the labelled points, then to the pool.
    n_labelled : int
        Number of labelled points.
    """

    def __init__(self, table, n_labelled):
        n, columns = table.shape
        if columns != n_labelled + n:
            raise ValueError(
                f"X_pool has {columns} columns; with metric='precomputed' it must "
                f"contain the distances of its {n} points to the {n_labelled} labelled "
                f"points, then to themselves: {n_labelled + n} columns"
            )
        self.table, self.n_labelled = table, n_labelled

    def __len__(self):
        return self.table.shape[0]

    def rows_per_chunk(self, n_picks):
        """Number of points per chunk, with their distances to `n_picks` others."""
        return chunk_rows(8 * n_picks)

    def between(self, rows, picks):
        """Compute distances between points `rows` and `picks` of the pool: (m, l)."""
        columns = [self.n_labelled + i for i in picks]
        return float64(self.table[rows][:, columns])

    def to_labelled(self):
        """Compute the distance of each point to its nearest labelled point: (n,)."""
        xp, where = namespace(self.table), device(self.table)
        if not self.n_labelled:
            return xp.full(len(self), xp.inf, dtype=xp.float64, device=where)
        return float64(xp.min(self.table[:, : self.n_labelled], axis=1))
