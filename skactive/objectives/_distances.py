"""Distances from the points of a pool, evaluated for the pairs asked; layer 2.

Whatever the metric: ``between(rows, picks)`` are those between points of the pool,
``to_labelled()`` those to the nearest labelled point, infinite where there is none.
"""

import functools

import numpy as np
from array_api_compat import is_torch_array
from scipy.sparse import issparse
from sklearn.utils import check_array, gen_batches

from skactive._utils.array import (
    block_rows,
    chunk_rows,
    device,
    float64,
    map_rows,
    namespace,
    to_numpy,
)
from skactive._utils.scikit_learn import array_api_off, n_rows, take_rows
from skactive.kernels import unit_rows, wide_squared_distances

__all__ = [
    "CallableDistances",
    "FeatureDistances",
    "PrecomputedDistances",
    "as_features",
    "check_metric",
    "distances",
]

AT_ONCE = 1024  # points whose mean is near enough to the middle of the data
AT_ONCE_BYTES = 16 * 2**20  # fewer of wide ones, for sparse rows are made dense


def distances(pool, labelled, metric):
    """Make the distances of a metric.

    Parameters
    ----------
    pool, labelled : array-likes
        Points: their features, or whatever a callable metric takes. With
        "precomputed", the pool is the table, and only the number of labelled points
        matters.
    metric : {"euclidean", "cosine", "precomputed"} or callable
        How far two points are apart.

    Returns
    -------
    FeatureDistances, CallableDistances or PrecomputedDistances
        Between the points of the pool.
    """
    if callable(metric):
        return CallableDistances(pool, labelled, metric)
    pool, n_labelled = as_features(pool), n_rows(labelled)
    if metric == "precomputed":
        return PrecomputedDistances(pool, n_labelled)
    labelled = as_features(labelled) if n_labelled else pool[:0]
    return FeatureDistances(pool, labelled, metric)


def check_metric(metric, pool):
    """Raise ``TypeError`` where a metric needs the whole pool in one place."""
    if pool.is_distributed and metric not in ("euclidean", "cosine"):
        raise TypeError(
            f"metric={metric!r} needs the whole pool in one place; of a dask "
            "collection, core-sets take 'euclidean' and 'cosine' distances"
        )


def as_features(X):
    """Return numeric features (n, d): an array, tensor or sparse matrix.

    Arrays and tensors are passed on without a copy; images and the like are flattened.

    Raises
    ------
    ValueError
        Where there are strings, NaN or infinity, or no columns.
    """
    if is_torch_array(X):
        X = X.detach()
    else:
        with array_api_off():
            X = check_array(
                X,
                accept_sparse="csr",
                allow_nd=True,
                ensure_2d=False,
                ensure_all_finite=False,
                input_name="features",
            )
    if X.ndim < 2:
        raise ValueError(f"features must be (n, d), not of shape {tuple(X.shape)}")
    X = X if issparse(X) else X.reshape(X.shape[0], -1)
    _check_finite(X)
    return X


def _check_finite(x_nd):
    """Raise ``ValueError`` naming the first row that is not finite."""
    total_n = to_numpy(x_nd.sum(axis=1)).ravel()
    for row in np.flatnonzero(~np.isfinite(total_n)).tolist():
        values = x_nd[[row]].data if issparse(x_nd) else to_numpy(x_nd[row])
        if not np.isfinite(values).all():  # else the sum alone was too large
            raise ValueError(
                f"the features of row {row} are not finite; impute them in a Pipeline "
                "with the model"
            )


class FeatureDistances:
    """Euclidean or cosine distances between numeric features.

    The features stay as they are; rows are taken to float64, with a point amid the
    data as origin, when they are asked for. Rows that were picked stay so.

    Parameters
    ----------
    pool : array, tensor or sparse matrix of shape (n, d)
        Features of the pool.
    labelled : array, tensor or sparse matrix of shape (n_labelled, d)
        Features of the labelled points.
    metric : {"euclidean", "cosine"}
        The cosine distance is one less the cosine of the angle.
    """

    def __init__(self, pool, labelled, metric="euclidean"):
        if pool.shape[1] != labelled.shape[1]:
            raise ValueError(
                f"the pool has {pool.shape[1]} features, and the labelled points have "
                f"{labelled.shape[1]}"
            )
        self.pool, self.labelled, self.metric = pool, labelled, metric
        fit = AT_ONCE_BYTES // (8 * pool.shape[1])
        self._at_once = max(1, min(AT_ONCE, fit))
        first = self._dense(pool[: self._at_once])
        xp = namespace(first)
        self.origin = xp.mean(float64(first), axis=0)
        self._places = {}  # where each pick's row lies in the buffer
        self._buffer = xp.zeros_like(self.origin[None])

    def __len__(self):
        return self.pool.shape[0]

    def rows_per_chunk(self, n_picks):
        """How many points, with their distances to `n_picks` others, fit a chunk."""
        row_bytes = 8 * (self.pool.shape[1] + n_picks)
        # the rows of a chunk, their table of distances and its scale are held at once
        return min(chunk_rows(3 * row_bytes), block_rows(row_bytes, self.origin))

    def between(self, rows, picks):
        """Distances between points `rows` and `picks` of the pool: (m, l), float64."""
        return self._distances(self._prepare(self.pool[rows]), self._picked(picks))

    def to_labelled(self):
        """Distance of each point of the pool to its nearest labelled one: (n,)."""
        n_labelled = self.labelled.shape[0]
        xp, where = namespace(self.origin), device(self.origin)
        if not n_labelled:
            return xp.full(len(self), xp.inf, dtype=xp.float64, device=where)

        def chunk(rows):
            x_md = self._prepare(self.pool[rows])
            blocks = (
                self._distances(x_md, self._prepare(self.labelled[some]))
                for some in gen_batches(n_labelled, self._at_once)
            )
            return functools.reduce(xp.minimum, (xp.min(b, axis=1) for b in blocks))

        return map_rows(
            chunk, len(self), self.rows_per_chunk(min(n_labelled, self._at_once))
        )

    def to_point(self, features):
        """Distance of each point of the pool to one with features (1, d): (n,)."""
        y_1d = self._prepare(features)

        def chunk(rows):
            return self._distances(self._prepare(self.pool[rows]), y_1d)[:, 0]

        return map_rows(chunk, len(self), self.rows_per_chunk(1))

    def _prepare(self, x):
        """Rows of features about the origin: (m, d), in its dtype, float64."""
        return self._dense(x) - self.origin

    def _dense(self, x):
        x = x.toarray() if issparse(x) else x
        if self.metric == "euclidean":
            return x
        return unit_rows(float64(x))

    def _distances(self, x, y):
        squared = wide_squared_distances(x, y)
        return squared / 2 if self.metric == "cosine" else squared**0.5

    def _picked(self, picks):
        """Prepared rows of `picks`, each made once: a slice where they follow."""
        for i in picks:
            if i not in self._places:
                self._append(i)
        places = [self._places[i] for i in picks]
        first, last = places[0], places[-1]
        if places == list(range(first, last + 1)):
            return self._buffer[first : last + 1]
        return self._buffer[places]

    def _append(self, i):
        """Prepare the row of pick `i`, in a buffer that doubles."""
        place = len(self._places)
        if place == self._buffer.shape[0]:
            xp = namespace(self._buffer)
            self._buffer = xp.concat([self._buffer, xp.zeros_like(self._buffer)])
        self._buffer[place] = self._prepare(self.pool[i : i + 1])[0]
        self._places[i] = place


class CallableDistances:
    """Distances by a function of two points.

    Parameters
    ----------
    pool, labelled : sequence of points
        In any container; `metric` is handed single items of them.
    metric : callable
        ``metric(a, b) -> float``.
    """

    def __init__(self, pool, labelled, metric):
        self.pool, self.labelled, self.metric = pool, labelled, metric

    def __len__(self):
        return n_rows(self.pool)

    def rows_per_chunk(self, n_picks):
        """How many points, with their distances to `n_picks` others, fit a chunk."""
        return chunk_rows(8 * n_picks)

    def between(self, rows, picks):
        """Distances between points `rows` and `picks` of the pool: (m, l)."""
        return self._table(
            take_rows(self.pool, rows), take_rows(self.pool, list(picks))
        )

    def to_labelled(self):
        """Distance of each point of the pool to its nearest labelled one: (n,)."""
        if not n_rows(self.labelled):
            return np.full(len(self), np.inf)
        return self._table(self.pool, self.labelled).min(axis=1)

    def _table(self, some, others):
        others = list(_items(others))
        table = [[self.metric(a, b) for b in others] for a in _items(some)]
        return np.array(table, dtype=float)


def _items(X):
    """Single points of any container."""
    rows = getattr(X, "iloc", X)  # a data frame iterates over its columns
    return (rows[i] for i in range(n_rows(X)))


class PrecomputedDistances:
    """Distances that the caller has computed.

    Parameters
    ----------
    table : array of shape (n, n_labelled + n)
        From each point of the pool to the labelled points, then to the pool.
    n_labelled : int
        Number of labelled points.
    """

    def __init__(self, table, n_labelled):
        n, columns = table.shape
        if columns != n_labelled + n:
            raise ValueError(
                f"X_pool has {columns} columns; with metric='precomputed' it holds the "
                f"distances of its {n} points to the {n_labelled} labelled ones, then "
                f"to themselves: {n_labelled + n} columns"
            )
        self.table, self.n_labelled = table, n_labelled

    def __len__(self):
        return self.table.shape[0]

    def rows_per_chunk(self, n_picks):
        """How many points, with their distances to `n_picks` others, fit a chunk."""
        return chunk_rows(8 * n_picks)

    def between(self, rows, picks):
        """Distances between points `rows` and `picks` of the pool: (m, l)."""
        columns = [self.n_labelled + i for i in picks]
        return float64(self.table[rows][:, columns])

    def to_labelled(self):
        """Distance of each point of the pool to its nearest labelled one: (n,)."""
        xp, where = namespace(self.table), device(self.table)
        if not self.n_labelled:
            return xp.full(len(self), xp.inf, dtype=xp.float64, device=where)
        return float64(xp.min(self.table[:, : self.n_labelled], axis=1))
