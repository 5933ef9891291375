"""Random states that are cheap to make from an integer seed; layer 0."""

import threading
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

__all__ = ["integer_of", "state_of"]

_own = threading.local()  # one reusable RandomState per thread


def state_of(random_state: Any) -> np.random.RandomState:
    """Make a RandomState of a seed, like ``check_random_state``, for immediate use.

    NumPy takes 75 microseconds to create a RandomState and as long again to seed it,
    which adds up where labels are queried one at a time from models that fit in a
    millisecond. For an integer seed, each thread reuses one RandomState, which the next
    call seeds again.
    """
    if not isinstance(random_state, Integral) or isinstance(random_state, bool):
        return check_random_state(random_state)
    if "state" not in vars(_own):
        _own.state = np.random.RandomState(0)
    _own.state.seed(random_state)
    return _own.state


def integer_of(random_state: Any, high: int, dtype: type = int) -> int:
    """Draw one integer below `high` from the generator that `random_state` gives."""
    return int(state_of(random_state).randint(high, dtype=dtype))
