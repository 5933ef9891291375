"""Lazy greedy search; layer 1. Public in `skactive.selection`."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from skactive._utils.array import carry, resolution, to_numpy
from skactive.selection._bare import as_set_function
from skactive.selection._budget import check_unlimited, within_budget
from skactive.selection._greedy import greedy
from skactive.selection._left import Left
from skactive.selection._picks import Picks, Trail
from skactive.selection._set_function import Choice, SetFunction
from skactive.selection._ties import just_below, settle

__all__ = ["lazy_greedy"]

ABOUT = 1e-3  # relative difference of bounds that is not looked at
FIRST_GROUP = 16  # points evaluated first; each group is twice the one before


def lazy_greedy(
    f: SetFunction,
    n: int | None,
    *,
    state: Any = None,
    cost: ArrayLike | None = None,
    budget: float | None = None,
) -> Picks:
    """Greedy for gains that only shrink: the same picks from far fewer evaluations.

    A point's last known gain bounds its present one [1]_, so only points whose bound
    could still win are evaluated again, in groups that double.

    Parameters
    ----------
    f : SetFunction
        With ``diminishing`` true, or with ``shift``.
    n : int or None
        Number of points to pick, no more than there are; with a budget, an upper limit
        or None.
    state : object, default=None
        Where to begin; the empty set by default.
    cost : array-like of shape (n_points,), default=None
        What labelling each point costs; positive. With `budget`.
    budget : float, default=None
        Upper limit of the costs of all picks; see `greedy`.

    Returns
    -------
    indices : ndarray of intp, shape (n,)
        In order of selection: those of ``greedy(f, n)``.
    gains : ndarray of shape (n,)
        Marginal gain of each when it was picked.

    Raises
    ------
    ValueError
        If `f` does not say that its gains diminish.

    References
    ----------
    .. [1] Minoux, "Accelerated greedy algorithms for maximizing submodular set
       functions", 1978.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import Scores, lazy_greedy
    >>> lazy_greedy(Scores(np.array([0.2, 0.1, 0.3])), 2)
    (array([2, 0]), array([0.3, 0.2]))
    """
    f = as_set_function(f)
    if not f.diminishing and f.shift is None:
        raise ValueError(f"{f!r} does not say that its gains diminish; use greedy")
    if not f.costly:
        return greedy(f, n, state=state, cost=cost, budget=budget)
    if cost is None and budget is None:
        check_unlimited(n)
        return _lazy_greedy(f, n, state)
    return within_budget(lambda purse: _spend(f, state, purse), f, n, cost, budget)


def _lazy_greedy(f, n, state):
    bounds, left = _Bounds(f, state), Left()
    trail = Trail(f, bounds.state)
    for step in range(n):
        choice = bounds.choose(trail.state, left.among(bounds.gains))
        left.take(choice.index)
        trail.follow(choice, more=step < n - 1)
    return trail.end(n, left.size)


def _spend(f, state, purse):
    """The same, as long as the purse affords any of the points left."""
    bounds, left = _Bounds(f, state, purse), Left()
    trail = Trail(f, bounds.state)
    while True:
        available = purse.affordable(left.among(bounds.gains), left.picks)
        if not available.any():
            return trail
        choice = bounds.choose(trail.state, available)
        left.take(choice.index)
        trail.follow(choice)


class _Bounds:
    """Upper bounds of all gains, tightened where they could decide a pick.

    They begin as the gains of the empty set, which bound those of any larger set, so
    that a search may begin in any state.
    """

    def __init__(self, f, state, purse=None):
        self.f, self.purse = f, purse
        start = f.start()
        self.like = f.gains(start)
        self.gains = to_numpy(self.like).copy()
        self.resolution = resolution(self.like)
        self.shifted = 0.0 if f.shift is None else to_numpy(f.shift(start))
        self.exact = state is None  # the bounds are the gains themselves
        self.state = start if state is None else state
        self.tie_break = None

    def choose(self, state, available):
        """The pick of greedy search, among available points."""
        if self._is_exhausted(state):
            self.gains[:] = 0.0
        elif not self.exact:
            self._shift(state)
            self._tighten(state, available)
        self.exact = False
        order = self._tie_break()
        i, undecided = settle(self._compared(), available, order, self._error())
        return Choice(i, float(self.gains[i]), undecided)

    def _is_exhausted(self, state):
        """Whether all gains are known, without a look, to be zero."""
        return self.f.limit is not None and self.f.limit(state) == 0

    def _tie_break(self):
        if self.tie_break is None and self.f.tie_break is not None:
            self.tie_break = to_numpy(self.f.tie_break)
        return self.tie_break

    def _compared(self, rows=slice(None)):
        """By what points are compared: bounds of gains, or of gains per cost."""
        bounds = self.gains[rows]
        return bounds if self.purse is None else self.purse.worth(bounds, rows)

    def _as_gain(self, worth):
        """Smallest gain of a point that compares so."""
        return worth if self.purse is None else self.purse.least_gain(worth)

    def _error(self):
        rounding = self.f.rounding
        return rounding if self.purse is None else self.purse.error(rounding)

    def _shift(self, state):
        """Move bounds with the part of the gains that may also grow."""
        if self.f.shift is not None:
            before, self.shifted = self.shifted, to_numpy(self.f.shift(state))
            self.gains += self.shifted - before

    def _tighten(self, state, available):
        """Evaluate, in groups that double, all points whose bound could still win.

        Doubling: where bounds are loose, many points are evaluated by few calls, and
        where they are tight, the first few settle the pick.
        """
        stale, winner, size = available.copy(), -np.inf, FIRST_GROUP
        cheaper = self.f.bounds
        while True:
            enough = just_below(winner, self.resolution) - self._error()
            rows = np.flatnonzero(stale & (self._compared() >= enough))
            if not rows.size:
                return
            if cheaper is not None and np.isfinite(winner):
                # once there is a winner to beat, cheap bounds drop most of the others
                floor = self._as_gain(enough)
                lower = to_numpy(cheaper(state, carry(rows, self.like), floor))
                self.gains[rows], cheaper = np.minimum(self.gains[rows], lower), None
                continue
            rows = _first_few(rows, self._compared(rows), size)
            self.gains[rows] = to_numpy(self.f.gains(state, carry(rows, self.like)))
            stale[rows], size = False, 2 * size
            winner = max(winner, self._compared(rows).max())


def _first_few(rows, bounds, size):
    """Rows of the largest bounds; of about equal ones, those of smallest index.

    Any would do, where gains are exact. Sampled ones are what they were when they were
    last looked at, and rounding must not decide which are.
    """
    if len(rows) <= size:
        return rows
    mantissa, exponent = np.frexp(bounds)
    about = np.ldexp(np.round(mantissa / ABOUT), exponent)
    last = -np.partition(-about, size - 1)[size - 1]
    larger, equal = rows[about > last], rows[about == last]
    return np.concatenate([larger, equal[: size - len(larger)]])
