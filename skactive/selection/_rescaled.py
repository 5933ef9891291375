"""Gains on another scale; layer 1."""

from collections.abc import Callable
from typing import Any

from skactive._utils.array import Array
from skactive.selection._set_function import SetFunction

__all__ = ["Rescaled"]


class Rescaled(SetFunction):
    """A set function whose gains are brought to another scale, in the same order.

    Parameters
    ----------
    objective : SetFunction
        What is rescaled; states are its own.
    scale : callable
        ``scale(gains)``: an increasing function of each gain, which keeps differences
        or makes them smaller.
    """

    def __init__(self, objective: SetFunction, scale: Callable[[Array], Array]) -> None:
        self.objective, self.scale = objective, scale
        self.rounding, self.tie_break = objective.rounding, objective.tie_break
        self.remedy, self.costly = objective.remedy, objective.costly

    def start(self) -> Any:
        """State of the empty set."""
        return self.objective.start()

    def gains(self, state, rows=None):
        """Gain of each point (of `rows`), rescaled: (n,)."""
        return self.scale(self.objective.gains(state, rows))

    def add(self, state, i):
        """State of the set with point `i` added."""
        return self.objective.add(state, i)
