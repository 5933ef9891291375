"""Rules by which greedy search picks; layer 1. Public in `skactive.selection`."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from skactive._utils.array import Array, namespace
from skactive.selection._ties import settle

__all__ = ["Rule", "best", "proportional"]

Rule: TypeAlias = Callable[[Array, Array], int]  # of gains, and of what is available


def best(gains: Array, available: Array) -> int:
    """Pick the largest gain; of those tied up to rounding, the smallest index.

    Parameters
    ----------
    gains : array of shape (n,)
        Marginal gain of each point; not NaN.
    available : array of bool, shape (n,)
        The points not picked yet.

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
    """Make a rule that picks at random, in proportion to the gains.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance; NumPy draws, so that one seed means one pick everywhere.

    Returns
    -------
    callable
        A rule as `best` is one. It raises ``ValueError`` where no gain is positive.

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
                "no candidate has a positive gain to draw in proportion to"
            )
        # in (0, total]: the point whose stretch of the sum holds it has a positive gain
        target = (1 - rng.random()) * float(reached[-1])
        return int(xp.argmax(xp.astype(reached >= target, xp.uint8)))

    return pick
