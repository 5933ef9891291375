"""Greedy search; layer 1. Public in `skactive.selection`."""

from typing import Any

from numpy.typing import ArrayLike

from skactive.selection._bare import as_set_function
from skactive.selection._budget import check_unlimited, within_budget
from skactive.selection._left import Left
from skactive.selection._picks import Picks, Trail
from skactive.selection._rules import Rule, best
from skactive.selection._set_function import SetFunction

__all__ = ["greedy"]


def greedy(
    f: SetFunction,
    n: int | None,
    pick: Rule = best,
    *,
    state: Any = None,
    cost: ArrayLike | None = None,
    budget: float | None = None,
) -> Picks:
    """Maximise a set function greedily, one point at a time by marginal gain.

    Parameters
    ----------
    f : SetFunction
        The objective.
    n : int or None
        Number of points to select, at most the number of points. With a budget an upper
        limit, or None for no limit.
    pick : callable, default=best
        Rule ``pick(gains, available) -> int`` that selects a point.
    state : object, default=None
        State to start from; by default that of the empty set.
    cost : array-like of shape (n_points,), default=None
        Positive cost of labelling each point; requires `budget`.
    budget : float, default=None
        Maximum total cost of the selected points. Greedy search is run by gain per cost
        and by gain, and the better set is returned [1]_.

    Returns
    -------
    indices : ndarray of intp, shape (n,)
        The selected points, in order of selection.
    gains : ndarray of shape (n,)
        Marginal gain of each point when it was selected.

    References
    ----------
    .. [1] Leskovec, Krause, Guestrin, Faloutsos, VanBriesen and Glance, "Cost-effective
       outbreak detection in networks", KDD 2007.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import Scores, greedy
    >>> greedy(Scores(np.array([0.2, 0.1, 0.3])), 2)
    (array([2, 0]), array([0.3, 0.2]))
    >>> greedy(Scores(np.array([2.0, 10.0])), None, cost=[1, 10], budget=10)
    (array([1]), array([10.]))
    """
    f = as_set_function(f)
    state = f.start() if state is None else state
    if cost is None and budget is None:
        check_unlimited(n)
        return _greedy(f, n, pick, state)
    return within_budget(
        lambda purse: _spend(f, pick, state, purse), f, n, cost, budget, pick is best
    )


def _greedy(f, n, pick, state):
    left, trail = Left(), Trail(f, state)
    for step in range(n):
        choice = f.choose(trail.state, left, pick)
        left.take(choice.index)
        trail.follow(choice, more=step < n - 1)
    return trail.end(n, left.size)


def _spend(f, pick, state, purse):
    """Search greedily until the purse affords none of the remaining points."""
    left, trail = Left(), Trail(f, state)
    while True:
        gains = f.gains(trail.state)
        available = purse.affordable(left.among(gains), left.picks)
        if not bool(available.any()):
            return trail
        choice = purse.choose(f, gains, available, pick)
        left.take(choice.index)
        trail.follow(choice)
