"""Beam search over set functions; layer 1. Public in `skactive.selection`."""

from typing import Any, NamedTuple

import numpy as np

from skactive._utils.array import to_numpy
from skactive.selection._set_function import SetFunction
from skactive.selection._ties import largest

__all__ = ["beam"]


def beam(f: SetFunction, n: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Grow `width` sets at once and return the best of them.

    Each set proposes its `width` best points; of the sets so made, equal ones merged,
    the `width` of largest worth go on, ties to the earlier rank. The worth of a set is
    ``f.value(state)`` where `f` has it, else the sum of its gains. ``width=1`` is
    `greedy`.

    Parameters
    ----------
    f : SetFunction
        What a point is worth in the company of others.
    n : int
        Number of points to pick, no more than there are.
    width : int
        Number of sets held at once.

    Returns
    -------
    indices : ndarray of intp, shape (n,)
        The best set, in order of selection.
    gains : ndarray of shape (n,)
        What each was worth when it was picked.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import Scores, beam
    >>> beam(Scores(np.array([0.2, 0.1, 0.3])), 2, width=2)
    (array([2, 0]), array([0.3, 0.2]))
    """
    sets = [_Grown(f.start(), (), (), 0.0)]
    for _ in range(n):
        grown = {}
        for held in sets:
            for larger in _proposals(f, held, width):
                grown.setdefault(frozenset(larger.picks), larger)
        sets = sorted(grown.values(), key=lambda s: -s.value)[:width]  # a stable sort
    return np.asarray(sets[0].picks, dtype=np.intp), np.asarray(sets[0].gains)


class _Grown(NamedTuple):
    """A set of the beam: its state, its picks and their gains in order, its worth."""

    state: Any
    picks: tuple
    gains: tuple
    value: float


def _proposals(f, held, width):
    """Add, to the set held, each of its `width` best points."""
    gains = to_numpy(f.gains(held.state))
    rows = np.delete(np.arange(len(gains)), held.picks)
    order, worth = largest(gains[rows], min(width, len(rows)))
    for i, gain in zip(rows[order].tolist(), worth.tolist(), strict=True):
        state = f.add(held.state, i)
        value = f.value(state) if hasattr(f, "value") else held.value + gain
        yield _Grown(state, (*held.picks, i), (*held.gains, gain), float(value))
