"""Checks of the bounds and limits that an objective declares; layer 7."""

import itertools

import numpy as np

from skactive._utils.array import carry, to_numpy
from skactive.testing._chains import gains_of, states_of
from skactive.testing._compare import slack, within
from skactive.testing._named import named

__all__ = ["check_bounds", "check_grown", "check_limit", "check_value"]


@named
def check_bounds(f, chains):
    """``bounds`` are never smaller than the gains, whatever `enough` is."""
    if f.bounds is None:
        return
    first = f.gains(f.start())
    rows = carry(np.arange(len(first)), first)
    for chain in chains:
        for state in states_of(f, chain):
            gains = gains_of(f, state)
            for enough in (-np.inf, float(np.median(gains)), np.inf):
                below = gains - to_numpy(f.bounds(state, rows, enough))
                i = below.argmax()
                assert below[i] <= slack(f, first), f"the gain of {i} exceeds its bound"


@named
def check_grown(f, chains):
    """``grown`` makes bounds of the gains before a pick bounds of those after it."""
    if f.grown is None:
        return
    first = f.gains(f.start())
    rows = np.arange(len(first))[::-2]
    for chain in chains:
        for before, state in itertools.pairwise(states_of(f, chain)):
            gains, bounds = gains_of(f, state), f.gains(before)
            for some in (None, rows):
                which = slice(None) if some is None else some
                index = None if some is None else carry(some.copy(), first)
                own = bounds if some is None else bounds[index]
                below = gains[which] - to_numpy(f.grown(state, own, index))
                i = below.argmax()
                assert below[i] <= slack(f, first), f"a gain grows by {below[i]} more"


@named
def check_limit(f, chains):
    """No gain exceeds ``limit``."""
    if f.limit is None:
        return
    error = slack(f, f.gains(f.start()))
    for chain in chains:
        for state in states_of(f, chain):
            most, limit = gains_of(f, state).max(), float(f.limit(state))
            assert most <= limit + error, f"a gain of {most} exceeds the limit {limit}"


@named
def check_value(f, chains):
    """``value`` of a non-empty set is a number, and the same when computed again."""
    if f.value is None:
        return
    error = slack(f, f.gains(f.start()))
    for chain in chains:
        values, again = (
            [float(f.value(state)) for state in [*states_of(f, chain)][1:]]
            for _ in range(2)
        )
        assert not np.isnan(values).any(), f"a value is NaN along {chain}"
        within(np.array(values), np.array(again), error, "value asked again")
