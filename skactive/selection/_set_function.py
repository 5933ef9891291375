"""What a search asks of an objective; layer 1. Public in `skactive.selection`."""

from abc import ABCMeta, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from skactive._utils.array import Array, to_numpy
from skactive.selection._left import Left
from skactive.selection._rules import Rule, best
from skactive.selection._ties import leveled, settle, tied_with_best

__all__ = ["Choice", "DivisibleSetFunction", "SetFunction"]


@dataclass(frozen=True)
class Choice:
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
        ``bounds(state, rows, enough)``: upper bounds of the gains of `rows`, where they
        cost far less. Those below the number `enough` need be no tighter.
    limit : callable or None, default=None
        ``limit(state)``: a number that no gain exceeds, whatever the point; 0 where
        nothing is left to gain, and points need not be looked at any more.
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
    limit: Any = None
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
        # a restriction is a set function itself: its module needs this one first
        from skactive.selection._restricted import Restricted

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
