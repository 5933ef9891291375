"""Check that global random states and settings are not changed; layer 7."""

import contextlib
import random
import sys
from collections.abc import Iterator

import numpy as np
from sklearn import get_config
from sklearn.utils import check_random_state

from skactive.testing._digest import digest

__all__ = ["same_global_state"]


@contextlib.contextmanager
def same_global_state(seed: int) -> Iterator[None]:
    """Raise unless a block leaves global random states and settings unchanged.

    Parameters
    ----------
    seed : int
        Seed of the global random states during the block; they are restored afterwards.

    Raises
    ------
    AssertionError
        If something has changed; the message names it.
    """
    torch = sys.modules.get("torch")  # if it is not imported, nothing uses it
    everyone = check_random_state(None)
    kept = everyone.get_state(), random.getstate()
    forked = contextlib.nullcontext() if torch is None else torch.random.fork_rng()
    try:
        with forked:
            everyone.seed(seed)
            random.seed(seed)
            if torch is not None:
                torch.manual_seed(seed)
            before = _digests(torch)
            yield
            after = _digests(torch)
    finally:
        everyone.set_state(kept[0])
        random.setstate(kept[1])
    for name in before:
        assert before[name] == after[name], f"{name} was changed"


def _digests(torch):
    states = {
        "NumPy's global random state": check_random_state(None).get_state(),
        "the state of the module random": random.getstate(),
        "torch's global random state": None if torch is None else torch.get_rng_state(),
        "NumPy's handling of errors": np.geterr(),
        "scikit-learn's configuration": get_config(),
    }
    return {name: digest(state) for name, state in states.items()}
