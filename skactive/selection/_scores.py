"""Modular set functions; layer 1. Public in `skactive.selection`."""

from dataclasses import dataclass

from skactive._utils.array import Array
from skactive.selection._set_function import DivisibleSetFunction

__all__ = ["Scores"]


@dataclass(frozen=True, eq=False)
class Scores(DivisibleSetFunction):
    """Modular set function: the gain of a point is its score, whatever was picked.

    Parameters
    ----------
    scores : array of shape (n,)
        Score of each point.
    tie_break : array of shape (n,), default=None
        Secondary scores that break ties, largest first; the index by default.
    rounding : float, default=0.0
        Absolute rounding error of the scores.

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
        """Return the state of the empty set, which holds nothing."""
        return ()

    def gains(self, state, rows=None):
        """Return the scores (of `rows`), which do not depend on the state."""
        return self.scores if rows is None else self.scores[rows]

    def message(self, i):
        """Return None: states do not depend on the picked points."""

    def receive(self, state, message):
        """Return the state unchanged."""
        return state
