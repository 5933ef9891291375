"""The points that a search has not picked yet; layer 1."""

import numpy as np

from skactive._utils.array import namespace

__all__ = ["Left"]


class Left:
    """Which points are left, as a mask beside whatever gains are looked at.

    The mask is made once, where the gains live, and kept as picks are taken: making it
    from the list of picks at every step would cost as much as many an objective.
    """

    def __init__(self):
        self.picks: list[int] = []
        self._mask = None

    def take(self, i: int) -> None:
        """Take point `i`."""
        self.picks.append(i)
        if self._mask is not None:
            self._mask[i] = False

    @property
    def size(self):
        """Number of points, once gains were looked at."""
        return len(self._mask)

    def among(self, gains):
        """Mask of the points left, in the library and on the device of their gains."""
        if self._mask is None:
            xp = namespace(gains)
            self._mask = xp.ones_like(gains, dtype=xp.bool)
            self._mask[np.asarray(self.picks, dtype=np.intp)] = False
        return self._mask
