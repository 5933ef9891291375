"""Pools that lie in blocks on a cluster, and what is made of their blocks; layer 1.

A dask collection is never brought together: what is made of a block stays where the
block lies. Every step is a task without side effects, so that what a lost worker held
is computed again.
"""

import copy
import pickle
import threading

import numpy as np

from skactive._utils.array import to_numpy

__all__ = [
    "DistributedPool",
    "DistributedResults",
    "distribute",
    "generator_at",
    "is_distributed",
]


def is_distributed(X):
    """Whether `X` is a dask collection; dask itself is not imported."""
    return hasattr(X, "__dask_graph__")


def distribute(X):
    """Rows of a dask array or data frame as blocks, on the cluster of the client.

    Without a client of ``dask.distributed``, all blocks are worked in this process.
    """
    if not isinstance(getattr(X, "ndim", None), int):  # a Delayed has any attribute
        raise TypeError(
            f"X_pool is a {type(X).__name__}; of dask, arrays and data frames can be "
            "pools"
        )
    if hasattr(X, "rechunk"):  # an array: whole rows in each block
        X = X.rechunk(dict.fromkeys(range(1, X.ndim), -1))
    blocks = np.ravel(X.to_delayed()).tolist()
    where = _where()
    sizes = getattr(X, "chunks", ((np.nan,),))[0]
    if np.isnan(sizes).any():
        sizes = where.gather([where.compute(len, block) for block in blocks])
    pairs = [pair for pair in zip(blocks, sizes, strict=True) if pair[1] > 0]
    return DistributedPool(
        where, [b for b, _ in pairs], [int(size) for _, size in pairs]
    )


def _where():
    """The cluster of the present client; this process where there is none."""
    try:
        from distributed import get_client

        return _Cluster(get_client())
    except (ImportError, ValueError):  # ValueError: there is no client
        return _Here()


class _Cluster:
    """Tasks on the workers of a client; results stay there until they are gathered."""

    def __init__(self, client):
        self.client = client

    def submit(self, function, *args):
        return self.client.submit(function, *args, pure=False)

    def share(self, x):
        """Send something once; by a task, so that it is not lost with a worker."""
        return self.submit(_same, x)

    def compute(self, function, block, *args):
        import dask

        return self.client.compute(dask.delayed(function, pure=False)(block, *args))

    def gather(self, futures):
        return self.client.gather(list(futures))


class _Here:
    """The same in this process."""

    def submit(self, function, *args):
        return function(*args)

    def share(self, x):
        return x

    def compute(self, function, block, *args):
        return function(block.compute(scheduler="synchronous"), *args)

    def gather(self, results):
        return list(results)


class DistributedPool:
    """Points in blocks: where, which (not computed yet), and how many in each."""

    def __init__(self, where, blocks, sizes):
        self.where, self.blocks, self.sizes = where, blocks, sizes

    def __len__(self):
        return sum(self.sizes)

    @property
    def starts(self):
        """Number, in the pool, of the first point of each block."""
        return np.cumsum([0, *self.sizes[:-1]]).tolist()

    def map(self, function, *shared):
        """What ``function(X, first, *shared)`` makes of each block."""
        shared = self.where.share(Packed(shared))
        results = [
            self.where.compute(_on_block, block, function, start, shared)
            for block, start in zip(self.blocks, self.starts, strict=True)
        ]
        return DistributedResults(self.where, results, self.starts, len(self))


def _same(x):
    return x


class Packed:
    """Something that blocks share, which travels as the bytes that it was at first.

    One worker sends it to another while it is in use: a net that draws has hooks on its
    layers, which neither can nor should be sent with it.
    """

    def __init__(self, content):
        self._content, self._bytes, self._lock = content, None, threading.Lock()

    def __getstate__(self):
        """As bytes alone."""
        import cloudpickle  # it comes with dask, and knows what a notebook defines

        with self._lock:
            if self._bytes is None:
                self._bytes = cloudpickle.dumps(self._content)
        return self._bytes

    def __setstate__(self, state):
        self.__init__(None)
        self._bytes = state

    def unpacked(self):
        """The thing itself: in each process, one."""
        with self._lock:
            if self._content is None:
                self._content = pickle.loads(self._bytes)
            return self._content


def _on_block(X, function, first, shared):
    try:
        return function(X, first, *shared.unpacked())
    except Exception as error:
        error.add_note(f"in the block of the pool that begins at row {first}")
        raise


class DistributedResults:
    """Things made of blocks, one of each, that stay where the blocks lie.

    Parameters
    ----------
    where : object
        What submits and gathers.
    parts : list
        Handles of the things.
    starts : list of int
        Number, in the pool, of the first point of each block.
    n : int
        Number of points of the pool.
    """

    def __init__(self, where, parts, starts, n):
        self.where, self.parts, self.starts, self.n = where, parts, starts, n

    def __len__(self):
        return self.n

    def with_parts(self, parts):
        """Other things of the same blocks."""
        return DistributedResults(self.where, parts, self.starts, self.n)

    def map(self, function, *shared, each=None, beside=None):
        """``function(part, *own, *shared)`` of each: DistributedResults.

        `each` has one more argument for each block; `beside`, other results, another.
        """
        own = [() for _ in self.parts]
        for more in (each, None if beside is None else beside.parts):
            if more is not None:
                own = [(*args, arg) for args, arg in zip(own, more, strict=True)]
        submit = self.where.submit
        parts = [
            submit(function, part, *args, *shared)
            for part, args in zip(self.parts, own, strict=True)
        ]
        return self.with_parts(parts)

    def collect(self):
        """Bring all parts here: a list."""
        return self.where.gather(self.parts)

    def total(self):
        """Sum of the parts, added where they lie, two by two."""
        parts = list(self.parts)
        while len(parts) > 1:
            pairs = zip(parts[::2], parts[1::2], strict=False)
            odd = parts[-1:] if len(parts) % 2 else []
            parts = [self.where.submit(_sum, *pair) for pair in pairs] + odd
        return self.where.gather(parts)[0]

    def place(self, i):
        """The block of point `i`, and its number there."""
        block = int(np.searchsorted(self.starts, i, side="right")) - 1
        return block, int(i) - self.starts[block]

    def cut(self, values):
        """A host array of one entry a point, cut into the blocks' shares."""
        return np.split(values, self.starts[1:])

    def at(self, function, rows, *shared, beside=None):
        """Join ``function(part, its rows, *own, *shared)``, in the order of `rows`."""
        rows = np.asarray(rows)
        block_n = np.searchsorted(self.starts, rows, side="right") - 1
        blocks, results = np.unique(block_n), []
        for block in blocks.tolist():
            local = rows[block_n == block] - self.starts[block]
            own = () if beside is None else (beside.parts[block],)
            part = self.parts[block]
            results.append(self.where.submit(function, part, local, *own, *shared))
        joined = np.concatenate([to_numpy(r) for r in self.where.gather(results)])
        ordered = np.empty_like(joined)
        ordered[np.argsort(block_n, kind="stable")] = joined
        return ordered


def _sum(a, b):
    return a + b


def generator_at(rng, n_numbers):
    """A copy of a generator of floats, as it is after so many more of them."""
    rng = copy.deepcopy(rng)
    rng.bit_generator.advance(n_numbers)
    return rng
