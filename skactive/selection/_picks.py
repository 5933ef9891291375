"""The picks of a search, and its warnings; layer 1."""

import copy
from typing import TypeAlias

import numpy as np

from skactive.selection._ties import warn_equal

__all__ = ["Picks", "Trail"]

Picks: TypeAlias = tuple[np.ndarray, np.ndarray]  # indices, and their gains


class Trail:
    """The picks of a search so far, and the resulting state."""

    def __init__(self, f, state):
        self.f, self.state = f, state
        self.indices: list[int] = []
        self.gains: list[float] = []
        self.n_points: int | None = None  # total number of points, if known
        self._undecided: int | None = None  # first step from which all points are tied

    def follow(self, choice, more=True):
        """Append a pick; the state is only updated if `more` picks will follow."""
        step = len(self.indices)
        if not choice.undecided:
            self._undecided = None
        elif self._undecided is None:
            self._undecided = step
        self.indices.append(choice.index)
        self.gains.append(choice.gain)
        if more:
            self.state = self.f.add(self.state, choice.index)

    def branch(self, choice):
        """Return a copy extended by a pick; this trail stays unchanged."""
        other = copy.copy(self)
        other.indices, other.gains = self.indices.copy(), self.gains.copy()
        other.follow(choice)
        return other

    def end(self, n, n_points):
        """Return picks and gains; warn if the last picks were decided by ties."""
        if self._undecided is not None:
            warn_equal(self._undecided, n, n_points, self.f)
        return np.asarray(self.indices, dtype=np.intp), np.asarray(self.gains)
