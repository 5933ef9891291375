"""The dependence of single points on the condensed pool, as gains; layer 2."""

import numpy as np

from skactive._utils.array import to_numpy
from skactive.selection import SetFunction

__all__ = ["Dependence"]


class Dependence(SetFunction):
    """The terms of a `Condensation` with the mean kernel: one term per point.

    Gains depend on the condensed points of a step, but not on the picks. Their sum is
    the number of picks times the dependence of the batch.

    Parameters
    ----------
    condensation : SetFunction
        A `Condensation` with the mean kernel, or a restriction of one.
    """

    def __init__(self, condensation):
        self.condensation = condensation
        self._rows = None

    def start(self):
        """Return the state of the empty batch."""
        return self.condensation.start()

    def gains(self, state, rows=None):
        """Compute the dependence of each point (of `rows`) in this step: (n,)."""
        f = self.condensation
        if f is f.whole:
            return f.dependence(state, rows)
        if self._rows is None:
            self._rows = np.arange(f.whole.size)[f.in_pool(slice(None))]
        rows = self._rows if rows is None else self._rows[to_numpy(rows)]
        return f.whole.dependence(state, rows)

    def add(self, state, i):
        """Return the state after picking point `i`."""
        return self.condensation.add(state, i)
