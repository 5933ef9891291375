"""Beam search over set functions; layer 1. Public in `skactive.selection`."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from skactive._utils.array import to_numpy
from skactive.selection._bare import as_set_function
from skactive.selection._budget import Purse, check_unlimited, within_budget
from skactive.selection._picks import Picks, Trail
from skactive.selection._set_function import Choice, SetFunction
from skactive.selection._ties import all_equal, ranked

__all__ = ["beam"]


def beam(
    f: SetFunction,
    n: int | None,
    width: int,
    *,
    state: Any = None,
    cost: ArrayLike | None = None,
    budget: float | None = None,
) -> Picks:
    """Maximise a set function by beam search.

    At each step, each of up to `width` sets is extended by each of its `width` best
    points. Of the resulting distinct sets, the `width` with the largest values are
    kept; ties are broken by rank. The value of a set is ``f.value(state)`` if `f`
    defines it, and otherwise the sum of its gains. ``width=1`` is `greedy`.

    Parameters
    ----------
    f : SetFunction
        The objective.
    n : int or None
        Number of points to select, at most the number of points. With a budget an upper
        limit, or None for no limit.
    width : int
        Number of sets to keep at each step.
    state : object, default=None
        State to start from; by default that of the empty set.
    cost : array-like of shape (n_points,), default=None
        Positive cost of labelling each point; requires `budget`.
    budget : float, default=None
        Maximum total cost of the selected points; see `greedy`. Sets that cannot be
        extended within the budget are kept unchanged.

    Returns
    -------
    indices : ndarray of intp, shape (n,)
        The best set, in order of selection.
    gains : ndarray of shape (n,)
        Marginal gain of each point when it was selected.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import Scores, beam
    >>> beam(Scores(np.array([0.2, 0.1, 0.3])), 2, width=2)
    (array([2, 0]), array([0.3, 0.2]))
    """
    f = as_set_function(f)
    state = f.start() if state is None else state
    if cost is None and budget is None:
        check_unlimited(n)
        trail = _beam(f, width, state, _Size(n))
        return trail.end(n, trail.n_points)
    return within_budget(
        lambda purse: _beam(f, width, state, purse), f, n, cost, budget
    )


class _Size(Purse):
    """Limit of a search without a budget: only the number of points."""

    def __init__(self, n):
        super().__init__(None, np.inf, n, per_cost=False)

    def affordable(self, available, picks):
        """Return all available points, regardless of cost."""
        return available


class _Grown(NamedTuple):
    """A set of the beam, its value, and whether it cannot be extended any more."""

    trail: Trail
    value: float
    full: bool


def _beam(f, width, state, purse):
    """Run the search, and return the trail of the best set that the purse affords."""
    sets = [_Grown(Trail(f, state), 0.0, purse.is_spent(()))]
    while not all(held.full for held in sets):
        grown: dict[frozenset, _Grown] = {}
        for held in sets:
            for larger in _grow(f, held, width, purse):
                # the same points in another order are one set; the first ranks higher
                grown.setdefault(frozenset(larger.trail.indices), larger)
        sets = _best(list(grown.values()), width, f.rounding)
    return sets[0].trail


def _best(sets, width, rounding):
    """Return the sets with the largest values; ties are broken by rank."""
    values = np.array([held.value for held in sets])
    return [sets[i] for i in ranked(values, min(width, len(sets)), error=rounding)]


def _grow(f, held, width, purse):
    """Yield the set extended by each of its `width` best points, or itself if full."""
    trail = held.trail
    if held.full:
        yield held
        return
    gains = to_numpy(f.gains(trail.state))
    trail.n_points = len(gains)
    rows, undecided = _proposed(f, trail, gains, width, purse)
    if not rows.size:
        yield held._replace(full=True)
    for i in rows.tolist():
        larger = trail.branch(Choice(i, float(gains[i]), undecided))
        value = held.value + float(gains[i])
        value = value if f.value is None else float(f.value(larger.state))
        yield _Grown(larger, value, purse.is_spent(larger.indices))


def _proposed(f, trail, gains, width, purse):
    """Return the `width` best points that the purse affords; whether all are tied."""
    available = np.ones(len(gains), dtype=bool)
    available[trail.indices] = False
    rows = np.flatnonzero(purse.affordable(available, trail.indices))
    if not rows.size:
        return rows, False
    worth = purse.worth(gains[rows], rows)
    order = None if f.tie_break is None else to_numpy(f.tie_break)[rows]
    first = ranked(worth, min(width, len(rows)), order, purse.error(f.rounding))
    return rows[first], all_equal(worth, np.ones(len(rows), dtype=bool))
