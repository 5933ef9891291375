"""Arrays whose rows are computed on demand; layer 0.

The draws of a row can be recomputed at any time and are always the same, so draws that
do not fit in memory are not stored.
"""

from numbers import Integral

import numpy as np
from sklearn import get_config

from skactive._utils.array import Array, block_rows, map_rows, to_numpy

__all__ = ["LazyArray", "fits", "map_chunks", "rows_at_once"]


class LazyArray:
    """Array too large for memory, whose rows are computed when they are indexed.

    It has the part of the array interface that objectives use: shape, dtype, length,
    and indexing by an integer, a slice or an array of integers.

    Parameters
    ----------
    make : callable
        ``make(rows)`` computes the rows given by a slice or an array of int.
    n : int
        Number of rows.
    row : array of shape (1, ...)
        One of the rows, from which shape and dtype are taken.
    rows_at_once : int
        Number of rows to compute at a time.
    """

    def __init__(self, make, n, row, rows_at_once):
        self._make, self.rows_at_once = make, rows_at_once
        self.shape, self.dtype = (n, *row.shape[1:]), row.dtype

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, rows):
        if isinstance(rows, Integral):
            return self._make(slice(int(rows), int(rows) + 1))[0]
        return self._make(rows if isinstance(rows, slice) else to_numpy(rows))


def fits(n_bytes: int) -> bool:
    """Whether `n_bytes` fit in scikit-learn's ``working_memory`` (in MiB)."""
    return n_bytes <= get_config()["working_memory"] * 2**20


def rows_at_once(x: Array | LazyArray) -> int:
    """Number of rows to process at a time, converted to float64."""
    if isinstance(x, LazyArray):
        return x.rows_at_once
    return block_rows(8 * int(np.prod(x.shape[1:])), x)


def map_chunks(function, x: Array | LazyArray, rows=None):
    """Concatenate ``function(x[chunk])`` over chunks of an array, or of its `rows`.

    Parameters
    ----------
    function : callable
        Maps some rows of `x` to an array with one entry per row.
    x : array or LazyArray
        The array; rows of a LazyArray are computed one chunk at a time.
    rows : array of int, default=None
        Indices of the rows to process; all by default.

    Returns
    -------
    array
        The results, one entry per row.
    """

    def chunk(some):
        return function(x[some if rows is None else rows[some]])

    return map_rows(chunk, len(x) if rows is None else len(rows), rows_at_once(x))
