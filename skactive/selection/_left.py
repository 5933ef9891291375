"""The points that a search can still pick; layer 1."""

import numpy as np

from skactive._utils.array import namespace

__all__ = ["Left"]


class Left:
    """Mask of the points that have not been picked yet.

    The mask is created once, on the device of the gains, and updated with each pick:
    creating it from the list of picks at every step would take as long as evaluating a
    cheap objective.
    """

    def __init__(self):
        self.picks: list[int] = []
        self._mask = None

    def take(self, i: int) -> None:
        """Mark point `i` as picked."""
        self.picks.append(i)
        if self._mask is not None:
            self._mask[i] = False

    @property
    def size(self):
        """Total number of points; known once `among` has been called."""
        return len(self._mask)

    def among(self, gains):
        """Return the mask of the points left, on the library and device of `gains`."""
        if self._mask is None:
            xp = namespace(gains)
            self._mask = xp.ones_like(gains, dtype=xp.bool)
            self._mask[np.asarray(self.picks, dtype=np.intp)] = False
        return self._mask
