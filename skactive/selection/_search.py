"""Set functions and the searches over them.

Layer 1. A set function says what adding each point is worth; a search picks points.
Its state is a value: ``add`` returns a new one and never changes the old, so that a
search may hold several.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from skactive._utils.array import Array, carry, namespace, resolution, to_numpy
from skactive.selection._beam import beam
from skactive.selection._set_function import (
    Restricted,
    Scores,
    SetFunction,
    gains_along,
)
from skactive.selection._ties import (
    all_equal,
    all_true,
    just_below,
    largest,
    leveled,
    warn_equal,
)

__all__ = [
    "Restricted",
    "Scores",
    "SetFunction",
    "beam",
    "best",
    "gains_along",
    "greedy",
    "lazy_greedy",
    "proportional",
    "top",
    "top_of",
]

ABOUT = 1e-3  # relative difference of bounds that is not looked at

Picks: TypeAlias = tuple[np.ndarray, np.ndarray]  # indices, and their gains
Rule: TypeAlias = Callable[[Array, Array], int]  # of gains, and of what is available


def best(gains: Array, available: Array) -> int:
    """Pick the largest gain; equal ones, but for rounding, go to the smallest index.

    Parameters
    ----------
    gains : array of shape (n,)
        Worth of each point; not NaN.
    available : array of bool, shape (n,)
        The points not picked yet.

    Returns
    -------
    int
        Index of the pick.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import best
    >>> best(np.array([0.1, 0.3, 0.1 + 0.2]), np.array([True, True, True]))
    1
    """
    xp = namespace(gains)
    masked = xp.where(available, gains, -xp.inf)
    threshold = just_below(float(xp.max(masked)), resolution(gains))
    chosen = (masked >= threshold) & available
    return int(xp.argmax(xp.astype(chosen, xp.uint8)))


def proportional(rng: np.random.Generator) -> Rule:
    """Make a rule that picks at random, in proportion to the gains.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance; NumPy draws, so that one seed means one pick everywhere.

    Returns
    -------
    callable
        A rule as `best` is one. It raises ``ValueError`` where no gain is positive.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import proportional
    >>> pick = proportional(np.random.default_rng(0))
    >>> pick(np.array([0.0, 2.0, 0.0]), np.array([True, True, True]))
    1
    """

    def pick(gains, available):
        xp = namespace(gains)
        weights = xp.astype(xp.where(available & (gains > 0), gains, 0.0), xp.float64)
        reached = xp.cumulative_sum(weights)
        if not float(reached[-1]) > 0:
            raise ValueError(
                "no candidate has a positive gain to draw in proportion to"
            )
        # in (0, total]: the point whose stretch of the sum holds it has a positive gain
        target = (1 - rng.random()) * float(reached[-1])
        return int(xp.argmax(xp.astype(reached >= target, xp.uint8)))

    return pick


def greedy(f: SetFunction, n: int, pick: Rule = best) -> Picks:
    """Add the points one by one, each by what it is worth beside the earlier ones.

    Parameters
    ----------
    f : SetFunction
        What a point is worth in the company of others.
    n : int
        Number of points to pick, no more than there are.
    pick : callable, default=best
        Rule ``pick(gains, available) -> int``.

    Returns
    -------
    indices : ndarray of intp, shape (n,)
        In order of selection.
    gains : ndarray of shape (n,)
        What each was worth when it was picked.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import Scores, greedy
    >>> greedy(Scores(np.array([0.2, 0.1, 0.3])), 2)
    (array([2, 0]), array([0.3, 0.2]))
    """
    state, available, indices, worth, undecided = f.start(), None, [], [], None
    for step in range(n):
        i, gain, tied, available = _choose(f, state, available, pick)
        undecided = _since(undecided, step) if tied else None
        worth.append(gain)
        indices.append(i)
        available[i] = False
        state = f.add(state, i) if step < n - 1 else state
    if undecided is not None:
        warn_equal(undecided, n, available, f)
    return np.asarray(indices, dtype=np.intp), np.asarray(worth)


def lazy_greedy(f: SetFunction, n: int) -> Picks:
    """Greedy for gains that only shrink: the same picks from far fewer evaluations.

    A point's last known gain bounds its present one [1]_, so only points whose bound
    could still win are evaluated again, in blocks that double.

    Parameters
    ----------
    f : SetFunction
        With ``diminishing`` true, or with ``shift``.
    n : int
        Number of points to pick, no more than there are.

    Returns
    -------
    indices : ndarray of intp, shape (n,)
        In order of selection: those of ``greedy(f, n)``.
    gains : ndarray of shape (n,)
        What each was worth when it was picked.

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
    if getattr(f, "leaders", None) is not None and not f.costly:
        return greedy(f, n)  # far away: one answer of each block is less than several
    shift = getattr(f, "shift", None)
    if not f.diminishing and shift is None:
        raise ValueError(f"{f!r} does not say that its gains diminish; use greedy")
    state = f.start()
    first = f.gains(state)
    available = to_numpy(all_true(first))
    bounds, rounding = to_numpy(first).copy(), resolution(first)
    shifted = 0.0 if shift is None else to_numpy(shift(state))
    indices, worth, undecided = [], [], None
    for step in range(n):
        if step and shift is not None:
            before, shifted = shifted, to_numpy(shift(state))
            bounds += shifted - before
        if step:
            _tighten(f, state, bounds, available, rounding, first)
        i, tied = _pick(f, bounds, available, best)
        undecided = _since(undecided, step) if tied else None
        worth.append(float(bounds[i]))
        indices.append(i)
        available[i] = False
        state = f.add(state, i) if step < n - 1 else state
    if undecided is not None:
        warn_equal(undecided, n, available, f)
    return np.asarray(indices, dtype=np.intp), np.asarray(worth)


def _choose(f, state, available, pick):
    """Point picked, its gain, whether nothing told the points apart; what was left."""
    leaders = getattr(f, "leaders", None)
    if leaders is None:
        gains = f.gains(state)
        available = all_true(gains) if available is None else available
        i, tied = _pick(f, gains, available, pick)
        return i, float(gains[i]), tied, available
    available = np.ones(f.size, dtype=bool) if available is None else available
    rows, gains, _ = leaders(state, available)
    everyone = all_true(gains)
    level = leveled(gains, everyone, f.rounding)
    tied = all_equal(level, everyone)
    if tied and f.tie_break is not None:
        return pick(f.tie_break, available), float(gains[0]), tied, available
    place = pick(level, everyone)
    return int(rows[place]), float(gains[place]), tied, available


def _since(undecided, step):
    """First of the steps, up to this one, at which nothing told the points apart."""
    return step if undecided is None else undecided


def _pick(f, gains, available, pick):
    """Point picked by the rule, and whether nothing told the points apart."""
    gains = leveled(gains, available, getattr(f, "rounding", 0.0))
    # a rule of chance tells equal points apart, as long as they are worth something
    chance = pick is not best and bool(namespace(gains).any((gains > 0) & available))
    tied = not chance and all_equal(gains, available)
    if tied and getattr(f, "tie_break", None) is not None:
        order = to_numpy(f.tie_break)
        return pick(order, to_numpy(available)), tied
    return pick(gains, available), tied


def _tighten(f, state, bounds, available, rounding, like):
    """Evaluate, in blocks that double, all points whose bound could still win."""
    stale, winner, size = available.copy(), -np.inf, 16
    cheaper, error = getattr(f, "bounds", None), getattr(f, "rounding", 0.0)
    while True:
        enough = just_below(winner, rounding) - error
        rows = np.flatnonzero(stale & (bounds >= enough))
        if not rows.size:
            return
        if cheaper is not None and np.isfinite(winner):
            lower = to_numpy(cheaper(state, carry(rows, like)))
            bounds[rows], cheaper = np.minimum(bounds[rows], lower), None
            continue
        rows = _first_few(rows, bounds[rows], size)
        bounds[rows] = to_numpy(f.gains(state, carry(rows, like)))
        stale[rows], size = False, 2 * size
        winner = max(winner, bounds[rows].max())


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


def top(
    scores: Array, n: int, tie_break: Array | None = None, rounding: float = 0.0
) -> Picks:
    """Pick the `n` largest scores; equal ones, but for rounding, by smallest index.

    Parameters
    ----------
    scores : array of shape (n_points,)
        Worth of each point on its own; finite or -inf.
    n : int
        Number of points to pick, no more than there are.
    tie_break : array of shape (n_points,), default=None
        What orders equal scores, the largest first, before the index does.
    rounding : float, default=0.0
        Error of the scores: what differs by no more counts as equal.

    Returns
    -------
    indices : ndarray of intp, shape (n,)
        From the largest score down.
    scores : ndarray of shape (n,)
        Their scores.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import top
    >>> top(np.array([0.5, 0.9, 0.5, 0.1]), 3)
    (array([1, 0, 2]), array([0.9, 0.5, 0.5]))
    """
    scores = to_numpy(scores)
    tie_break = None if tie_break is None else to_numpy(tie_break)
    everything = np.ones(len(scores), dtype=bool)
    if all_equal(scores, everything) and (
        tie_break is None or all_equal(tie_break, everything)
    ):
        warn_equal(0, n, everything)
    return largest(scores, n, tie_break, rounding)


def top_of(f: SetFunction, n: int) -> Picks:
    """Pick the `n` best points of a set function whose gains never change.

    Parameters
    ----------
    f : SetFunction
        Such as `Scores`.
    n : int
        Number of points to pick, no more than there are.

    Returns
    -------
    indices : ndarray of intp, shape (n,)
        Those of ``top(f.gains(f.start()), n, f.tie_break, f.rounding)``.
    scores : ndarray of shape (n,)
        Their scores.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import Scores, top_of
    >>> top_of(Scores(np.array([0.5, 0.9, 0.5, 0.1])), 3)
    (array([1, 0, 2]), array([0.9, 0.5, 0.5]))
    """
    leaders, rounding = getattr(f, "leaders", None), getattr(f, "rounding", 0.0)
    if leaders is None:
        return top(f.gains(f.start()), n, f.tie_break, rounding)
    rows, scores, order = leaders(f.start(), np.ones(f.size, dtype=bool), n)
    picks, scores = top(scores, n, order, rounding)
    return rows[picks].astype(np.intp), scores
