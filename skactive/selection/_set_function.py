"""Base classes of set functions; layer 1. Public in `skactive.selection`."""

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
    """A pick, its gain, and whether all available points were tied."""

    index: int
    gain: float
    undecided: bool


class SetFunction(metaclass=ABCMeta):
    """Base class of objectives: acquisition functions of sets of points.

    Derive from it and define ``start``, ``gains`` and ``add``. States are immutable: a
    search may keep several, and ``add`` returns a new one. The other attributes that a
    search may use have defaults.

    Attributes
    ----------
    diminishing : bool, default=False
        Whether gains can only shrink as the set grows (submodularity), as `lazy_greedy`
        requires.
    rounding : float, default=0.0
        Absolute rounding error of the gains: gains that differ by no more are tied. The
        relative resolution of their dtype is always taken into account.
    costly : bool, default=True
        Whether evaluating the gains of a few points is cheaper than that of all points.
        If False, `lazy_greedy` falls back to `greedy`.
    tie_break : array of shape (n,) or None, default=None
        Secondary scores that break ties, largest first; None for the index.
    remedy : str or None, default=None
        Advice for the warning that all gains are equal.
    bounds : callable or None, default=None
        ``bounds(state, rows, enough)`` returns upper bounds of the gains of `rows`, if
        these are much cheaper. Bounds below `enough` need not be tight.
    limit : callable or None, default=None
        ``limit(state)`` returns an upper bound of all gains; if it is 0, gains need not
        be evaluated any more.
    shift : callable or None, default=None
        ``shift(state)``, of shape (n,), returns the part of the gains that may also
        grow, if it is cheap and the rest diminishes. `lazy_greedy` then does not
        require `diminishing`.
    grown : callable or None, default=None
        ``grown(state, bounds, rows=None)`` returns upper bounds of the gains (of
        `rows`) in `state`, given upper bounds of their gains before the last pick, if
        gains grow by a limited amount only. `lazy_greedy` then does not require
        `diminishing`.
    value : callable or None, default=None
        ``value(state)`` returns the value of a set, if it is not the sum of its gains.

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
    grown: Any = None
    value: Any = None

    @abstractmethod
    def start(self) -> Any:
        """Return the state of the empty set."""

    @abstractmethod
    def gains(self, state: Any, rows: Any = None) -> Array:
        """Compute the marginal gain of each point (of `rows`): (n,)."""

    @abstractmethod
    def add(self, state: Any, i: int) -> Any:
        """Return the state after adding point `i`; `state` is not changed."""

    @property
    def whole(self) -> "SetFunction":
        """The objective over the whole pool, without restriction to candidates."""
        return self

    def in_pool(self, picks: Any) -> Any:
        """Convert picks to rows of the whole pool.

        Parameters
        ----------
        picks : int, slice or array of int
            Points of this set function.

        Returns
        -------
        int, slice or array of int
            Rows of the pool; equal to `picks` if the set function is not restricted.
        """
        return picks

    def restricted(self, candidates: np.ndarray) -> "SetFunction":
        """Restrict the selection to some points.

        Parameters
        ----------
        candidates : array of int, shape (n_candidates,)
            Points that may be selected, sorted.

        Returns
        -------
        SetFunction
            The restricted objective, whose points are positions in `candidates`.
        """
        # imported here, because Restricted derives from this class
        from skactive.selection._restricted import Restricted

        return Restricted(self, candidates)

    def choose(self, state: Any, left: Left, pick: Rule = best) -> Choice:
        """Choose the next pick of `greedy`.

        Objectives of distributed pools override it, to evaluate gains on the workers.

        Parameters
        ----------
        state : object
            State of the set so far.
        left : Left
            The points not picked yet.
        pick : callable, default=best
            Pick rule of the search.

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
            # a random rule still decides between tied points with a positive gain
            undecided = tied_with_best(level, available).undecided
            undecided = undecided and not float(gains[i]) > 0
        return Choice(i, float(gains[i]), undecided)

    def leaders(self, n: int, state: Any) -> tuple[np.ndarray, np.ndarray, Any]:
        """Return points that include the `n` largest gains and the smallest one.

        Parameters
        ----------
        n : int
            Number of points to select.
        state : object
            State of the set so far.

        Returns
        -------
        rows, gains, tie_break : arrays of shape (m,)
            NumPy arrays, by default of all points; `tie_break` may be None.
        """
        gains = to_numpy(self.gains(state))
        order = None if self.tie_break is None else to_numpy(self.tie_break)
        return np.arange(len(gains)), gains, order


class DivisibleSetFunction(SetFunction):
    """Base class of set functions whose pool may be split into parts.

    Derive from it and define ``message`` and ``receive`` instead of ``add``. If the
    pool is spread over several workers, only the message of each pick is sent to them.

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
        """Return what states of other parts need to know about a point.

        Parameters
        ----------
        i : int
            A point of this part of the pool.

        Returns
        -------
        object
            Message for ``receive`` of any part; a few kilobytes at most.
        """

    @abstractmethod
    def receive(self, state: Any, message: Any) -> Any:
        """Return the state after adding a point of any part of the pool.

        Parameters
        ----------
        state : object
            State of the set so far; it is not changed.
        message : object
            Message of the point.

        Returns
        -------
        object
            The new state.
        """

    def add(self, state, i):
        """Return the state after adding point `i`."""
        return self.receive(state, self.message(i))
