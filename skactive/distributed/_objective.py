"""Set functions over pools that lie in blocks; layer 1.

The batch's new point, as a small item, goes to all blocks; of each, only the candidates
that could win come back.
"""

from typing import Any, NamedTuple

import numpy as np

from skactive._utils.array import resolution, to_numpy
from skactive.selection._ties import just_below

__all__ = ["DistributedObjective", "gather_leaders", "leading"]


class DistributedObjective:
    """A set function over a pool in blocks, of set functions over each block.

    These have ``item(i)``, what a state has to be told of a point, and
    ``add_item(state, item)``, the state with a point of that kind, of whatever block.

    Parameters
    ----------
    parts : DistributedResults
        A set function of each block.
    """

    def __init__(self, parts):
        self.parts = parts
        about = parts.map(_about).collect()
        self.diminishing, self.has_bounds, self.has_tie_break, self.costly = about[0][
            :4
        ]
        self.remedy = about[0][4]
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
    remedy = getattr(f, "remedy", None)
    return (
        f.diminishing,
        bounds is not None,
        order is not None,
        costly,
        remedy,
        rounding,
    )


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
    parts : DistributedResults
        What `function` looks at.
    function : callable
        ``function(part, available, *beside, n, *shared) -> Leaders`` of a block; what
        is available comes packed, for `leading`.
    available : array of bool, shape (n_points,)
        The points that may be picked.
    n : int
        How many of the best are wanted.
    beside : DistributedResults, default=None
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
