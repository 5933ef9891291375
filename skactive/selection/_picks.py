"""What a search picks, and what it warns of; layer 1."""

import copy
from typing import TypeAlias

import numpy as np

from skactive.selection._ties import warn_equal

__all__ = ["Picks", "Trail"]

Picks: TypeAlias = tuple[np.ndarray, np.ndarray]  # indices, and their gains


class Trail:
    """The picks of a search so far, and the state that they lead to."""

    def __init__(self, f, state):
        self.f, self.state = f, state
        self.indices: list[int] = []
        self.gains: list[float] = []
        self.n_points: int | None = None  # how many there are, where it is known
        self._undecided: int | None = None  # the step from which on all points are tied

    def follow(self, choice, more=True):
        """Take a pick; the state is brought up to date if `more` are to come."""
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
        """Another trail, that goes on with a pick; this one stays as it is."""
        other = copy.copy(self)
        other.indices, other.gains = self.indices.copy(), self.gains.copy()
        other.follow(choice)
        return other

    def end(self, n, n_points):
        """The picks, with a warning where nothing told the last ones apart."""
        if self._undecided is not None:
            warn_equal(self._undecided, n, n_points, self.f)
        return np.asarray(self.indices, dtype=np.intp), np.asarray(self.gains)
