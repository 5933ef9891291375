"""A pool as parts, wherever they lie: in memory one, of a dask collection several.

Layer 1. A strategy writes its objective once, over parts. A dask collection is never
brought together: what is made of a partition stays where the partition lies. Every step
is a task without side effects, so that what a lost worker held is computed again.
"""

from typing import Any

import numpy as np

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import by_rows, n_rows, take_rows
from skactive.distributed._executors import InMemory, executor
from skactive.distributed._parts import Parts, in_order

__all__ = ["Pool", "as_pool", "is_distributed"]


def is_distributed(X: Any) -> bool:
    """Whether `X` is a dask collection; dask itself is not imported.

    Some containers (xarray) have the method and lie in memory: it then gives None.
    """
    if isinstance(X, Pool):
        return X.is_distributed
    graph = getattr(X, "__dask_graph__", None)  # dask's protocol of collections
    return graph is not None and graph() is not None


def as_pool(X: Any) -> "Pool":
    """The pool as parts: `X` itself in memory; the partitions of a dask collection."""
    if isinstance(X, Pool):
        return X
    if is_distributed(X):
        return _partitioned(X)
    return Pool(InMemory(), [X], [n_rows(X)])


def _partitioned(X):
    """Rows of a dask array or data frame as partitions, on the client's cluster.

    Without a client of ``dask.distributed``, all partitions are worked in this process.
    """
    if not isinstance(getattr(X, "ndim", None), int):  # a Delayed has any attribute
        raise TypeError(
            f"X_pool is a {type(X).__name__}; of dask, arrays and data frames can be "
            "pools"
        )
    if not hasattr(X, "to_delayed"):  # an array of xarray, over one of dask
        raise TypeError(
            f"X_pool is a {type(X).__name__} over a dask array; give the array itself, "
            "X_pool.data"
        )
    if hasattr(X, "rechunk"):  # an array: whole rows in each partition
        X = X.rechunk(dict.fromkeys(range(1, X.ndim), -1))
    partitions = np.ravel(X.to_delayed()).tolist()
    where = executor()
    sizes = getattr(X, "chunks", ((np.nan,),))[0]  # a data frame does not know them
    if np.isnan(sizes).any():
        sizes = where.gather([where.compute(n_rows, part) for part in partitions])
    pairs = [pair for pair in zip(partitions, sizes, strict=True) if pair[1] > 0]
    return Pool(where, [part for part, _ in pairs], [int(size) for _, size in pairs])


class Pool:
    """Points in parts: where they lie, the parts (not computed yet), their sizes.

    Parameters
    ----------
    where : InMemory, InProcess or Cluster
        What runs functions on the parts.
    parts : list
        Containers of points, or what dask makes them of.
    sizes : list of int
        Number of points in each.
    """

    def __init__(self, where, parts, sizes):
        self.where, self.parts, self.sizes = where, parts, sizes

    def __len__(self):
        return sum(self.sizes)

    def __getitem__(self, rows):
        raise TypeError(
            "the rows of a distributed pool cannot be taken: a strategy that needs "
            "them in one place leaves its class attribute `distributed` False"
        )

    @property
    def is_distributed(self):
        """Whether the points are those of a dask collection."""
        return self.where.is_distributed

    @property
    def starts(self):
        """Number, in the pool, of the first point of each part."""
        return np.cumsum([0, *self.sizes[:-1]]).tolist()

    def map(self, function, *shared):
        """What ``function(X, first, *shared)`` makes of each part: Parts.

        `first` is the number, in the pool, of the part's first point. Function and
        arguments are sent once to each worker.
        """
        if not self.is_distributed:
            return Parts(self.where, [function(self.parts[0], 0, *shared)], self.sizes)
        message = self.where.share((function, shared))
        results = [
            self.where.compute(_on_part, part, start, message)
            for part, start in zip(self.parts, self.starts, strict=True)
        ]
        return Parts(self.where, results, self.sizes)

    def at(self, rows, function, *shared):
        """What ``function(X, *shared)`` makes of some rows, brought here in order."""
        if not self.is_distributed:
            return function(take_rows(self.parts[0], rows), *shared)
        return _at(self, np.asarray(rows), function, shared)


def _at(pool, rows, function, shared):
    """The same of a dask collection: rows are taken where they lie."""
    part_n = np.searchsorted(pool.starts, rows, side="right") - 1
    message, futures = pool.where.share((function, shared)), []
    for part in np.unique(part_n).tolist():
        local = rows[part_n == part] - pool.starts[part]
        future = pool.where.compute(_on_rows, pool.parts[part], local, message)
        futures.append(future)
    return in_order(pool.where.gather(futures), part_n)


def _on_part(X, first, message):
    function, shared = message
    try:
        return function(by_rows(X), first, *shared)
    except Exception as error:
        error.add_note(f"in the part of the pool that begins at row {first}")
        raise


def _on_rows(X, rows, message):
    function, shared = message
    return to_numpy(function(take_rows(X, rows), *shared))
