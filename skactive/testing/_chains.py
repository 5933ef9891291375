"""Chains of picks, along which set functions are checked; layer 7."""

import numpy as np

from skactive._utils.array import to_numpy
from skactive.testing._compare import within
from skactive.testing._named import named

__all__ = [
    "gains_along",
    "gains_beside",
    "gains_of",
    "make_chains",
    "same_chain",
    "shift_of",
    "states_of",
]


@named
def make_chains(f, n_steps, rng):
    """Picks to walk along: at random, at random, and by the largest gains."""
    gains = gains_of(f, f.start())
    allowed = np.flatnonzero(gains > -np.inf)
    size = min(n_steps, len(allowed))
    chains = [rng.permutation(allowed)[:size].tolist() for _ in range(2)]
    greedy: list[int] = []
    state = f.start()
    for _ in range(size):
        gains = gains_of(f, state)
        gains[greedy] = -np.inf
        greedy.append(int(gains.argmax()))
        state = f.add(state, greedy[-1])
    return [*chains, greedy]


def states_of(f, chain):
    """Yield the state of the empty set, and after each pick."""
    state = f.start()  # may be None, which accumulate would not take for a state
    yield state
    for i in chain:
        state = f.add(state, i)
        yield state


def gains_along(f, chain):
    """Gains of all points in the state of the empty set, and after each pick."""
    return [gains_of(f, state) for state in states_of(f, chain)]


def gains_beside(f, chain):
    """The same, while another point is added to each state as well."""
    for step, state in enumerate(states_of(f, chain)):
        if step < len(chain):
            f.add(state, chain[-1])
        yield gains_of(f, state)


def gains_of(f, state):
    """Gains of all points on the host, a copy."""
    return np.array(to_numpy(f.gains(state)), dtype=float)


def shift_of(f, state):
    """The part of the gains that may grow."""
    return 0.0 if f.shift is None else to_numpy(f.shift(state))


def same_chain(expected, actual, error, what):
    """Raise unless gains along a chain are equal up to `error`."""
    for step, (first, second) in enumerate(zip(expected, actual, strict=True)):
        within(first, second, error, f"{what}, after {step} picks")
