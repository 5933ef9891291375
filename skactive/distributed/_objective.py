"""Objectives over the parts of a pool; layer 1.

A selected point is sent to all parts as a message. From each part, only the candidates
that could be selected next are fetched.
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
    """Combine the objectives of the parts to the objective over the whole pool.

    In memory it is the objective of the only part. On a cluster, parts learn of
    selected points by messages, so they must be
    `skactive.selection.DivisibleSetFunction`.
    """
    return DistributedObjective(parts) if parts.is_distributed else parts.here


class Leaders(NamedTuple):
    """Leading candidates, with their gains and the values by which ties are broken."""

    rows: Any
    gains: Any
    order: Any


class Distributed(SetFunction):
    """Objective whose gains are remote: only leading candidates are fetched.

    Subclasses define ``size``, the number of points, and ``_leaders``.
    """

    size: int

    @abstractmethod
    def _leaders(self, state, available, n) -> Leaders:
        """Return points that include the `n` best available ones and the worst one."""

    def choose(self, state, left, pick=best):
        """Choose the next point of greedy search among the leaders of all parts."""
        if pick is not best:  # random rules depend on all gains
            return super().choose(state, left, pick)
        return _chosen(self, self._leaders(state, self._available(left), 1))

    def leaders(self, n, state):
        """Return points that include the first `n` of `top` and the last one."""
        return self._leaders(state, np.ones(self.size, dtype=bool), n)

    def restricted(self, candidates):
        """Return the objective restricted to `candidates`."""
        return _RestrictedElsewhere(self, candidates)

    def _available(self, left):
        return left.among(np.broadcast_to(0.0, self.size))


class _RestrictedElsewhere(Restricted):
    """Distributed objective restricted to candidates, which the parts are told."""

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
    """Objective over a pool, made of the objectives over its parts.

    Parameters
    ----------
    parts : Parts
        The `skactive.selection.DivisibleSetFunction` of each part.
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
        if about.has_grown:
            self.grown = self._grown

    @functools.cached_property
    def tie_break(self):
        """Values by which tied points are ordered, fetched from the parts; or None."""
        if not self.has_tie_break:
            return None
        return np.concatenate(self.parts.map(_tie_break).collect())

    def start(self):
        """Return the state of the empty set: one state per part."""
        return self.parts.map(_start)

    def gains(self, state, rows=None):
        """Return the marginal gain of each point (of `rows`): (n,), on this machine."""
        if rows is not None:
            return self.parts.at(_gains, to_numpy(rows), beside=state)
        return np.concatenate(self.parts.map(_all_gains, beside=state).collect())

    def add(self, state, i):
        """Return the state with point `i` added; all parts receive its message."""
        part, local = self.parts.place(i)
        # computed where the part is, then sent to all parts
        message = self.parts.where.submit(_message, self.parts.parts[part], local)
        return state.map(_receive, message, beside=self.parts)

    def _leaders(self, state, available, n):
        return gather_leaders(
            self.parts, _leaders, available, n, state, (self.rounding,)
        )

    def _bounds(self, state, rows, enough=-np.inf):
        return self.parts.at(_bounds, to_numpy(rows), enough, beside=state)

    def _grown(self, state, bounds, rows=None):
        if rows is not None:
            everywhere = np.zeros(self.size)
            everywhere[to_numpy(rows)] = bounds
            return self._grown(state, everywhere)[to_numpy(rows)]
        each = self.parts.cut(bounds)
        found = self.parts.map(_grown, each=each, beside=state).collect()
        return np.concatenate(found)

    def _limit(self, state):
        # the largest total gain left is the same for all parts, so any one can compute
        # it
        where, parts = self.parts.where, self.parts.parts
        (found,) = where.gather([where.submit(_limit, parts[0], state.parts[0])])
        return found


class _About(NamedTuple):
    """Attributes that the objective of a part declares."""

    diminishing: bool
    costly: bool
    remedy: str | None
    rounding: float
    has_bounds: bool
    has_limit: bool
    has_grown: bool
    has_tie_break: bool

    @classmethod
    def of(cls, f):
        has = (x is not None for x in (f.bounds, f.limit, f.grown, f.tie_break))
        return cls(f.diminishing, f.costly, f.remedy, f.rounding, *has)


def _start(f):
    return f.start()


def _gains(f, rows, state):
    return to_numpy(f.gains(state, rows))


def _all_gains(f, state):
    return to_numpy(f.gains(state))


def _bounds(f, rows, state, enough):
    return to_numpy(f.bounds(state, rows, enough))


def _grown(f, bounds, state):
    return to_numpy(f.grown(state, bounds))


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
    """Points of a part that may be among the best `n` of the pool, and its worst one.

    Points tied in both gain and order are ranked by index, so the first `n` are enough.
    """
    rows = np.flatnonzero(_unpacked(available, len(gains)))
    order = np.zeros(len(gains)) if order is None else order
    if len(rows):
        own = gains[rows]
        if np.isnan(own).any():
            raise ValueError(f"the gain of point {rows[np.isnan(own).argmax()]} is NaN")
        size = min(n, len(rows))
        # the largest gain that may be among the best n; below it, ties up to rounding
        nth = -np.partition(-own, size - 1)[size - 1]
        near = rows[own >= just_below(float(nth), resolution(gains)) - error]
        near = near[np.lexsort((near, order[near], gains[near]))]
        # number the points within each group of ties, and keep the first n of each
        new = (np.diff(gains[near]) != 0) | (np.diff(order[near]) != 0)
        first = np.maximum.accumulate(
            np.where(np.r_[True, new], np.arange(len(near)), 0)
        )
        near = near[np.arange(len(near)) - first < n]
        rows = np.union1d(near, rows[own.argmin()])
    return Leaders(rows, gains[rows], order[rows])


def gather_leaders(parts, function, available, n, beside=None, shared=()):
    """Collect the leading points of all parts, in order of their indices.

    Parameters
    ----------
    parts : Parts
        Objects passed to `function`, one per part.
    function : callable
        ``function(part, available, *beside, n, *shared)`` returns the Leaders of a
        part; `available` is packed, as `leading` expects it.
    available : array of bool, shape (n_points,)
        Mask of the points that may be selected.
    n : int
        Number of best points wanted.
    beside : Parts, default=None
        Further objects, one per part, passed to `function`.
    shared : tuple
        Arguments that are the same for all parts.
    """
    packed = [_packed(share) for share in parts.cut(available)]
    found = parts.map(function, n, *shared, each=packed, beside=beside).collect()
    rows = [f.rows + start for f, start in zip(found, parts.starts, strict=True)]
    gains, order = (np.concatenate([f[j] for f in found]) for j in (1, 2))
    return Leaders(np.concatenate(rows), gains, order)


def _packed(available):
    """Encode a mask in few bytes: indices of excluded points if few, else bits."""
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
