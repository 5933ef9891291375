"""What a search asks of an objective; layer 1. Public in `skactive.selection`."""

import itertools
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

import numpy as np

from skactive._utils.array import Array, carry, to_numpy

__all__ = ["Restricted", "Scores", "SetFunction", "gains_along"]


class SetFunction(Protocol):
    """What a search asks of an objective.

    ``diminishing = True`` says that gains only shrink as the set grows, which
    `lazy_greedy` relies on. An optional ``tie_break`` (n,) orders points whose gains no
    longer tell them apart, such as a batch that has learnt all there is. An optional
    ``bounds(state, rows)`` gives upper bounds of gains, where they cost far less; an
    optional ``shift(state)`` (n,) the part of the gains that may also grow, where the
    rest diminishes and this part is cheap. An optional ``rounding`` is the error that
    differences may have left in gains, where it is not small beside them: gains no
    farther apart count as equal. An optional ``remedy`` says what may help where all
    gains are equal, for the warning. Where gains are far away, an optional
    ``leaders(state, available, n)`` gives rows, gains and tie-breaks of points among
    which the best n, and the worst, are.

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

    def item(self, i):
        """What a state is told of a point: nothing.

        Parameters
        ----------
        i : int
            The point.

        Returns
        -------
        None
            There is nothing to tell.
        """

    def add_item(self, state, item):
        """Return the state unchanged.

        Parameters
        ----------
        state : tuple
            Of the set so far.
        item : None
            What was told of the point.

        Returns
        -------
        tuple
            The state.
        """
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
    def rounding(self):
        """Error of the gains, if the objective names one."""
        return getattr(self.objective, "rounding", 0.0)

    @property
    def remedy(self):
        """What may help where all gains are equal, if the objective says."""
        return getattr(self.objective, "remedy", None)

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
    def leaders(self):
        """Leaders among the candidates, if the objective has them."""
        own = getattr(self.objective, "leaders", None)
        if own is None:
            return None

        def leaders(state, available, n=1):
            everywhere = np.zeros(self.objective.size, dtype=bool)
            everywhere[self.candidates] = available
            rows, gains, order = own(state, everywhere, n)
            return np.searchsorted(self.candidates, rows), gains, order

        return leaders

    @property
    def costly(self):
        """Whether few gains should be asked, where the objective is far away."""
        return getattr(self.objective, "costly", True)

    @property
    def size(self):
        """Number of candidates."""
        return len(self.candidates)

    @property
    def shift(self):
        """The part of the gains that may also grow, if the objective names one."""
        own = getattr(self.objective, "shift", None)
        return None if own is None else lambda state: own(state)[self.candidates]


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
    picks, state = [int(i) for i in picks], f.start()
    first = f.gains(state)
    gains = [float(first[i]) for i in picks[:1]]
    for before, i in itertools.pairwise(picks):
        state = f.add(state, before)
        gains.append(float(f.gains(state, carry([i], first))[0]))
    return np.asarray(gains)
