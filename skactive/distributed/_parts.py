"""What is made of the parts of a pool, one of each; layer 1."""

import numpy as np

from skactive._utils.array import to_numpy

__all__ = ["Parts", "in_order"]


class Parts:
    """Things made of the parts of a pool, that stay where these lie.

    Parameters
    ----------
    where : InMemory, InProcess or Cluster
        What runs functions on them.
    parts : list
        The things, or handles of them.
    sizes : list of int
        Number of points in each part of the pool.
    """

    def __init__(self, where, parts, sizes):
        self.where, self.parts, self.sizes = where, parts, sizes

    def __len__(self):
        return sum(self.sizes)

    @property
    def is_distributed(self):
        """Whether they are made of a dask collection."""
        return self.where.is_distributed

    @property
    def starts(self):
        """Number, in the pool, of the first point of each part."""
        return np.cumsum([0, *self.sizes[:-1]]).tolist()

    def with_parts(self, parts):
        """Other things made of the same parts of the pool."""
        return Parts(self.where, parts, self.sizes)

    def map(self, function, *shared, each=None, beside=None):
        """``function(thing, *own, *shared)`` of each: Parts.

        `each` has one more argument for each part; `beside`, Parts, another.
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
        """Bring all things here: a list."""
        return self.where.gather(self.parts)

    @property
    def here(self):
        """The one thing that is made of a pool in memory."""
        (only,) = self.parts
        return only

    def joined(self):
        """Arrays of one entry a point, brought here and joined; in memory the array."""
        parts = self.collect()
        return np.concatenate(parts) if self.is_distributed else parts[0]

    def total(self):
        """Sum of the things, added where they lie, two by two."""
        parts = list(self.parts)
        while len(parts) > 1:
            pairs = zip(parts[::2], parts[1::2], strict=False)
            odd = parts[-1:] if len(parts) % 2 else []
            parts = [self.where.submit(_sum, *pair) for pair in pairs] + odd
        return self.where.gather(parts)[0]

    def average(self):
        """Mean of the things, weighted by the number of points; exact in memory."""
        values = self.collect()
        if len(values) == 1:
            return values[0]
        return np.average(values, axis=0, weights=self.sizes)

    def place(self, i):
        """The part of point `i`, and its number there."""
        part = int(np.searchsorted(self.starts, i, side="right")) - 1
        return part, int(i) - self.starts[part]

    def cut(self, values):
        """An array of one entry a point, cut into the parts' shares."""
        return np.split(values, self.starts[1:]) if len(self.parts) > 1 else [values]

    def at(self, function, rows, *shared, beside=None):
        """Join ``function(thing, its rows, *own, *shared)``, in the order of `rows`."""
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
    """Join results, of each part's rows, in the order in which rows were named."""
    joined = np.concatenate([to_numpy(result) for result in results])
    ordered = np.empty_like(joined)
    ordered[np.argsort(part_n, kind="stable")] = joined
    return ordered
