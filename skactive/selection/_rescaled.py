"""Set functions with transformed gains; layer 1."""

from collections.abc import Callable
from typing import Any

from skactive._utils.array import Array
from skactive.selection._set_function import SetFunction

__all__ = ["Rescaled"]


class Rescaled(SetFunction):
    """A set function with gains transformed by an increasing function.

    Parameters
    ----------
    objective : SetFunction
        The set function to transform; its states are used unchanged.
    scale : callable
        ``scale(gains)``, an increasing function that does not increase differences, so
        that the rounding error of the gains still bounds that of the result.
    """

    def __init__(self, objective: SetFunction, scale: Callable[[Array], Array]) -> None:
        self.objective, self.scale = objective, scale
        self.rounding, self.tie_break = objective.rounding, objective.tie_break
        self.remedy, self.costly = objective.remedy, objective.costly

    def start(self) -> Any:
        """Return the state of the empty set."""
        return self.objective.start()

    def gains(self, state, rows=None):
        """Compute the transformed gain of each point (of `rows`): (n,)."""
        return self.scale(self.objective.gains(state, rows))

    def add(self, state, i):
        """Return the state after adding point `i`."""
        return self.objective.add(state, i)
