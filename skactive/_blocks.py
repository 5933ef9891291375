"""Pools that lie in blocks on a cluster, and set functions over them; layer 1.

A dask collection is never brought together. What is made of a block stays where the
block lies; the batch's new point, as a small item, goes to all blocks, and of each only
the candidates that could win come back. Every step is a task without side effects, so
that what a lost worker held is computed again.
"""

import copy
from typing import Any, NamedTuple

import numpy as np

from skactive._array import resolution, to_numpy
from skactive._ties import just_below

__all__ = [
    "Blocked",
    "Blocks",
    "gather_leaders",
    "generator_at",
    "is_in_blocks",
    "leading",
    "pool_in_blocks",
]


def is_in_blocks(X):
    """Whether `X` is a dask collection; dask itself is not imported."""
    return hasattr(X, "__dask_graph__")


def pool_in_blocks(X):
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
    return PoolInBlocks(where, [b for b, _ in pairs], [int(size) for _, size in pairs])


def _where():
    """The cluster of the present client; this process where there is none."""
    try:
        from distributed import get_client

        return _Cluster(get_client())
    except (ImportError, ValueError):
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


class PoolInBlocks:
    """Points in blocks: where, which (not computed yet), and how many in each."""

    def __init__(self, where, blocks, sizes):
        self.where, self.blocks, self.sizes = where, blocks, sizes

    def __len__(self):
        return sum(self.sizes)

    @property
    def starts(self):
        """Number, in the pool, of the first point of each block."""
        return np.cumsum([0, *self.sizes[:-1]]).tolist()

    def map(self, function, *shared, each=None):
        """What ``function(X, first, *shared)`` makes of each block: Blocked.

        With `each`, one more argument for each block, before the shared ones.
        """
        shared = self.where.share(shared)
        each = [()] * len(self.blocks) if each is None else [(e,) for e in each]
        results = [
            self.where.compute(_on_block, block, function, start, own, shared)
            for block, start, own in zip(self.blocks, self.starts, each, strict=True)
        ]
        return Blocked(self.where, results, self.starts, len(self))


def _same(x):
    return x


def _on_block(X, function, first, own, shared):
    try:
        return function(X, first, *own, *shared)
    except Exception as error:
        error.add_note(f"in the block of the pool that begins at row {first}")
        raise


class Blocked:
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
        return Blocked(self.where, parts, self.starts, self.n)

    def map(self, function, *shared, each=None, beside=None):
        """``function(part, *own, *shared)`` of each: Blocked.

        `each` has one more argument for each block; `beside`, Blocked, another.
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


class Blocks:
    """A set function over a pool in blocks, of set functions over each block.

    These have ``item(i)``, what a state has to be told of a point, and
    ``add_item(state, item)``, the state with a point of that kind, of whatever block.

    Parameters
    ----------
    parts : Blocked
        A set function of each block.
    """

    def __init__(self, parts):
        self.parts = parts
        about = parts.map(_about).collect()
        self.diminishing, self.has_bounds, self.has_tie_break, self.costly, _ = about[0]
        self.rounding = max(error for *_, error in about)

    @property
    def size(self):
        """Number of points."""
        return len(self.parts)

    def start(self):
        """State of the empty set: one of each block."""
        return self.parts.map(_start)

    def gains(self, state, rows=None):
        """Worth of adding each point (of `rows`) to the set: (n,), here."""
        if rows is not None:
            return self.parts.at(_gains, to_numpy(rows), beside=state)
        return np.concatenate(self.parts.map(_all_gains, beside=state).collect())

    def leaders(self, state, available, n=1):
        """Points among which the best `n` are, whatever ties; see `gather_leaders`."""
        shared = (self.rounding,)
        return gather_leaders(self.parts, _leaders, available, n, state, shared)

    def add(self, state, i):
        """State of the set with point `i` added."""
        block, local = self.parts.place(i)
        item = self.parts.where.submit(_item, self.parts.parts[block], local)
        return state.map(_add_item, item, beside=self.parts)

    @property
    def tie_break(self):
        """What orders points of one gain, if the parts say; brought here."""
        if not self.has_tie_break:
            return None
        return np.concatenate(self.parts.map(_tie_break).collect())

    @property
    def bounds(self):
        """Upper bounds of the gains, if the parts have them."""
        if not self.has_bounds:
            return None
        return lambda state, rows: self.parts.at(_bounds, to_numpy(rows), beside=state)


def _about(f):
    """What a search has to know of a set function."""
    bounds, order = getattr(f, "bounds", None), getattr(f, "tie_break", None)
    costly, rounding = getattr(f, "costly", False), getattr(f, "rounding", 0.0)
    return f.diminishing, bounds is not None, order is not None, costly, rounding


def _start(f):
    return f.start()


def _gains(f, rows, state):
    return to_numpy(f.gains(state, rows))


def _all_gains(f, state):
    return to_numpy(f.gains(state))


def _bounds(f, rows, state):
    return to_numpy(f.bounds(state, rows))


def _tie_break(f):
    return to_numpy(f.tie_break)


def _item(f, i):
    return f.item(i)


def _add_item(state, f, item):
    return f.add_item(state, item)


def _leaders(f, available, state, n, error):
    order = getattr(f, "tie_break", None)
    order = None if order is None else to_numpy(order)
    return leading(to_numpy(f.gains(state)), order, available, n, error)


class Leaders(NamedTuple):
    """Points, what adding them is worth, and what orders equal ones."""

    rows: Any
    gains: Any
    order: Any


def leading(gains, order, available, n, error=0.0):
    """Points of a block that may be among the best `n` of all, and its worst one.

    Of points that nothing but their number tells apart, the first `n` are enough.
    """
    rows = np.flatnonzero(_unpacked(available, len(gains)))
    order = np.zeros(len(gains)) if order is None else order
    if len(rows):
        own = gains[rows]
        if np.isnan(own).any():
            raise ValueError(f"the gain of point {rows[np.isnan(own).argmax()]} is NaN")
        size = min(n, len(rows))
        nth = -np.partition(-own, size - 1)[size - 1]
        near = rows[own >= just_below(float(nth), resolution(gains)) - error]
        near = near[np.lexsort((near, order[near], gains[near]))]
        new = (np.diff(gains[near]) != 0) | (np.diff(order[near]) != 0)
        first = np.maximum.accumulate(
            np.where(np.r_[True, new], np.arange(len(near)), 0)
        )
        near = near[np.arange(len(near)) - first < n]
        rows = np.union1d(near, rows[own.argmin()])
    return Leaders(rows, gains[rows], order[rows])


def gather_leaders(parts, function, available, n, beside=None, shared=()):
    """The best points of all blocks, in order of their numbers: Leaders.

    Parameters
    ----------
    parts : Blocked
        What `function` looks at.
    function : callable
        ``function(part, available, *beside, n, *shared) -> Leaders`` of a block; what
        is available comes packed, for `leading`.
    available : array of bool, shape (n_points,)
        The points that may be picked.
    n : int
        How many of the best are wanted.
    beside : Blocked, default=None
        Something of each block for `function`.
    shared : tuple
        What it is told besides.
    """
    packed = [_packed(part) for part in parts.cut(available)]
    found = parts.map(function, n, *shared, each=packed, beside=beside).collect()
    rows = [f.rows + start for f, start in zip(found, parts.starts, strict=True)]
    gains, order = (np.concatenate([f[j] for f in found]) for j in (1, 2))
    return Leaders(np.concatenate(rows), gains, order)


def _packed(available):
    """A mask in few bytes: the points left out where these are few, else bits."""
    left_out = np.flatnonzero(~available)
    few = 64 * len(left_out) < len(available)
    return ("but", left_out) if few else ("bits", np.packbits(available))


def _unpacked(packed, n):
    kind, values = packed
    if kind == "bits":
        return np.unpackbits(values, count=n).astype(bool)
    available = np.ones(n, dtype=bool)
    available[values] = False
    return available


def generator_at(rng, n_numbers):
    """A copy of a generator of floats, as it is after so many more of them."""
    rng = copy.deepcopy(rng)
    rng.bit_generator.advance(n_numbers)
    return rng
