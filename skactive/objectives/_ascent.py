"""A gain and its gradient at points that are of no pool; layer 2."""

from collections.abc import Callable
from typing import Any

import numpy as np

from skactive._utils.array import Array, namespace, to_numpy
from skactive._utils.torch import imported_torch
from skactive.objectives._condensation import Condensation, dependence

__all__ = ["FreeCondensation", "climb", "climb_in_turn"]

HALVINGS = 20  # of a step that does not raise the gain, before a climb ends
FIRST = 0.25  # length of the first step, in sides of the box


class FreeCondensation:
    """ICAL's gain of a point anywhere, given a batch of points anywhere.

    The condensed points are those of the pool; the kernels of the batch are averaged
    (section 5.1 of the paper), so that the gain is linear in the kernel of the point,
    which is a smooth function of the values drawn there.

    Parameters
    ----------
    condensation : Condensation
        Over the pool, with the mean kernel, of values.
    values : callable
        From points (m, d) to the values drawn there, (m, k, c).
    batch : tuple of arrays of shape (1, k, c)
        Values drawn at the points of the batch.
    """

    def __init__(self, condensation: Condensation, values: Callable, batch=()):
        self.condensation, self.values, self.batch = condensation, values, batch

    def best_of_pool(self, but: list[int]) -> int:
        """Row of the pool where the gain is largest, but for some."""
        step, _ = self.condensation.step_after(len(self.batch))
        h_n = to_numpy(self.condensation.dependence_at(step)).copy()
        h_n[but] = -np.inf
        return int(h_n.argmax())

    def __call__(self, x: Array) -> Array:
        """``alpha`` of the batch with each point added, as a step of the search has it.

        Parameters
        ----------
        x : array of shape (m, d)
            Points.
        """
        step, b = self.condensation.step_after(len(self.batch))
        f_nkc = self.values(x)
        kernels = self.condensation.kernels.over(
            namespace(f_nkc).concat([*self.batch[:b], f_nkc])
        )
        h_n = dependence(kernels, self.condensation.centered([step]))[0]
        return (namespace(h_n).sum(h_n[:b]) + h_n[b:]) / (b + 1)

    def add(self, x: Array) -> "FreeCondensation":
        """Return the gain once a point (1, d) is in the batch."""
        batch = *self.batch, self.values(x)
        return FreeCondensation(self.condensation, self.values, batch)


def climb_in_turn(
    gains: FreeCondensation,
    X: np.ndarray,
    low_d: np.ndarray,
    high_d: np.ndarray,
    steps: int,
    n: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Climb n times, each from the best point of the pool that is left.

    Parameters
    ----------
    gains : FreeCondensation
        Gains, given no batch.
    X : ndarray of shape (n_pool, d)
        The pool.
    low_d, high_d : ndarray of shape (d,)
        The bounds.
    steps : int
        The most steps of a climb.
    n : int
        Number of climbs, at most n_pool.

    Returns
    -------
    X_picked : ndarray of shape (n, d)
        Where they end.
    scores : ndarray of shape (n,)
        The gain of each, given those before it.
    """
    starts: list[int] = []
    torch, picked, scores = imported_torch(), [], []
    low_d, high_d = torch.as_tensor(low_d), torch.as_tensor(high_d)
    for _ in range(n):
        starts.append(gains.best_of_pool(starts))
        x, score = climb(gains, torch.as_tensor(X[starts[-1:]]), low_d, high_d, steps)
        gains = gains.add(x)
        picked.append(to_numpy(x)[0])
        scores.append(score)
    return np.stack(picked), np.array(scores)


def climb(
    gain: Callable[[Any], Any], x: Any, low_d: Any, high_d: Any, steps: int
) -> tuple[Any, float]:
    """Move a point up the gradient of its gain, within bounds; the gain never falls.

    A step is as long as the box in that direction, times a length that is halved until
    the gain grows, and doubled when it does.

    Parameters
    ----------
    gain : callable
        From a tensor (1, d) to one of shape (1,), by steps that torch can follow.
    x : tensor of shape (1, d)
        Where to begin.
    low_d, high_d : tensor of shape (d,)
        The bounds.
    steps : int
        The most steps; fewer where no step raises the gain.

    Returns
    -------
    x : tensor of shape (1, d)
        The point.
    gain : float
        Its gain, no less than where it began.
    """
    side_d, length = high_d - low_d, FIRST
    value, slope_d = _slope(gain, x)
    for _ in range(steps):
        direction_d = slope_d * side_d  # in the units of the box
        largest = float(abs(direction_d).max())
        if largest == 0:
            break
        for _ in range(HALVINGS):
            moved = x + length / largest * direction_d * side_d
            moved = moved.clamp(low_d, high_d)
            higher, slope_of_moved = _slope(gain, moved)
            if higher > value:
                break
            length /= 2
        else:
            break
        x, value, slope_d, length = moved, higher, slope_of_moved, 2 * length
    return x, value


def _slope(gain, x):
    """The gain at a point, and its gradient there."""
    torch = imported_torch()
    free = x.detach().clone().requires_grad_()
    with torch.enable_grad():
        value = gain(free).sum()
        (slope,) = torch.autograd.grad(value, free)
    return float(value.detach()), slope
