"""Marginal gains of given picks; layer 1. Public in `skactive.selection`."""

import itertools
from collections.abc import Iterable
from typing import Any

import numpy as np

from skactive._utils.array import carry
from skactive.selection._bare import as_set_function
from skactive.selection._set_function import SetFunction

__all__ = ["gains_along"]


def gains_along(
    f: SetFunction, picks: Iterable[int], *, state: Any = None
) -> np.ndarray:
    """Compute the marginal gain of each of a sequence of picks.

    Parameters
    ----------
    f : SetFunction
        The objective.
    picks : iterable of int
        Points, in order of selection.
    state : object, default=None
        State to start from; by default that of the empty set.

    Returns
    -------
    ndarray of shape (n_picks,)
        Gain of each point given the earlier ones, as greedy search would return.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import Scores, gains_along
    >>> gains_along(Scores(np.array([0.2, 0.1, 0.3])), [1, 2])
    array([0.1, 0.3])
    """
    f, picks = as_set_function(f), [int(i) for i in picks]
    state = f.start() if state is None else state
    first = f.gains(state)
    gains = [float(first[i]) for i in picks[:1]]
    for before, i in itertools.pairwise(picks):
        state = f.add(state, before)
        gains.append(float(f.gains(state, carry([i], first))[0]))
    return np.asarray(gains)
