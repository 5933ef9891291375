"""Collections of objects with one per part of a pool; layer 1."""

import numpy as np

from skactive._utils.array import to_numpy

__all__ = ["Parts", "in_order"]


class Parts:
    """Objects made from the parts of a pool, which stay where the parts are.

    Parameters
    ----------
    where : InMemory, InProcess or Cluster
        The executor that runs functions on them.
    parts : list
        The objects, or futures of them.
    sizes : list of int
        Number of points in each part of the pool.
    """

    def __init__(self, where, parts, sizes):
        self.where, self.parts, self.sizes = where, parts, sizes

    def __len__(self):
        return sum(self.sizes)

    @property
    def is_distributed(self):
        """Whether the parts are partitions of a dask collection."""
        return self.where.is_distributed

    @property
    def starts(self):
        """Index, in the pool, of the first point of each part."""
        return np.cumsum([0, *self.sizes[:-1]]).tolist()

    def with_parts(self, parts):
        """Return a collection of other objects made from the same parts."""
        return Parts(self.where, parts, self.sizes)

    def map(self, function, *shared, each=None, beside=None):
        """Apply ``function(object, *own, *shared)`` to each object.

        `each` gives one more argument per part, and `beside`, another collection, one
        more.
        """
        own = [() for _ in self.parts]
        for more in (each, None if beside is None else beside.parts):
            if more is not None:
                own = [(*args, arg) for args, arg in zip(own, more, strict=True)]
        return self.with_parts(
            [
                self.where.submit(function, part, *args, *shared)
                for part, args in zip(self.parts, own, strict=True)
            ]
        )

    def collect(self):
        """Fetch all objects as a list."""
        return self.where.gather(self.parts)

    @property
    def here(self):
        """The only object, for a pool in memory."""
        (only,) = self.parts
        return only

    def joined(self):
        """Fetch and concatenate arrays with one entry per point; no copy in memory."""
        parts = self.collect()
        return np.concatenate(parts) if self.is_distributed else parts[0]

    def total(self):
        """Sum the objects pairwise where they are, and fetch the sum."""
        # in pairs, so that partial sums stay on the workers and no worker holds them
        # all
        parts = list(self.parts)
        while len(parts) > 1:
            pairs = zip(parts[::2], parts[1::2], strict=False)
            odd = parts[-1:] if len(parts) % 2 else []
            parts = [self.where.submit(_sum, *pair) for pair in pairs] + odd
        return self.where.gather(parts)[0]

    def average(self):
        """Mean of the objects, weighted by the number of points; exact in memory."""
        values = self.collect()
        if len(values) == 1:
            return values[0]
        return np.average(values, axis=0, weights=self.sizes)

    def place(self, i):
        """Return the part that contains point `i`, and its index there."""
        part = int(np.searchsorted(self.starts, i, side="right")) - 1
        return part, int(i) - self.starts[part]

    def cut(self, values):
        """Split an array with one entry per point into the shares of the parts."""
        return np.split(values, self.starts[1:]) if len(self.parts) > 1 else [values]

    def at(self, function, rows, *shared, beside=None):
        """Concatenate ``function(object, its rows, *own, *shared)`` in order."""
        rows = np.asarray(rows)
        part_n = np.searchsorted(self.starts, rows, side="right") - 1
        results = []
        for part in np.unique(part_n).tolist():
            local = rows[part_n == part] - self.starts[part]
            own = () if beside is None else (beside.parts[part],)
            thing = self.parts[part]
            results.append(self.where.submit(function, thing, local, *own, *shared))
        return in_order(self.where.gather(results), part_n)


def _sum(a, b):
    return a + b


def in_order(results, part_n):
    """Concatenate results of the parts, in the order in which rows were requested."""
    joined = np.concatenate([to_numpy(result) for result in results])
    ordered = np.empty_like(joined)
    # results come part by part; a stable sort by part says which rows they are of
    ordered[np.argsort(part_n, kind="stable")] = joined
    return ordered
