"""What a search asks of an objective; layer 1. Public in `skactive.selection`."""

import itertools
from abc import ABCMeta, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from skactive._utils.array import Array, carry, to_numpy
from skactive.selection._left import Left
from skactive.selection._rules import Rule, best
from skactive.selection._ties import leveled, settle, tied_with_best

__all__ = [
    "Choice",
    "DivisibleSetFunction",
    "Restricted",
    "Scores",
    "SetFunction",
    "as_set_function",
    "gains_along",
]


class Choice(NamedTuple):
    """A pick, its gain, and whether all points were tied for it."""

    index: int
    gain: float
    undecided: bool


class SetFunction(metaclass=ABCMeta):
    """An objective: an acquisition function of sets, whose gains a search follows.

    Derive from it and define ``start``, ``gains`` and ``add``. A state is a value: a
    search may hold several, and ``add`` never changes the one it is given. All else
    that a search may use is declared here, with a default.

    Attributes
    ----------
    diminishing : bool, default=False
        Whether gains only shrink as the set grows (submodular): what `lazy_greedy`
        relies on.
    rounding : float, default=0.0
        Error of the gains: gains no farther apart are tied. The resolution of their
        dtype counts in any case.
    costly : bool, default=True
        Whether evaluating few gains costs less than looking at all of them; where it
        does not, `lazy_greedy` is `greedy`.
    tie_break : array of shape (n,) or None, default=None
        Orders tied points, the largest first, before their index does.
    remedy : str or None, default=None
        What may help where all gains are equal, for the warning.
    bounds : callable or None, default=None
        ``bounds(state, rows)``: upper bounds of gains, where they cost far less.
    shift : callable or None, default=None
        ``shift(state)`` (n,): the part of the gains that may also grow, where the rest
        diminishes and this part is cheap; `lazy_greedy` then needs no `diminishing`.
    value : callable or None, default=None
        ``value(state)``: worth of a set, where it is not the sum of its gains.

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
    rounding: float = 0.0
    costly: bool = True
    tie_break: Any = None
    remedy: str | None = None
    bounds: Any = None
    shift: Any = None
    value: Any = None

    @abstractmethod
    def start(self) -> Any:
        """State of the empty set."""

    @abstractmethod
    def gains(self, state: Any, rows: Any = None) -> Array:
        """Marginal gain of each point (of `rows`): an array (n,)."""

    @abstractmethod
    def add(self, state: Any, i: int) -> Any:
        """State of the set with point `i` added; `state` stays as it was."""

    @property
    def whole(self) -> "SetFunction":
        """The objective over the whole pool; of a restricted one, what it restricts."""
        return self

    def in_pool(self, picks: Any) -> Any:
        """Picks as rows of the whole pool.

        Parameters
        ----------
        picks : int, slice or array of int
            Points of this set function.

        Returns
        -------
        int, slice or array of int
            The same, where this is the whole pool.
        """
        return picks

    def restricted(self, candidates: np.ndarray) -> "SetFunction":
        """The same objective, of which only some points may be picked.

        Parameters
        ----------
        candidates : array of int, shape (n_candidates,)
            These points, sorted.

        Returns
        -------
        SetFunction
            Points are numbered within the candidates.
        """
        return Restricted(self, candidates)

    def choose(self, state: Any, left: Left, pick: Rule = best) -> Choice:
        """The next pick of `greedy`: how the points are looked at is the objective's.

        Parameters
        ----------
        state : object
            Of the set so far.
        left : Left
            The points not picked yet.
        pick : callable, default=best
            Rule of the search.

        Returns
        -------
        Choice
            Index, gain, and whether all points were tied.
        """
        gains = self.gains(state)
        available = left.among(gains)
        if pick is best:
            i, undecided = settle(gains, available, self.tie_break, self.rounding)
        else:
            level = leveled(gains, available, self.rounding)
            i = pick(level, available)
            # a rule of chance tells tied points apart, if they are worth anything
            undecided = tied_with_best(level, available).undecided
            undecided = undecided and not float(gains[i]) > 0
        return Choice(i, float(gains[i]), undecided)

    def leaders(self, n: int, state: Any) -> tuple[np.ndarray, np.ndarray, Any]:
        """Points among which the first `n` of `top`, and the last point, are.

        Parameters
        ----------
        n : int
            Number of points to pick.
        state : object
            Of the set so far.

        Returns
        -------
        rows, gains, tie_break : arrays of shape (m,)
            On the host; the tie-breaks may be None. All points by default.
        """
        gains = to_numpy(self.gains(state))
        order = None if self.tie_break is None else to_numpy(self.tie_break)
        return np.arange(len(gains)), gains, order


class DivisibleSetFunction(SetFunction):
    """A set function whose pool may be divided: other parts can be told of a pick.

    Derive from it and define ``message`` and ``receive`` in place of ``add``: a pool
    that lies on several workers needs no more than the message of each pick.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import DivisibleSetFunction, greedy
    >>> class Distance(DivisibleSetFunction):
    ...     x = np.array([0.0, 1.0, 5.0])
    ...     def start(self):
    ...         return abs(self.x - 0.4)  # the one point that is labelled
    ...     def gains(self, state, rows=None):
    ...         return state if rows is None else state[rows]
    ...     def message(self, i):
    ...         return self.x[i]
    ...     def receive(self, state, place):
    ...         return np.minimum(state, abs(self.x - place))
    >>> greedy(Distance(), 2)
    (array([2, 1]), array([4.6, 0.6]))
    """

    @abstractmethod
    def message(self, i: int) -> Any:
        """What a state has to know of a point, a few kilobytes at most.

        Parameters
        ----------
        i : int
            The point, of this part of the pool.

        Returns
        -------
        object
            What ``receive`` of any part takes.
        """

    @abstractmethod
    def receive(self, state: Any, message: Any) -> Any:
        """State of the set with a point added, whatever part it lies in.

        Parameters
        ----------
        state : object
            Of the set so far; it stays as it was.
        message : object
            Of the point.

        Returns
        -------
        object
            The new state.
        """

    def add(self, state, i):
        """State of the set with point `i` added."""
        return self.receive(state, self.message(i))


class _Bare(SetFunction):
    """An object with ``start``, ``gains`` and ``add``, as a set function."""

    def __init__(self, f):
        self._f = f
        for name in DECLARED:  # what it declares; for all else the defaults hold
            if hasattr(f, name):
                setattr(self, name, getattr(f, name))

    def start(self):
        return self._f.start()

    def gains(self, state, rows=None):
        return self._f.gains(state) if rows is None else self._f.gains(state, rows)

    def add(self, state, i):
        return self._f.add(state, i)

    def __repr__(self):
        return repr(self._f)


DECLARED = tuple(name for name in SetFunction.__annotations__)


def as_set_function(f: Any) -> SetFunction:
    """Return a `SetFunction`: `f` itself, or a bare object made into one.

    Parameters
    ----------
    f : SetFunction or object
        With ``start()``, ``gains(state, rows=None)`` and ``add(state, i)``, and
        whatever attributes of `SetFunction` it declares.

    Returns
    -------
    SetFunction
        What all searches work on.

    Raises
    ------
    TypeError
        If one of the three methods is missing, naming it.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import as_set_function, greedy
    >>> class Bare:
    ...     def start(self):
    ...         return ()
    ...     def gains(self, state, rows=None):
    ...         return np.array([1.0, 3.0]) if rows is None else np.ones(len(rows))
    ...     def add(self, state, i):
    ...         return state
    >>> as_set_function(Bare()).diminishing
    False
    """
    if isinstance(f, SetFunction):
        return f
    missing = [name for name in ("start", "gains", "add") if not hasattr(f, name)]
    if missing:
        raise TypeError(f"{f!r} is no set function: it has no {', no '.join(missing)}")
    return _Bare(f)


@dataclass(frozen=True, eq=False)
class Scores(DivisibleSetFunction):
    """Set function of points whose gains do not depend on each other: modular.

    Parameters
    ----------
    scores : array of shape (n,)
        Worth of each point on its own.
    tie_break : array of shape (n,), default=None
        What orders points of one score; by index otherwise.
    rounding : float, default=0.0
        Error of the scores.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import Scores, greedy
    >>> greedy(Scores(np.array([0.1, 0.7, 0.3])), 2)
    (array([1, 2]), array([0.7, 0.3]))
    """

    scores: Array
    tie_break: Array | None = None
    rounding: float = 0.0
    diminishing = True
    costly = False

    def start(self):
        """State of the empty set: there is nothing to remember."""
        return ()

    def gains(self, state, rows=None):
        """Return the scores, whatever was picked."""
        return self.scores if rows is None else self.scores[rows]

    def message(self, i):
        """What a state has to know of a point: nothing."""

    def receive(self, state, message):
        """Return the state unchanged."""
        return state


class Restricted(SetFunction):
    """A set function seen through a list of candidates.

    Points are numbered within `candidates`; the objective keeps its whole pool.

    Parameters
    ----------
    objective : SetFunction
        Over the whole pool.
    candidates : array of int, shape (n_candidates,)
        The points that may be picked, sorted.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import Restricted, Scores, greedy
    >>> f = Restricted(Scores(np.array([0.1, 0.7, 0.3])), np.array([0, 2]))
    >>> greedy(f, 1)
    (array([1]), array([0.3]))
    """

    def __init__(self, objective: SetFunction, candidates: np.ndarray) -> None:
        self.objective = f = as_set_function(objective)
        self.candidates = candidates
        self.diminishing, self.rounding, self.costly = (
            f.diminishing,
            f.rounding,
            f.costly,
        )
        self.remedy, self.value = f.remedy, f.value
        if f.bounds is not None:
            self.bounds = lambda state, rows: f.bounds(state, self._rows(rows))
        if f.shift is not None:
            self.shift = lambda state: f.shift(state)[candidates]

    @property
    def tie_break(self):
        """What orders tied candidates, if the objective says."""
        own = self.objective.tie_break
        return None if own is None else own[self.candidates]

    @property
    def whole(self):
        """The objective over the whole pool."""
        return self.objective.whole

    def in_pool(self, picks):
        """Candidates as rows of the whole pool."""
        return self.objective.in_pool(self.candidates[picks])

    def start(self):
        """State of the empty set."""
        return self.objective.start()

    def gains(self, state, rows=None):
        """Marginal gain of each candidate (of `rows`)."""
        return self.objective.gains(state, self._rows(rows))

    def add(self, state, i):
        """State of the set with candidate `i` added."""
        return self.objective.add(state, int(self.candidates[i]))

    def _rows(self, rows):
        return self.candidates if rows is None else self.candidates[to_numpy(rows)]


def gains_along(
    f: SetFunction, picks: Iterable[int], *, state: Any = None
) -> np.ndarray:
    """Marginal gain of each of given points beside those before it.

    Parameters
    ----------
    f : SetFunction
        The objective.
    picks : iterable of int
        Points, in order of selection.
    state : object, default=None
        Where to begin; the empty set by default.

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
    f, picks = as_set_function(f), [int(i) for i in picks]
    state = f.start() if state is None else state
    first = f.gains(state)
    gains = [float(first[i]) for i in picks[:1]]
    for before, i in itertools.pairwise(picks):
        state = f.add(state, before)
        gains.append(float(f.gains(state, carry([i], first))[0]))
    return np.asarray(gains)
