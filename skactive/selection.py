"""Set functions and the searches over them.

Layer 1. A set function says what adding each point is worth; a search picks points.
Its state is a value: ``add`` returns a new one and never changes the old, so that a
search may hold several.
"""

import warnings
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np

from skactive._array import Array, carry, namespace, resolution, to_numpy

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
]

Picks: TypeAlias = tuple[np.ndarray, np.ndarray]  # indices, and their gains
Rule: TypeAlias = Callable[[Array, Array], int]  # of gains, and of what is available


class SetFunction(Protocol):
    """What a search asks of an objective.

    ``diminishing = True`` says that gains only shrink as the set grows, which
    `lazy_greedy` relies on. An optional ``tie_break`` (n,) orders points whose gains no
    longer tell them apart, such as a batch that has learnt all there is. An optional
    ``bounds(state, rows)`` gives upper bounds of gains, where they cost far less; an
    optional ``shift(state)`` (n,) the part of the gains that may also grow, where the
    rest diminishes and this part is cheap.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import SetFunction, greedy
    >>> class Distance(SetFunction):
    ...     x = np.array([0.0, 1.0, 5.0])
    ...     def start(self):
    ...         return abs(self.x - 0.4)  # the one point that is labelled
    ...     def gains(self, state, rows=None):
    ...         return state if rows is None else state[rows]
    ...     def add(self, state, i):
    ...         return np.minimum(state, abs(self.x - self.x[i]))
    >>> greedy(Distance(), 2)
    (array([2, 1]), array([4.6, 0.6]))
    """

    diminishing: bool = False

    def start(self) -> Any:
        """State of the empty set."""

    def gains(self, state, rows=None) -> Array:
        """Worth of adding each point (of `rows`) to the set: an array (n,)."""

    def add(self, state, i: int) -> Any:
        """State of the set with point `i` added; `state` stays as it was."""


class Scores(NamedTuple):
    """Set function of points that are worth the same in any company.

    Parameters
    ----------
    scores : array of shape (n,)
        Worth of each point on its own.
    tie_break : array of shape (n,), default=None
        What orders points of one score; by index otherwise.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import Scores, greedy
    >>> greedy(Scores(np.array([0.1, 0.7, 0.3])), 2)
    (array([1, 2]), array([0.7, 0.3]))
    """

    scores: Array
    tie_break: Array | None = None
    diminishing = True

    def start(self):
        """State of the empty set: there is nothing to remember."""
        return ()

    def gains(self, state, rows=None):
        """Return the scores, whatever was picked."""
        return self.scores if rows is None else self.scores[rows]

    def add(self, state, i):
        """Return the state unchanged."""
        return state


class Restricted(NamedTuple):
    """A set function seen through a list of candidates.

    Points are numbered within `candidates`; the objective keeps its whole pool.

    Parameters
    ----------
    objective : SetFunction
        Over the whole pool.
    candidates : array of int, shape (n_candidates,)
        The points that may be picked.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import Restricted, Scores, greedy
    >>> f = Restricted(Scores(np.array([0.1, 0.7, 0.3])), np.array([0, 2]))
    >>> greedy(f, 1)
    (array([1]), array([0.3]))
    """

    objective: SetFunction
    candidates: np.ndarray

    @property
    def diminishing(self):
        """Whether gains only shrink: as in the whole pool."""
        return self.objective.diminishing

    @property
    def tie_break(self):
        """What orders points of one gain, if the objective says."""
        own = getattr(self.objective, "tie_break", None)
        return None if own is None else own[self.candidates]

    @property
    def value(self):
        """Worth of a state, where the objective says so; else ``AttributeError``."""
        return self.objective.value

    def start(self):
        """State of the empty set."""
        return self.objective.start()

    def gains(self, state, rows=None):
        """Worth of adding each candidate (of `rows`)."""
        rows = self.candidates if rows is None else self.candidates[to_numpy(rows)]
        return self.objective.gains(state, rows)

    def add(self, state, i):
        """State of the set with candidate `i` added."""
        return self.objective.add(state, int(self.candidates[i]))

    @property
    def bounds(self):
        """Upper bounds of the gains, if the objective has them."""
        own = getattr(self.objective, "bounds", None)
        if own is None:
            return None
        return lambda state, rows: own(state, self.candidates[to_numpy(rows)])

    @property
    def shift(self):
        """The part of the gains that may also grow, if the objective names one."""
        own = getattr(self.objective, "shift", None)
        return None if own is None else lambda state: own(state)[self.candidates]


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
    threshold = _just_below(float(xp.max(masked)), resolution(gains))
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
        gains = f.gains(state)
        if available is None:
            available = _all_true(gains)
        i, tied = _pick(f, gains, available, pick)
        undecided = step if undecided is None and tied else undecided
        worth.append(float(gains[i]))
        indices.append(i)
        available[i] = False
        state = f.add(state, i) if step < n - 1 else state
    if undecided is not None:
        _warn_equal(undecided, n, getattr(f, "tie_break", None) is not None)
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
    shift = getattr(f, "shift", None)
    if not f.diminishing and shift is None:
        raise ValueError(f"{f!r} does not say that its gains diminish; use greedy")
    state = f.start()
    first = f.gains(state)
    available = to_numpy(_all_true(first))
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
        undecided = step if undecided is None and tied else undecided
        worth.append(float(bounds[i]))
        indices.append(i)
        available[i] = False
        state = f.add(state, i) if step < n - 1 else state
    if undecided is not None:
        _warn_equal(undecided, n, getattr(f, "tie_break", None) is not None)
    return np.asarray(indices, dtype=np.intp), np.asarray(worth)


def _pick(f, gains, available, pick):
    """Point picked by the rule, and whether nothing told the points apart."""
    tied = _all_equal(gains, available)
    if tied and pick is best and getattr(f, "tie_break", None) is not None:
        order = to_numpy(f.tie_break)
        return pick(order, to_numpy(available)), tied
    return pick(gains, available), tied


def _tighten(f, state, bounds, available, rounding, like):
    """Evaluate, in blocks that double, all points whose bound could still win."""
    stale, winner, size = available.copy(), -np.inf, 16
    cheaper = getattr(f, "bounds", None)
    while True:
        rows = np.flatnonzero(stale & (bounds >= _just_below(winner, rounding)))
        if not rows.size:
            return
        if cheaper is not None and np.isfinite(winner):
            lower = to_numpy(cheaper(state, carry(rows, like)))
            bounds[rows], cheaper = np.minimum(bounds[rows], lower), None
            continue
        if len(rows) > size:  # the largest; which of them first does not matter
            rows = rows[np.argpartition(-bounds[rows], size)[:size]]
        bounds[rows] = to_numpy(f.gains(state, carry(rows, like)))
        stale[rows], size = False, 2 * size
        winner = max(winner, bounds[rows].max())


def beam(f: SetFunction, n: int, width: int) -> Picks:
    """Grow `width` sets at once and return the best of them.

    Each set proposes its `width` best points; of the sets so made, equal ones merged,
    the `width` of largest worth go on, ties to the earlier rank. The worth of a set is
    ``f.value(state)`` where `f` has it, else the sum of its gains. ``width=1`` is
    `greedy`.

    Parameters
    ----------
    f : SetFunction
        What a point is worth in the company of others.
    n : int
        Number of points to pick, no more than there are.
    width : int
        Number of sets held at once.

    Returns
    -------
    indices : ndarray of intp, shape (n,)
        The best set, in order of selection.
    gains : ndarray of shape (n,)
        What each was worth when it was picked.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import Scores, beam
    >>> beam(Scores(np.array([0.2, 0.1, 0.3])), 2, width=2)
    (array([2, 0]), array([0.3, 0.2]))
    """
    sets = [_Grown(f.start(), (), (), 0.0)]
    for _ in range(n):
        grown = {}
        for held in sets:
            for larger in _proposals(f, held, width):
                grown.setdefault(frozenset(larger.picks), larger)
        sets = sorted(grown.values(), key=lambda s: -s.value)[:width]  # a stable sort
    return np.asarray(sets[0].picks, dtype=np.intp), np.asarray(sets[0].gains)


def gains_along(f: SetFunction, picks: Iterable[int]) -> np.ndarray:
    """Worth of each of given points beside those before it.

    Parameters
    ----------
    f : SetFunction
        What a point is worth in the company of others.
    picks : iterable of int
        Points, in order of selection.

    Returns
    -------
    ndarray of shape (n_picks,)
        What a greedy search would have reported for them.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import Scores, gains_along
    >>> gains_along(Scores(np.array([0.2, 0.1, 0.3])), [1, 2])
    array([0.1, 0.3])
    """
    state, gains, like = f.start(), [], f.gains(f.start())
    for i in picks:
        gains.append(float(f.gains(state, carry([int(i)], like))[0]))
        state = f.add(state, int(i))
    return np.asarray(gains)


class _Grown(NamedTuple):
    """A set of the beam: its state, its picks and their gains in order, its worth."""

    state: Any
    picks: tuple
    gains: tuple
    value: float


def _proposals(f, held, width):
    """Add, to the set held, each of its `width` best points."""
    gains = to_numpy(f.gains(held.state))
    rows = np.delete(np.arange(len(gains)), held.picks)
    order, worth = _largest(gains[rows], min(width, len(rows)))
    for i, gain in zip(rows[order].tolist(), worth.tolist(), strict=True):
        state = f.add(held.state, i)
        value = f.value(state) if hasattr(f, "value") else held.value + gain
        yield _Grown(state, (*held.picks, i), (*held.gains, gain), float(value))


def top(scores: Array, n: int, tie_break: Array | None = None) -> Picks:
    """Pick the `n` largest scores; equal ones, but for rounding, by smallest index.

    Parameters
    ----------
    scores : array of shape (n_points,)
        Worth of each point on its own; finite or -inf.
    n : int
        Number of points to pick, no more than there are.
    tie_break : array of shape (n_points,), default=None
        What orders equal scores, the largest first, before the index does.

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
    if _all_equal(scores, everything) and (
        tie_break is None or _all_equal(tie_break, everything)
    ):
        _warn_equal(0, n)
    return _largest(scores, n, tie_break)


def _largest(scores, n, tie_break=None):
    rounding = resolution(scores)
    if np.isnan(scores).any():
        raise ValueError(f"the score of point {int(np.isnan(scores).argmax())} is NaN")
    nth = -np.partition(-scores, n - 1)[n - 1]
    rows = np.flatnonzero(scores >= _just_below(nth, rounding))
    rows = rows[np.argsort(-scores[rows], kind="stable")]
    ranks = _tied_ranks(scores[rows], n, rounding)
    ties = np.zeros(len(rows)) if tie_break is None else -tie_break[rows]
    indices = rows[np.lexsort((rows, ties, ranks))][:n]
    return indices.astype(np.intp), scores[indices].astype(float)


def _tied_ranks(descending, n, rounding):
    """Rank sorted values; all within rounding of a rank's first value share it."""
    ranks = np.zeros(len(descending), dtype=np.intp)
    start = 0
    while start < n:
        threshold = _just_below(float(descending[start]), rounding)
        stop = np.searchsorted(-descending, -threshold, side="right")
        ranks[stop:] += 1
        start = stop
    return ranks


def _just_below(value, rounding):
    """Smallest number that counts as equal to `value`."""
    if np.isnan(value):
        raise ValueError("a gain is NaN")
    return value - rounding * abs(value) if np.isfinite(value) else value


def _all_true(gains):
    xp = namespace(gains)
    return xp.ones_like(gains, dtype=xp.bool)


def _all_equal(gains, available):
    """Whether two or more points are left and nothing tells them apart.

    Gains of +inf say that any start will do (no centre yet), which is nothing to warn
    of.
    """
    xp = namespace(gains)
    high = float(xp.max(xp.where(available, gains, -xp.inf)))
    low = float(xp.min(xp.where(available, gains, xp.inf)))
    if high == np.inf or low < _just_below(high, resolution(gains)):
        return False
    return int(xp.count_nonzero(available)) > 1


def _warn_equal(step, n, own=False):
    how = "what each says on its own, then by index" if own else "index"
    warnings.warn(
        f"all candidates have the same gain from pick {step + 1} of {n} on, so that "
        f"they are taken by {how}: the draws do not tell them apart. More draws, or a "
        "model that is less sure of itself (min_samples_leaf of a forest, more "
        "dropout), would.",
        UserWarning,
        stacklevel=3,
    )
