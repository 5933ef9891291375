"""Pools: one part in memory, or the partitions of a dask collection; layer 1.

A strategy writes its objective once, over parts. Dask collections are never brought
together: results computed from a partition stay on its worker. All steps are tasks
without side effects, so that results on a lost worker can be recomputed.
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

    Other containers (xarray) have the method too, but return None if they are in
    memory.
    """
    if isinstance(X, Pool):
        return X.is_distributed
    graph = getattr(X, "__dask_graph__", None)  # dask's collection protocol
    return graph is not None and graph() is not None


def as_pool(X: Any) -> "Pool":
    """Make a pool, with `X` as its only part or a dask collection's partitions."""
    if isinstance(X, Pool):
        return X
    if is_distributed(X):
        return _partitioned(X)
    return Pool(InMemory(), [X], [n_rows(X)])


def _partitioned(X):
    """Divide a dask array or data frame into its partitions.

    Without a client of ``dask.distributed`` they are processed in this process.
    """
    if not isinstance(getattr(X, "ndim", None), int):  # a Delayed pretends to have any
        raise TypeError(
            f"X_pool is a {type(X).__name__}; use a dask array or a dask data frame"
        )
    if not hasattr(X, "to_delayed"):  # an array of xarray, over one of dask
        raise TypeError(
            f"X_pool is a {type(X).__name__} over a dask array; pass the array itself, "
            "X_pool.data"
        )
    if hasattr(X, "rechunk"):  # an array: partitions must contain whole rows
        X = X.rechunk(dict.fromkeys(range(1, X.ndim), -1))
    partitions = np.ravel(X.to_delayed()).tolist()
    where = executor()
    sizes = getattr(X, "chunks", ((np.nan,),))[0]  # unknown for data frames
    if np.isnan(sizes).any():
        sizes = where.gather([where.compute(n_rows, part) for part in partitions])
    # empty partitions have no first row to learn from
    pairs = [pair for pair in zip(partitions, sizes, strict=True) if pair[1] > 0]
    return Pool(where, [part for part, _ in pairs], [int(size) for _, size in pairs])


class Pool:
    """Points in parts that are not computed yet.

    Parameters
    ----------
    where : InMemory, InProcess or Cluster
        The executor that runs functions on the parts.
    parts : list
        Containers of points, or their delayed computations.
    sizes : list of int
        Number of points in each part.
    """

    def __init__(self, where, parts, sizes):
        self.where, self.parts, self.sizes = where, parts, sizes

    def __len__(self):
        return sum(self.sizes)

    def __getitem__(self, rows):
        raise TypeError(
            "a distributed pool cannot be indexed: a strategy that needs rows in one "
            "place must leave its class attribute `distributed` False"
        )

    @property
    def is_distributed(self):
        """Whether the parts are partitions of a dask collection."""
        return self.where.is_distributed

    @property
    def starts(self):
        """Index, in the pool, of the first point of each part."""
        return np.cumsum([0, *self.sizes[:-1]]).tolist()

    def map(self, function, *shared):
        """Apply ``function(X, first, *shared)`` to each part.

        `first` is the index in the pool of the part's first point. The function and its
        arguments are sent to each worker once.
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
        """Apply ``function(X, *shared)`` to some rows; fetch the results in order."""
        if not self.is_distributed:
            return function(take_rows(self.parts[0], rows), *shared)
        return _at(self, np.asarray(rows), function, shared)


def _at(pool, rows, function, shared):
    """Do the same for a dask collection: rows are taken where they are."""
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
