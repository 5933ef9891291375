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

ABOUT = 1e-3  # bounds with a smaller relative difference are evaluated by index
FIRST_GROUP = 16  # points evaluated first; each further group is twice as large


def lazy_greedy(
    f: SetFunction,
    n: int | None,
    *,
    state: Any = None,
    cost: ArrayLike | None = None,
    budget: float | None = None,
) -> Picks:
    """Maximise a set function with diminishing gains by lazy greedy search [1]_.

    Returns the picks of `greedy` with far fewer evaluations. When gains only shrink,
    the last known gain of a point is an upper bound of its current one, so that only
    points whose bound exceeds the best current gain are evaluated again, in groups of
    doubling size. Gains may also grow, if `f` bounds by how much.

    Parameters
    ----------
    f : SetFunction
        Objective with ``diminishing = True``, with ``shift`` or with ``grown``.
    n : int or None
        Number of points to select, at most the number of points. With a budget an upper
        limit, or None for no limit.
    state : object, default=None
        State to start from; by default that of the empty set.
    cost : array-like of shape (n_points,), default=None
        Positive cost of labelling each point; requires `budget`.
    budget : float, default=None
        Maximum total cost of the selected points; see `greedy`.

    Returns
    -------
    indices : ndarray of intp, shape (n,)
        The selected points, in order of selection, as by ``greedy(f, n)``.
    gains : ndarray of shape (n,)
        Marginal gain of each point when it was selected.

    Raises
    ------
    ValueError
        If `f` does not declare that its gains diminish.

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
    if not f.diminishing and f.shift is None and f.grown is None:
        raise ValueError(
            f"{f!r} does not declare that its gains diminish (`diminishing = True`); "
            "use greedy"
        )
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
    """Search lazily until the purse affords none of the remaining points."""
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
    """Upper bounds of all gains, which are tightened where they could decide a pick.

    The first bounds are the gains for the empty set. They bound the gains for any
    larger set, so that a search can start from any state. Gains that may grow are
    evaluated for the state itself.
    """

    def __init__(self, f, state, purse=None):
        self.f, self.purse = f, purse
        from_state = state is not None and f.grown is not None
        start = state if from_state else f.start()
        self.like = f.gains(start)
        # a copy, as bounds are updated in place and this may be the objective's array
        self.gains = to_numpy(self.like).copy()
        self.resolution = resolution(self.like)
        self.shifted = 0.0 if f.shift is None else to_numpy(f.shift(start))
        self.exact = state is None or from_state  # the bounds are the gains
        self.state = start if state is None else state
        self.tie_break = None

    def choose(self, state, available):
        """Choose the point that greedy search would pick from the available ones."""
        if self._is_exhausted(state):
            self.gains[:] = 0.0
        elif not self.exact:
            self._shift(state)
            self._grow(state)
            self._tighten(state, available)
        self.exact = False
        order = self._tie_break()
        i, undecided = settle(self._compared(), available, order, self._error())
        return Choice(i, float(self.gains[i]), undecided)

    def _is_exhausted(self, state):
        """Whether all gains are known to be zero without evaluating them."""
        return self.f.limit is not None and self.f.limit(state) == 0

    def _tie_break(self):
        # fetched from the device once, not at every step
        if self.tie_break is None and self.f.tie_break is not None:
            self.tie_break = to_numpy(self.f.tie_break)
        return self.tie_break

    def _compared(self, rows=slice(None)):
        """Values by which points are compared: bounds of gains or of gains per cost."""
        bounds = self.gains[rows]
        return bounds if self.purse is None else self.purse.worth(bounds, rows)

    def _as_gain(self, worth):
        """Smallest gain with which a point can reach the compared value `worth`."""
        return worth if self.purse is None else self.purse.least_gain(worth)

    def _error(self):
        rounding = self.f.rounding
        return rounding if self.purse is None else self.purse.error(rounding)

    def _shift(self, state):
        """Replace the part of the bounds that may also grow by its current value."""
        if self.f.shift is not None:
            before, self.shifted = self.shifted, to_numpy(self.f.shift(state))
            self.gains += self.shifted - before

    def _grow(self, state):
        """Raise the bounds by what gains may have grown with the last pick."""
        if self.f.grown is not None:
            bounds = self.f.grown(state, carry(self.gains, self.like))
            self.gains = to_numpy(bounds).copy()

    def _tighten(self, state, available):
        """Evaluate all points whose bound could still win, in groups that double.

        If bounds are tight, the first few points decide the pick; if they are loose,
        doubling evaluates many points in few calls.
        """
        stale, winner, size = available.copy(), -np.inf, FIRST_GROUP
        cheaper = self.f.bounds
        while True:
            enough = just_below(winner, self.resolution) - self._error()
            rows = np.flatnonzero(stale & (self._compared() >= enough))
            if not rows.size:
                return
            if cheaper is not None and np.isfinite(winner):
                # once there is a gain to beat, cheaper bounds rule out most points
                floor = self._as_gain(enough)
                lower = to_numpy(cheaper(state, carry(rows, self.like), floor))
                self.gains[rows], cheaper = np.minimum(self.gains[rows], lower), None
                continue
            rows = _first_few(rows, self._compared(rows), size)
            self.gains[rows] = to_numpy(self.f.gains(state, carry(rows, self.like)))
            stale[rows], size = False, 2 * size
            winner = max(winner, self._compared(rows).max())


def _first_few(rows, bounds, size):
    """Rows with the largest bounds; nearly equal bounds are ordered by index.

    For exact gains any order gives the same picks. Sampled gains, however, depend on
    the step at which they were last evaluated, and rounding must not decide which
    points are evaluated.
    """
    if len(rows) <= size:
        return rows
    mantissa, exponent = np.frexp(bounds)
    about = np.ldexp(np.round(mantissa / ABOUT), exponent)
    last = -np.partition(-about, size - 1)[size - 1]
    larger, equal = rows[about > last], rows[about == last]
    return np.concatenate([larger, equal[: size - len(larger)]])
