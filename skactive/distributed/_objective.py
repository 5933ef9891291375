"""Set functions over the parts of a pool; layer 1.

The message of each pick goes to all parts; of each, only the candidates that could win
come back.
"""

import functools
from abc import abstractmethod
from typing import Any, NamedTuple

import numpy as np

from skactive._utils.array import resolution, to_numpy
from skactive.distributed._parts import Parts
from skactive.selection import Restricted, SetFunction, best
from skactive.selection._set_function import Choice
from skactive.selection._ties import just_below, settle

__all__ = [
    "Distributed",
    "DistributedObjective",
    "Leaders",
    "gather_leaders",
    "leading",
    "objective_over",
]


def objective_over(parts: Parts) -> SetFunction:
    """The set function over a whole pool, of set functions over its parts.

    In memory it is the one that there is. Elsewhere parts are told of picks by message:
    they must be `skactive.selection.DivisibleSetFunction`.
    """
    return DistributedObjective(parts) if parts.is_distributed else parts.here


class Leaders(NamedTuple):
    """Points, their gains, and what orders tied ones."""

    rows: Any
    gains: Any
    order: Any


class Distributed(SetFunction):
    """A set function whose gains are elsewhere: only leaders are brought here.

    Derive from it and define ``size``, the number of points, and ``_leaders``.
    """

    size: int

    @abstractmethod
    def _leaders(self, state, available, n) -> Leaders:
        """Points among which the best `n` available ones, and the worst, are."""

    def choose(self, state, left, pick=best):
        """The next pick of greedy search, among the leaders of all parts."""
        if pick is not best:  # a rule of chance looks at every gain
            return super().choose(state, left, pick)
        return _chosen(self, self._leaders(state, self._available(left), 1))

    def leaders(self, n, state):
        """Points among which the first `n` of `top`, and the last point, are."""
        return self._leaders(state, np.ones(self.size, dtype=bool), n)

    def restricted(self, candidates):
        """The same, of which only `candidates` may be picked."""
        return _RestrictedElsewhere(self, candidates)

    def _available(self, left):
        return left.among(np.broadcast_to(0.0, self.size))


class _RestrictedElsewhere(Restricted):
    """Candidates of a distributed set function: the parts are told which they are."""

    def choose(self, state, left, pick=best):
        if pick is not best:
            return super().choose(state, left, pick)
        among = left.among(np.broadcast_to(0.0, len(self.candidates)))
        return _chosen(self, self._leaders(state, among, 1))

    def leaders(self, n, state):
        return self._leaders(state, np.ones(len(self.candidates), dtype=bool), n)

    def _leaders(self, state, available, n):
        everywhere = np.zeros(self.objective.size, dtype=bool)
        everywhere[self.candidates] = available
        found = self.objective._leaders(state, everywhere, n)
        return found._replace(rows=np.searchsorted(self.candidates, found.rows))


def _chosen(f, found):
    everyone = np.ones(len(found.rows), dtype=bool)
    place, undecided = settle(found.gains, everyone, found.order, f.rounding)
    return Choice(int(found.rows[place]), float(found.gains[place]), undecided)


class DistributedObjective(Distributed):
    """A set function over a pool, of set functions over its parts.

    Parameters
    ----------
    parts : Parts
        A `skactive.selection.DivisibleSetFunction` of each part.
    """

    def __init__(self, parts):
        self.parts, self.size = parts, len(parts)
        abouts = parts.map(_About.of).collect()
        about = abouts[0]
        self.diminishing, self.costly = about.diminishing, about.costly
        self.remedy, self.has_tie_break = about.remedy, about.has_tie_break
        self.rounding = max(other.rounding for other in abouts)
        if about.has_bounds:
            self.bounds = self._bounds
        if about.has_limit:
            self.limit = self._limit

    @functools.cached_property
    def tie_break(self):
        """What orders tied points, if the parts say; brought here."""
        if not self.has_tie_break:
            return None
        return np.concatenate(self.parts.map(_tie_break).collect())

    def start(self):
        """State of the empty set: one of each part."""
        return self.parts.map(_start)

    def gains(self, state, rows=None):
        """Marginal gain of each point (of `rows`): (n,), here."""
        if rows is not None:
            return self.parts.at(_gains, to_numpy(rows), beside=state)
        return np.concatenate(self.parts.map(_all_gains, beside=state).collect())

    def add(self, state, i):
        """State of the set with point `i` added: all parts receive its message."""
        part, local = self.parts.place(i)
        message = self.parts.where.submit(_message, self.parts.parts[part], local)
        return state.map(_receive, message, beside=self.parts)

    def _leaders(self, state, available, n):
        return gather_leaders(
            self.parts, _leaders, available, n, state, (self.rounding,)
        )

    def _bounds(self, state, rows, enough=-np.inf):
        return self.parts.at(_bounds, to_numpy(rows), enough, beside=state)

    def _limit(self, state):
        # what is left to gain is the same in all parts: any one knows
        where, parts = self.parts.where, self.parts.parts
        (found,) = where.gather([where.submit(_limit, parts[0], state.parts[0])])
        return found


class _About(NamedTuple):
    """What a part declares, and whether it has bounds and tie-breaks."""

    diminishing: bool
    costly: bool
    remedy: str | None
    rounding: float
    has_bounds: bool
    has_limit: bool
    has_tie_break: bool

    @classmethod
    def of(cls, f):
        has = (x is not None for x in (f.bounds, f.limit, f.tie_break))
        return cls(f.diminishing, f.costly, f.remedy, f.rounding, *has)


def _start(f):
    return f.start()


def _gains(f, rows, state):
    return to_numpy(f.gains(state, rows))


def _all_gains(f, state):
    return to_numpy(f.gains(state))


def _bounds(f, rows, state, enough):
    return to_numpy(f.bounds(state, rows, enough))


def _limit(f, state):
    return f.limit(state)


def _tie_break(f):
    return to_numpy(f.tie_break)


def _message(f, i):
    return f.message(i)


def _receive(state, f, message):
    return f.receive(state, message)


def _leaders(f, available, state, n, error):
    order = None if f.tie_break is None else to_numpy(f.tie_break)
    return leading(to_numpy(f.gains(state)), order, available, n, error)


def leading(gains, order, available, n, error=0.0):
    """Points of a part that may be among the best `n` of all, and its worst one.

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
    """The best points of all parts, in order of their numbers: Leaders.

    Parameters
    ----------
    parts : Parts
        What `function` looks at.
    function : callable
        ``function(part, available, *beside, n, *shared) -> Leaders`` of a part; what
        is available comes packed, for `leading`.
    available : array of bool, shape (n_points,)
        The points that may be picked.
    n : int
        How many of the best are wanted.
    beside : Parts, default=None
        Something of each part for `function`.
    shared : tuple
        What it is told besides.
    """
    packed = [_packed(share) for share in parts.cut(available)]
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
