"""Modular set functions; layer 1. Public in `skactive.selection`."""

from dataclasses import dataclass

from skactive._utils.array import Array
from skactive.selection._set_function import DivisibleSetFunction

__all__ = ["Scores"]


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
