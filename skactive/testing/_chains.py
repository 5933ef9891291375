"""Chains of added points along which objectives are checked; layer 7."""

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
    """Make three chains of points to add: two random ones and that of greedy search."""
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
    """Yield the state of the empty set, and that after each point of the chain."""
    state = f.start()  # may be None, which itertools.accumulate would not accept
    yield state
    for i in chain:
        state = f.add(state, i)
        yield state


def gains_along(f, chain):
    """Gains of all points for the empty set, and after each point of the chain."""
    return [gains_of(f, state) for state in states_of(f, chain)]


def gains_beside(f, chain):
    """Yield the same gains, while also adding another point to each state."""
    for step, state in enumerate(states_of(f, chain)):
        if step < len(chain):
            f.add(state, chain[-1])
        yield gains_of(f, state)


def gains_of(f, state):
    """Copy the gains of all points to the host."""
    return np.array(to_numpy(f.gains(state)), dtype=float)


def shift_of(f, state):
    """Part of the gains that is allowed to grow."""
    return 0.0 if f.shift is None else to_numpy(f.shift(state))


def same_chain(expected, actual, error, what):
    """Raise unless gains along a chain are equal up to `error`."""
    for step, (first, second) in enumerate(zip(expected, actual, strict=True)):
        within(first, second, error, f"{what}, after {step} picks")
