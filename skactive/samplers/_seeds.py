"""Chance of models: seeds for all that is nested in them; layer 3.

What a model leaves to chance comes from its parameters ``random_state``, its own and
those of what it holds; from NumPy's global generator, where nobody gave a seed; and,
for nets, from torch's. Both generators belong to the process. Models that may use
torch's take turns, so that a net is the same for a seed in any number of threads, as is
a model whose chance is all in parameters; fits in several threads at once disturb each
other's draws from NumPy's. Both generators end as they were.
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
# what holds nothing that is to be seeded
PLAIN = (type(None), str, bool, int, float, np.ndarray, FrozenEstimator, type)


class _Kept:
    """NumPy's generator given back when the last of overlapping blocks has ended.

    Threads overlap in any order: the first to begin need not be the last to end, and
    only the state before all of them is the caller's.
    """

    def __init__(self):
        self.lock, self.depth = threading.Lock(), 0

    @contextlib.contextmanager
    def __call__(self):
        # None is what scikit-learn takes for the global generator
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


_kept = _Kept()


@contextlib.contextmanager
def global_seed(seed: Any, of_torch: bool = True) -> Iterator[None]:
    """Seed NumPy's and torch's global generators for a block, and give them back.

    Parameters
    ----------
    seed : int, RandomState or None
        None leaves chance to the global generators as they are.
    of_torch : bool, default=True
        Whether torch's is in use: such blocks are entered by one thread at a time.

    Yields
    ------
    None
        While they are seeded.
    """
    number = seed if seed is None else integer_of(seed, LARGEST)
    with contextlib.ExitStack() as stack:
        if of_torch:
            stack.enter_context(torch_seed(number))
        if number is not None:
            stack.enter_context(_kept()).seed(number)
        yield


def seed_nested(estimator: Any, random_state: np.random.RandomState) -> None:
    """Draw a seed for every nested ``random_state`` that is None.

    Nothing within a ``FrozenEstimator`` gets one. Beside parameters these are those of
    splitters and other objects among the parameters, and of estimators in lists and
    dictionaries, as in a grid of parameters.

    Parameters
    ----------
    estimator : estimator
        It, and all that it holds, is changed in place: a clone.
    random_state : RandomState
        Source of the seeds.
    """
    parameters = estimator.get_params(deep=True)
    names = [name for name in _named(parameters) if parameters[name] is None]
    for name in names:
        _set_seed(estimator, parameters, name, int(random_state.randint(LARGEST)))
    for holder in _holders(estimator, parameters):
        if holder.random_state is None:
            holder.random_state = int(random_state.randint(LARGEST))


def reseed(estimator: Any, seed: int) -> Any:
    """Give every ``random_state`` within a model, but for frozen parts, a new seed.

    Parameters
    ----------
    estimator : estimator
        It, and all that it holds, is changed in place: a clone.
    seed : int
        Source of the seeds.

    Returns
    -------
    estimator
        The same.
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
    """Names of the parameters that are seeds, in order."""
    return sorted(n for n in parameters if n.split("__")[-1] == "random_state")


def _set_seed(estimator, parameters, name, seed):
    """Set a nested parameter, ``model__random_state``, of the estimator.

    The model itself is told, not all that holds it: ``set_params`` looks at every
    parameter on the way, which takes longer than some models take to fit. What
    scikit-learn's own then does to the last of them is an assignment.
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
    """Objects with a ``random_state`` that is no parameter of the estimator's."""
    known = {id(value) for value in parameters.values()}
    known.add(id(estimator))
    return [
        value
        for value, contents in _within(estimator, set())
        if _takes_seed(value, contents)
        and not (id(value) in known and hasattr(value, "get_params"))
    ]


def _takes_seed(value, contents):
    """Whether a seed for the object itself makes a difference."""
    if isinstance(value, dict | list | tuple):
        return False  # a grid of parameters may well have one of that name
    # a splitter that does not shuffle says no to a seed
    splits = hasattr(value, "split") and not contents.get("shuffle", True)
    return "random_state" in contents and not splits


def _within(value, seen):
    """Yield all that a value holds, and its contents, once; but nothing frozen."""
    if isinstance(value, PLAIN) or id(value) in seen:
        return
    seen.add(id(value))
    contents = _contents(value)
    yield value, contents
    for name in sorted(contents, key=str):
        yield from _within(contents[name], seen)


def _contents(value):
    """What an estimator, a container, or an object with a seed holds, by name."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list | tuple):
        return dict(enumerate(value))
    if hasattr(value, "get_params"):
        return value.get_params(deep=False)
    attributes = getattr(value, "__dict__", {})
    return attributes if "random_state" in attributes else {}
