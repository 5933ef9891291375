"""The dependence of single labels on the condensed pool, as gains; layer 2."""

import numpy as np

from skactive._utils.array import to_numpy
from skactive.selection import SetFunction

__all__ = ["Dependence"]


class Dependence(SetFunction):
    """A condensation, of which only what tells points apart is the gain.

    Gains do not depend on the picks, but on which condensed points a step has. Their
    sum is the number of picks times the dependence of the batch, under the mean kernel.

    Parameters
    ----------
    condensation : SetFunction
        A `Condensation`, or a restriction of one.
    """

    def __init__(self, condensation):
        self.condensation = condensation
        self._rows = None

    def start(self):
        """State of the empty batch."""
        return self.condensation.start()

    def gains(self, state, rows=None):
        """Dependence of each point (of `rows`) on this step's pool: (n,)."""
        f = self.condensation
        if f is f.whole:
            return f.dependence(state, rows)
        if self._rows is None:
            self._rows = np.arange(f.whole.size)[f.in_pool(slice(None))]
        rows = self._rows if rows is None else self._rows[to_numpy(rows)]
        return f.whole.dependence(state, rows)

    def add(self, state, i):
        """State with point `i` picked."""
        return self.condensation.add(state, i)
