"""Pick rules of greedy search; layer 1. Public in `skactive.selection`."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from skactive._utils.array import Array, namespace
from skactive.selection._ties import settle

__all__ = ["Rule", "best", "proportional"]

Rule: TypeAlias = Callable[[Array, Array], int]  # (gains, available) -> index


def best(gains: Array, available: Array) -> int:
    """Pick the largest gain; ties up to rounding are broken by index.

    Parameters
    ----------
    gains : array of shape (n,)
        Marginal gain of each point; must not be NaN.
    available : array of bool, shape (n,)
        Mask of the points not picked yet.

    Returns
    -------
    int
        Index of the pick.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import best
    >>> best(np.array([0.1, 0.3, 0.1 + 0.2]), np.array([True, True, True]))
    1
    """
    return settle(gains, available)[0]


def proportional(rng: np.random.Generator) -> Rule:
    """Make a rule that picks at random with probabilities proportional to the gains.

    Parameters
    ----------
    rng : numpy.random.Generator
        Generator of the random numbers. Numbers are drawn by NumPy on any device, so
        that the same seed gives the same picks.

    Returns
    -------
    callable
        A pick rule like `best`. It raises ``ValueError`` if no gain is positive.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import proportional
    >>> pick = proportional(np.random.default_rng(0))
    >>> pick(np.array([0.0, 2.0, 0.0]), np.array([True, True, True]))
    1
    """

    def pick(gains, available):
        xp = namespace(gains)
        weights = xp.astype(xp.where(available & (gains > 0), gains, 0.0), xp.float64)
        reached = xp.cumulative_sum(weights)
        if not float(reached[-1]) > 0:
            raise ValueError(
                "no candidate has a positive gain, so that none can be sampled in "
                "proportion to the gains"
            )
        # In (0, total] rather than [0, total): the first cumulative sum that reaches
        # the target then belongs to a point with a positive gain.
        target = (1 - rng.random()) * float(reached[-1])
        # torch has no argmax of booleans
        return int(xp.argmax(xp.astype(reached >= target, xp.uint8)))

    return pick
