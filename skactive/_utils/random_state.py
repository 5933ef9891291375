"""Generators of a ``random_state``, cheap for the integers that most are; layer 0."""

import threading
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

__all__ = ["integer_of", "state_of"]

_own = threading.local()


def state_of(random_state: Any) -> np.random.RandomState:
    """Make a RandomState of a seed, as ``check_random_state`` does, to be used at once.

    NumPy takes 75 microseconds to make one, and one to seed one: a loop of single
    labels makes several a round, beside models that fit in a millisecond. That of an
    integer is the thread's own, and seeded anew by the next call.
    """
    if not isinstance(random_state, Integral) or isinstance(random_state, bool):
        return check_random_state(random_state)
    if "state" not in vars(_own):
        _own.state = np.random.RandomState(0)
    _own.state.seed(random_state)
    return _own.state


def integer_of(random_state: Any, high: int, dtype: type = int) -> int:
    """Draw one integer below `high` from what ``random_state`` stands for."""
    return int(state_of(random_state).randint(high, dtype=dtype))
