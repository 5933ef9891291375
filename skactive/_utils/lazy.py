"""Rows of an array, held or made again whenever they are asked; layer 0.

Draws are functions: the draws of any rows can be made again, at any time, and are the
same. What does not fit in memory is therefore not held.
"""

from numbers import Integral

import numpy as np
from sklearn import get_config

from skactive._utils.array import Array, block_rows, map_rows, to_numpy

__all__ = ["LazyArray", "fits", "map_chunks", "rows_at_once"]


class LazyArray:
    """An array too large to hold, of which rows are made when they are asked.

    It has what set functions use of an array of draws: a shape, a dtype, a length, and
    rows by an index, a slice or an array of indices.

    Parameters
    ----------
    make : callable
        ``make(rows)`` gives rows, named by a slice or by an array of int.
    n : int
        Number of rows.
    row : array of shape (1, ...)
        One of them: says what the others are like.
    rows_at_once : int
        How many rows to ask at a time.
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
    """Whether so much may be held: scikit-learn's ``working_memory``, in MiB."""
    return n_bytes <= get_config()["working_memory"] * 2**20


def rows_at_once(x: Array | LazyArray) -> int:
    """How many rows of an array, in float64, to work on at a time."""
    if isinstance(x, LazyArray):
        return x.rows_at_once
    return block_rows(8 * int(np.prod(x.shape[1:])), x)


def map_chunks(function, x: Array | LazyArray, rows=None):
    """Join ``function(x[some])`` over chunks of an array, or of `rows` of it.

    Parameters
    ----------
    function : callable
        Of some rows, to an array with one entry a row.
    x : array or LazyArray
        Rows are taken, or made, a chunk at a time.
    rows : array of int, default=None
        Which rows; all by default.

    Returns
    -------
    array
        What `function` makes of them.
    """

    def chunk(some):
        return function(x[some if rows is None else rows[some]])

    return map_rows(chunk, len(x) if rows is None else len(rows), rows_at_once(x))
