"""check_strategy: checks of a strategy's class, its ``fit`` and side effects.

Layer 7. Checks of queries are in ``_query``, of what must not affect them in
``_invariance``, and of pending points and costs in ``_request``.
"""

import copy
import inspect
from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import clone, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from skactive.base import QueryStrategy
from skactive.testing._compare import equal, raises
from skactive.testing._digest import digest
from skactive.testing._global_state import same_global_state
from skactive.testing._invariance import INVARIANCE_CHECKS, check_backends
from skactive.testing._named import named
from skactive.testing._public import make_data
from skactive.testing._query import QUERY_CHECKS as OF_QUERIES
from skactive.testing._request import REQUEST_CHECKS

__all__ = ["FIT_CHECKS", "QUERY_CHECKS", "check_strategy"]

TASKS = ("classification", "regression")
NEEDS = ("functions", "mean", "features", None)


def check_strategy(
    strategy: QueryStrategy,
    *,
    data: tuple | None = None,
    devices: Sequence[str | None] | None = None,
) -> None:
    """Check that a strategy satisfies the contract of `skactive.base.QueryStrategy`.

    Parameters
    ----------
    strategy : QueryStrategy
        The strategy, not fitted, with an estimator and an integer ``random_state``; it
        is not changed.
    data : tuple (X, y, X_pool), default=None
        Data to fit on and query; by default `make_data` for the estimator's task. The
        pool needs at least ten points.
    devices : sequence, default=None
        Devices of the draws, see `PosteriorSampler`, which must all give the same
        batch. By default NumPy, and the CPU if PyTorch is installed.

    Raises
    ------
    AssertionError
        If a check fails or an exception is raised; the message names the check.

    Examples
    --------
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import ICAL
    >>> from skactive.testing import check_strategy
    >>> check_strategy(ICAL(RandomForestClassifier(20), random_state=0))
    """
    if not isinstance(strategy.random_state, Integral):
        raise ValueError(
            "check_strategy compares batches, so it needs an integer random_state, not "
            f"{strategy.random_state!r}"
        )
    if data is None:
        data = make_data("regression" if is_regressor(strategy) else "classification")
    for check in FIT_CHECKS:
        check(strategy, *data)
    fitted = clone(strategy).fit(data[0], data[1])
    for check in QUERY_CHECKS:
        check(fitted, *data)
    check_backends(fitted, *data, devices=devices)


@named
def check_declarations(strategy, X, y, X_pool):
    """``tasks``, ``needs`` and ``distributed`` have valid values."""
    tasks = strategy.tasks
    several = isinstance(tasks, tuple | list | set | frozenset) and len(tasks) > 0
    known = several and set(tasks) <= {*TASKS}
    assert known, f"tasks is {tasks!r}, not a tuple of names in {TASKS}"
    assert strategy.needs in NEEDS, f"needs is {strategy.needs!r}, not one of {NEEDS}"
    distributed = strategy.distributed
    assert isinstance(distributed, bool), f"distributed is {distributed!r}, no boolean"


@named
def check_constructor(strategy, X, y, X_pool):
    """``__init__`` only stores its parameters, which have the conventional order."""
    clone(strategy)
    given = strategy.get_params(deep=False)
    made = type(strategy)(**given)
    for name, value in made.get_params(deep=False).items():
        assert value is given[name], f"the constructor does not store {name} as it is"
    more = sorted(set(vars(made)) - set(given))
    assert not more, f"the constructor sets more than its parameters: {more}"
    parameters = list(inspect.signature(type(strategy)).parameters.values())
    assert parameters[0].name == "estimator", "the first parameter is not estimator"
    assert parameters[0].default is None, "estimator is not None by default"
    positional = [p.name for p in parameters[1:] if p.kind is not p.KEYWORD_ONLY]
    assert not positional, f"{positional} are not keyword-only"
    assert parameters[-1].name == "random_state", "random_state is not the last one"


@named
def check_fit(strategy, X, y, X_pool):
    """``fit`` returns the fitted strategy, and does not change parameters."""
    strategy = clone(strategy)
    before = _parameters(strategy)
    X, y, X_pool = copy.deepcopy((X, y, X_pool))  # another check is for writes
    raises(NotFittedError, "query before fit", strategy.query, X_pool)
    raises(NotFittedError, "score_samples before fit", strategy.score_samples, X_pool)
    assert strategy.fit(X, y) is strategy, "fit does not return the strategy"
    check_is_fitted(strategy)
    for name in ("sampler_", "estimator_"):
        assert name in vars(strategy), f"fit does not set {name}"
    strategy.query(X_pool, 2)
    strategy.score_samples(X_pool)
    assert before == _parameters(strategy), "fit or query changed a parameter"


def _parameters(strategy):
    """Identity and content of the parameters; only the identity of the estimator."""
    values = strategy.get_params(deep=False)
    return {
        name: (id(value), None if name == "estimator" else digest(value))
        for name, value in values.items()
    }


@named
def check_estimator_untouched(strategy, X, y, X_pool):
    """The caller's estimator is cloned, and neither changed nor fitted."""
    strategy = clone(strategy)
    before = digest(strategy.estimator)
    X, y, X_pool = copy.deepcopy((X, y, X_pool))
    strategy.fit(X, y)
    assert digest(strategy.estimator) == before, "fit changed the caller's estimator"
    strategy.query(X_pool, 2)
    strategy.score_samples(X_pool)
    assert digest(strategy.estimator) == before, "a query changed the estimator"


@named
def check_inputs_untouched(strategy, X, y, X_pool):
    """Arrays of the caller are not changed."""
    candidates = np.arange(len(X_pool))[::-1].copy()
    pending, cost = np.array([3, 1]), np.linspace(1, 2, len(X_pool))
    # writable copies, to detect changes
    given = copy.deepcopy((X, y, X_pool, candidates, pending, cost))
    names = ("X", "y", "X_pool", "candidates", "pending", "cost")
    before = [*map(digest, given)]
    strategy = clone(strategy).fit(*given[:2])
    strategy.query(given[2], 3, candidates=given[3])
    if strategy._takes_terms:
        strategy.query(given[2], 3, pending=given[4], cost=given[5], budget=4)
    strategy.score_samples(given[2])
    for name, array, was in zip(names, given, before, strict=True):
        assert digest(array) == was, f"{name} was changed"


@named
def check_global_state(strategy, X, y, X_pool):
    """Global random states and settings are neither used nor changed."""
    batches = []
    for seed in (1, 2):
        strategy = clone(strategy)
        with same_global_state(seed):
            batches.append(strategy.fit(X, y).query(X_pool, 5))
            strategy.score_samples(X_pool)
    equal(*batches, "other global random states")


@named
def check_refits(strategy, X, y, X_pool):
    """The same seed gives the same batch, for clones and repeated fits."""
    strategy = clone(strategy)
    batch = strategy.fit(X, y).query(X_pool, 5)
    equal(batch, clone(strategy).fit(X, y).query(X_pool, 5), "a clone")
    equal(batch, strategy.fit(X, y).query(X_pool, 5), "a second fit")


FIT_CHECKS: tuple[Callable[..., Any], ...] = (
    check_declarations,
    check_constructor,
    check_fit,
    check_estimator_untouched,
    check_inputs_untouched,
    check_global_state,
    check_refits,
)
QUERY_CHECKS: tuple[Callable[..., Any], ...] = (
    *OF_QUERIES,
    *INVARIANCE_CHECKS,
    *REQUEST_CHECKS,
)
