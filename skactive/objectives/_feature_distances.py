"""Distances between numeric features, computed on demand; layer 2."""

import functools

from scipy.sparse import issparse
from sklearn.utils import gen_batches

from skactive._utils.array import (
    block_rows,
    chunk_rows,
    device,
    float64,
    map_rows,
    namespace,
    resolution,
)
from skactive.kernels import unit_rows, wide_squared_distances

__all__ = ["FeatureDistances"]

AT_ONCE = 1024  # rows per block; the mean of the first block is the origin
AT_ONCE_BYTES = 16 * 2**20  # limit of a block of wide rows, which is made dense


class FeatureDistances:
    """Euclidean or cosine distances between numeric features.

    Features keep their dtype and format. Rows are converted to float64 and centred when
    they are needed; converted rows of picks are cached.

    Parameters
    ----------
    pool : array, tensor or sparse matrix of shape (n, d)
        Features of the pool.
    labelled : array, tensor or sparse matrix of shape (n_labelled, d)
        Features of the labelled points.
    metric : {"euclidean", "cosine"}
        The cosine distance is one minus the cosine of the angle.
    """

    def __init__(self, pool, labelled, metric="euclidean"):
        if pool.shape[1] != labelled.shape[1]:
            raise ValueError(
                f"the pool has {pool.shape[1]} features, but the labelled points have "
                f"{labelled.shape[1]}"
            )
        self.pool, self.labelled, self.metric = pool, labelled, metric
        fit = AT_ONCE_BYTES // (8 * pool.shape[1])
        self._at_once = max(1, min(AT_ONCE, fit))
        first = self._dense(pool[: self._at_once])
        xp = namespace(first)
        self.origin = xp.mean(float64(first), axis=0)
        self._places = {}  # position of each pick's row in the buffer
        self._buffer = xp.zeros_like(self.origin[None])

    def __len__(self):
        return self.pool.shape[0]

    @property
    def like(self):
        """An array on the library and device of the distances."""
        return self.origin

    def rows_per_chunk(self, n_picks):
        """Number of points per chunk, with their distances to `n_picks` others."""
        row_bytes = 8 * (self.pool.shape[1] + n_picks)
        # three times: rows, distances and a temporary array exist at the same time
        return min(chunk_rows(3 * row_bytes), block_rows(row_bytes, self.origin))

    def between(self, rows, picks):
        """Compute distances between points `rows` and `picks`: (m, l), float64."""
        return self._distances(self._prepare(self.pool[rows]), self._picked(picks))

    def to_labelled(self):
        """Compute the distance of each point to its nearest labelled point: (n,)."""
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

    def to_nearest_labelled(self):
        """Compute the distance to, and index of, the nearest labelled point: (n, 2).

        Ties up to rounding are broken by the smallest index.
        """
        n_labelled, xp = self.labelled.shape[0], namespace(self.origin)

        def chunk(rows):
            x_md = self._prepare(self.pool[rows])
            nearest_m = xp.full_like(x_md[:, 0], xp.inf)
            which_m = xp.zeros_like(nearest_m)
            for some in gen_batches(n_labelled, self._at_once):
                table = self._distances(x_md, self._prepare(self.labelled[some]))
                least_m, place_m = _first_least(table)
                nearer_m = least_m < nearest_m * (1 - resolution(least_m))
                nearest_m = xp.where(nearer_m, least_m, nearest_m)
                which_m = xp.where(nearer_m, place_m + some.start, which_m)
            return xp.stack([nearest_m, which_m], axis=1)

        size = self.rows_per_chunk(min(n_labelled, self._at_once))
        return map_rows(chunk, len(self), size)

    def to_points(self, rows, features):
        """Compute distances between `rows` of the pool and other points: (m, l)."""
        return self._distances(self._prepare(self.pool[rows]), self._prepare(features))

    def to_point(self, features):
        """Compute the distance of each point to one with features (1, d): (n,)."""
        y_1d = self._prepare(features)

        def chunk(rows):
            return self._distances(self._prepare(self.pool[rows]), y_1d)[:, 0]

        return map_rows(chunk, len(self), self.rows_per_chunk(1))

    def _prepare(self, x):
        """Features minus the origin: (m, d), float64."""
        return self._dense(x) - self.origin

    def _dense(self, x):
        x = x.toarray() if issparse(x) else x
        if self.metric == "euclidean":
            return x
        return unit_rows(float64(x))

    def _distances(self, x, y):
        squared = wide_squared_distances(x, y)
        if self.metric == "euclidean":
            return squared**0.5
        # The rounding error of a norm grows with the number of features, and depends on
        # the summation order of the library. Directions that differ by less are equal.
        xp = namespace(x)
        same = squared <= ((x.shape[1] + 4) * xp.finfo(x.dtype).eps) ** 2
        return xp.where(same, xp.zeros_like(squared), squared) / 2

    def _picked(self, picks):
        """Prepared rows of `picks`, from the cache; a view if they are contiguous."""
        for i in picks:
            if i not in self._places:
                self._append(i)
        places = [self._places[i] for i in picks]
        first, last = places[0], places[-1]
        if places == list(range(first, last + 1)):
            return self._buffer[first : last + 1]
        return self._buffer[places]

    def _append(self, i):
        """Prepare and cache the row of pick `i`, in a buffer that doubles in size."""
        place = len(self._places)
        if place == self._buffer.shape[0]:
            xp = namespace(self._buffer)
            self._buffer = xp.concat([self._buffer, xp.zeros_like(self._buffer)])
        self._buffer[place] = self._prepare(self.pool[i : i + 1])[0]
        self._places[i] = place


def _first_least(table):
    """Minimum of each row, and the first column that equals it up to rounding."""
    xp = namespace(table)
    least_m1 = xp.min(table, axis=1, keepdims=True)
    is_least = table <= least_m1 * (1 + resolution(table))
    first_m = xp.argmax(xp.astype(is_least, xp.uint8), axis=1)
    return least_m1[:, 0], xp.astype(first_m, table.dtype)
