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
    """Grow `width` sets at once and return the best of them.

    Each set proposes its `width` best points; of the sets so made, equal ones merged,
    the `width` of largest worth go on, ties to the earlier rank. The worth of a set is
    ``f.value(state)`` where `f` has it, else the sum of its gains. ``width=1`` is
    `greedy`.

    Parameters
    ----------
    f : SetFunction
        The objective.
    n : int or None
        Number of points to pick, no more than there are; with a budget, an upper limit
        or None.
    width : int
        Number of sets held at once.
    state : object, default=None
        Where to begin; the empty set by default.
    cost : array-like of shape (n_points,), default=None
        What labelling each point costs; positive. With `budget`.
    budget : float, default=None
        Upper limit of the costs of all picks; see `greedy`. Sets that afford no more
        points stay as they are.

    Returns
    -------
    indices : ndarray of intp, shape (n,)
        The best set, in order of selection.
    gains : ndarray of shape (n,)
        Marginal gain of each when it was picked.

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
    """The limit of a search without a budget: the number of points alone."""

    def __init__(self, n):
        super().__init__(None, np.inf, n, per_cost=False)

    def affordable(self, available, picks):
        """All that are available: what they cost does not matter."""
        return available


class _Grown(NamedTuple):
    """A set of the beam, its worth, and whether it may grow no more."""

    trail: Trail
    value: float
    full: bool


def _beam(f, width, state, purse):
    """The trail of the best set that a purse affords."""
    sets = [_Grown(Trail(f, state), 0.0, purse.is_spent(()))]
    while not all(held.full for held in sets):
        grown: dict[frozenset, _Grown] = {}
        for held in sets:
            for larger in _grow(f, held, width, purse):
                grown.setdefault(frozenset(larger.trail.indices), larger)
        sets = _best(list(grown.values()), width, f.rounding)
    return sets[0].trail


def _best(sets, width, rounding):
    """The sets of largest worth; of tied ones, those of the earlier rank."""
    values = np.array([held.value for held in sets])
    return [sets[i] for i in ranked(values, min(width, len(sets)), error=rounding)]


def _grow(f, held, width, purse):
    """Add, to the set held, each of its `width` best points; itself if it is full."""
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
    """The `width` best points that the purse affords, and whether all are tied."""
    available = np.ones(len(gains), dtype=bool)
    available[trail.indices] = False
    rows = np.flatnonzero(purse.affordable(available, trail.indices))
    if not rows.size:
        return rows, False
    worth = purse.worth(gains[rows], rows)
    order = None if f.tie_break is None else to_numpy(f.tie_break)[rows]
    first = ranked(worth, min(width, len(rows)), order, purse.error(f.rounding))
    return rows[first], all_equal(worth, np.ones(len(rows), dtype=bool))
