"""Selection of the largest scores; layer 1. Public in `skactive.selection`."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from skactive._utils.array import Array
from skactive.selection._bare import as_set_function
from skactive.selection._greedy import greedy
from skactive.selection._picks import Picks
from skactive.selection._scores import Scores
from skactive.selection._set_function import SetFunction
from skactive.selection._ties import all_equal, ranked, warn_equal

__all__ = ["top", "top_of"]


def top(
    scores: Array,
    n: int | None,
    tie_break: Array | None = None,
    rounding: float = 0.0,
    *,
    cost: ArrayLike | None = None,
    budget: float | None = None,
) -> Picks:
    """Select the `n` largest scores; ties up to rounding are broken by index.

    Parameters
    ----------
    scores : array of shape (n_points,)
        Score of each point; finite or -inf.
    n : int or None
        Number of points to select, at most the number of points. With a budget an upper
        limit, or None for no limit.
    tie_break : array of shape (n_points,), default=None
        Secondary scores that break ties, largest first; the index by default.
    rounding : float, default=0.0
        Absolute rounding error: scores that differ by no more are tied.
    cost : array-like of shape (n_points,), default=None
        Positive cost of labelling each point; requires `budget`.
    budget : float, default=None
        Maximum total cost of the selected points; see `greedy`.

    Returns
    -------
    indices : ndarray of intp, shape (n,)
        The selected points, by decreasing score.
    scores : ndarray of shape (n,)
        Their scores.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import top
    >>> top(np.array([0.5, 0.9, 0.5, 0.1]), 3)
    (array([1, 0, 2]), array([0.9, 0.5, 0.5]))
    """
    f = Scores(scores, tie_break, rounding)
    return top_of(f, n, cost=cost, budget=budget)


def top_of(
    f: SetFunction,
    n: int | None,
    *,
    state: Any = None,
    cost: ArrayLike | None = None,
    budget: float | None = None,
) -> Picks:
    """Select the `n` best points of a modular set function.

    Parameters
    ----------
    f : SetFunction
        Modular set function, such as `Scores`.
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
        The points of ``top(f.gains(f.start()), n, f.tie_break, f.rounding)``.
    scores : ndarray of shape (n,)
        Their scores.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import Scores, top_of
    >>> top_of(Scores(np.array([0.5, 0.9, 0.5, 0.1])), 3)
    (array([1, 0, 2]), array([0.9, 0.5, 0.5]))
    """
    f = as_set_function(f)
    if n is None or cost is not None or budget is not None:
        return greedy(f, n, state=state, cost=cost, budget=budget)
    # of a distributed pool, only the points that can be among the first n are fetched
    rows, scores, order = f.leaders(n, f.start() if state is None else state)
    everything = np.ones(len(scores), dtype=bool)
    if all_equal(scores, everything, f.rounding) and (
        order is None or all_equal(order, everything)
    ):
        warn_equal(0, n, len(scores), f)
    picks = ranked(scores, n, order, f.rounding)
    return rows[picks].astype(np.intp), scores[picks].astype(float)
