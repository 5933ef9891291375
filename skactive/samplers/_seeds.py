"""Seeds for models and everything nested in them; layer 3.

A model draws random numbers from its ``random_state`` parameters, including nested
ones, or if these are None, from NumPy's global generator; nets also draw from torch's
global generator. Both generators are shared by the whole process. Models that may use
torch therefore take turns, so a net trained with a given seed is the same for any
number of threads. Models without a seed that are fitted in several threads at once do
affect each other's draws from NumPy's global generator. The state of both is restored
afterwards.
"""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.utils import check_random_state

from skactive._utils.random_state import integer_of
from skactive._utils.scikit_learn import CachedParameters
from skactive._utils.torch import torch_seed

__all__ = ["global_seed", "reseed", "seed_nested"]

LARGEST = 2**31 - 1
# values that contain nothing to be seeded
PLAIN = (type(None), str, bool, int, float, np.ndarray, FrozenEstimator, type)


class _SavedState:
    """Restores NumPy's global generator when the last of overlapping blocks ends.

    Blocks in different threads may end in any order, and the state to restore is that
    before the first of them began.
    """

    def __init__(self):
        self.lock, self.depth = threading.Lock(), 0

    @contextlib.contextmanager
    def __call__(self):
        # None stands for the global generator in scikit-learn
        generator = check_random_state(None)
        with self.lock:
            now = generator.get_state()
            self.depth += 1
            if self.depth == 1:
                self.first = now
        try:
            yield generator
        finally:
            with self.lock:
                self.depth -= 1
                generator.set_state(now if self.depth else self.first)


_saved_state = _SavedState()


@contextlib.contextmanager
def global_seed(seed: Any, of_torch: bool = True) -> Iterator[None]:
    """Seed the global generators of NumPy and torch within a block, and restore them.

    Parameters
    ----------
    seed : int, RandomState or None
        None leaves the global generators as they are.
    of_torch : bool, default=True
        Whether torch may be used: such blocks run in one thread at a time.

    Yields
    ------
    None
        While the generators are seeded.
    """
    number = seed if seed is None else integer_of(seed, LARGEST)
    with contextlib.ExitStack() as stack:
        if of_torch:
            stack.enter_context(torch_seed(number))
        if number is not None:
            stack.enter_context(_saved_state()).seed(number)
        yield


def seed_nested(estimator: Any, random_state: np.random.RandomState) -> None:
    """Draw a seed for every nested ``random_state`` that is None.

    This includes splitters and other objects among the parameters, and estimators in
    lists and dictionaries, such as parameter grids, but nothing within a
    ``FrozenEstimator``.

    Parameters
    ----------
    estimator : estimator
        The estimator, which is changed in place together with everything nested in it:
        pass a clone.
    random_state : RandomState
        Generator of the seeds.
    """
    parameters = estimator.get_params(deep=True)
    names = [name for name in _named(parameters) if parameters[name] is None]
    for name in names:
        _set_seed(estimator, parameters, name, int(random_state.randint(LARGEST)))
    for holder in _holders(estimator, parameters):
        if holder.random_state is None:
            holder.random_state = int(random_state.randint(LARGEST))


def reseed(estimator: Any, seed: int) -> Any:
    """Set a new seed for every nested ``random_state``, except in frozen models.

    Parameters
    ----------
    estimator : estimator
        The estimator, which is changed in place together with everything nested in it:
        pass a clone.
    seed : int
        Seed of the seeds.

    Returns
    -------
    estimator
        The same estimator.
    """
    rng = np.random.default_rng(seed)
    parameters = estimator.get_params(deep=True)
    names = _named(parameters)
    for name, seed in zip(
        names, rng.integers(2**31, size=len(names)).tolist(), strict=True
    ):
        _set_seed(estimator, parameters, name, seed)
    for holder in _holders(estimator, parameters):
        holder.random_state = int(rng.integers(2**31))
    return estimator


def _named(parameters):
    """Sorted names of the parameters that are seeds."""
    return sorted(n for n in parameters if n.split("__")[-1] == "random_state")


def _set_seed(estimator, parameters, name, seed):
    """Set a nested parameter such as ``model__random_state``.

    The attribute is set on the nested model directly. ``set_params`` of the outer
    estimator looks up all parameters on the way, which takes longer than some models
    take to fit, and BaseEstimator's does nothing else in the end.
    """
    path = name.rpartition("__")[0]
    owner = parameters.get(path) if path else estimator
    if isinstance(owner, CachedParameters) or _sets_as_scikit_learn(owner):
        owner.random_state = seed
    else:
        estimator.set_params(**{name: seed})


def _sets_as_scikit_learn(owner):
    own = isinstance(owner, BaseEstimator)
    return own and type(owner).set_params is BaseEstimator.set_params


def _holders(estimator, parameters):
    """Objects with a ``random_state`` that is not among the estimator's parameters."""
    if all(_is_listed(name, value, parameters) for name, value in parameters.items()):
        return []
    known = {id(value) for value in parameters.values()}
    known.add(id(estimator))
    return [
        value
        for value, contents in _within(estimator, set())
        if _takes_seed(value, contents)
        and not (id(value) in known and hasattr(value, "get_params"))
    ]


def _is_listed(name, value, parameters):
    """Whether a parameter holds nothing to seed but nested parameters."""
    if isinstance(value, PLAIN):
        return True
    # of an estimator with parameters, all are listed
    return isinstance(value, BaseEstimator) and any(
        other.startswith(f"{name}__") for other in parameters
    )


def _takes_seed(value, contents):
    """Whether the object itself has a seed that matters."""
    if isinstance(value, dict | list | tuple):
        return False  # "random_state" may be a key, such as in a parameter grid
    # splitters that do not shuffle refuse a seed
    splits = hasattr(value, "split") and not contents.get("shuffle", True)
    return "random_state" in contents and not splits


def _within(value, seen):
    """Yield each nested object and its contents, once; nothing in frozen models."""
    if isinstance(value, PLAIN) or id(value) in seen:
        return
    seen.add(id(value))
    contents = _contents(value)
    yield value, contents
    for name in sorted(contents, key=str):
        yield from _within(contents[name], seen)


def _contents(value):
    """Contents of an estimator, a container or an object with a seed, by name."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list | tuple):
        return dict(enumerate(value))
    if hasattr(value, "get_params"):
        return value.get_params(deep=False)
    attributes = getattr(value, "__dict__", {})
    return attributes if "random_state" in attributes else {}
