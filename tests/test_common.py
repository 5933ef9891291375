"""The shared checks for every public strategy and sampler, found automatically."""

import copy
import functools
import gc
from types import FunctionType

import pytest
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.utils.estimator_checks import (
    check_estimator,
)

from skactive import testing
from skactive.samplers import as_sampler
from skactive.testing._invariance import check_backends, usual_devices
from skactive.testing._sampler import SAMPLER_CHECKS
from skactive.testing._strategy import FIT_CHECKS, QUERY_CHECKS
from tests import zoo

STRATEGIES = [
    pytest.param(cls, task, id=f"{cls.__name__}-{task}")
    for cls in testing.all_strategies()
    for task in cls.tasks
]
MODELS = [
    pytest.param(model, task, id=f"{task}-{name.replace(' ', '-')}")
    for task in ("classification", "regression")
    for name, model in zoo.models(task).items()
]


def _devices():
    usual = usual_devices()
    if "cpu" not in usual:
        return usual
    import torch

    return (*usual, "cuda") if torch.cuda.is_available() else usual


@functools.cache
def _fitted(cls, task):
    X, y, _ = testing.make_data(task)
    return cls(zoo.small(cls, task), random_state=0).fit(X, y)


@pytest.mark.parametrize("check", FIT_CHECKS, ids=lambda f: f.__name__)
@pytest.mark.parametrize(("cls", "task"), STRATEGIES)
def test_fit_of_strategy(cls, task, check):
    check(cls(zoo.small(cls, task), random_state=0), *testing.make_data(task))


@pytest.mark.parametrize("check", QUERY_CHECKS, ids=lambda f: f.__name__)
@pytest.mark.parametrize(("cls", "task"), STRATEGIES)
def test_queries_of_strategy(cls, task, check):
    check(_fitted(cls, task), *testing.make_data(task))


@pytest.mark.parametrize(("cls", "task"), STRATEGIES)
def test_strategy_picks_the_same_on_every_backend(cls, task):
    data = testing.make_data(task)
    check_backends(_fitted(cls, task), *data, devices=_devices())


@pytest.mark.parametrize(("cls", "task"), STRATEGIES)
def test_a_query_reads_no_attribute_that_it_wrote(cls, task):
    """Queries in other threads may have written it in between."""
    strategy, written = copy.copy(_fitted(cls, task)), set()

    class Watched(type(strategy)):
        def __setattr__(self, name, value):
            written.add(name)
            super().__setattr__(name, value)

        def __getattribute__(self, name):
            assert name not in written, f"{name} is written and then read"
            return super().__getattribute__(name)

    strategy.__class__ = Watched
    X_pool = testing.make_data(task)[2]
    strategy.query(X_pool, 10)  # ACSFW fills such a batch
    written.clear()
    strategy.score_samples(X_pool)


@pytest.mark.parametrize(("cls", "task"), STRATEGIES)
def test_a_query_frees_its_memory_at_once(cls, task):
    """Cycles would hold it until the garbage collector runs."""
    strategy, X_pool = _fitted(cls, task), testing.make_data(task)[2]
    gc.disable()
    gc.freeze()  # what there is already, which would take long to go through
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        strategy.query(X_pool, 3)
        gc.collect()
        kinds = [o if isinstance(o, FunctionType) else type(o) for o in gc.garbage]
        left = [k for k in kinds if str(k.__module__).startswith("skactive")]
    finally:
        gc.set_debug(0)
        gc.unfreeze()
        gc.enable()
        gc.garbage.clear()
    assert not left


@pytest.mark.parametrize("cls", testing.all_strategies())
def test_strategy_works_with_every_model(cls):
    for task in cls.tasks:
        X, y, X_pool = testing.make_data(task)
        for name, model in zoo.models(task).items():
            strategy = cls(model, random_state=0, **zoo.few(cls)).fit(X, y)
            batch = strategy.query(X_pool, 4)
            assert len(set(batch.tolist())) == 4, name


@pytest.mark.parametrize("check", SAMPLER_CHECKS, ids=lambda f: f.__name__)
@pytest.mark.parametrize(("model", "task"), MODELS)
def test_sampler(model, task, check):
    X, y, X_pool = testing.make_data(task)
    sampler = clone(as_sampler(model)).set_params(random_state=0)
    check(sampler.fit(X, y), X, y, X_pool)


@pytest.mark.parametrize("cls", testing.all_samplers())
def test_every_sampler_is_checked(cls):
    """If this fails for a new sampler, add a model to tests/zoo.py that uses it."""
    pytest.importorskip("gpytorch")
    models = [m for task in ("classification", "regression") for m in _finals(task)]
    assert any(cls.accepts(model) for model in models)


def _finals(task):
    models = zoo.models(task).values()
    return [as_sampler(model, needs=None).estimator for model in models]


# What check_estimator may find, by kind of strategy: a score depends on the whole pool,
# or on chance, and so neither on the subset nor on the order of the points alone.
POOL_RELATIVE = {
    "check_methods_subset_invariance": "scores are relative to the pool",
}
CHANCE = {
    "check_methods_sample_order_invariance": "chance goes by the place in the pool",
    "check_methods_subset_invariance": "chance goes by the place in the pool",
}
EXPECTED = {
    "HybridICAL": CHANCE,
    "ACSFW": POOL_RELATIVE,
    "BAIT": POOL_RELATIVE,
    "DEIMOS": POOL_RELATIVE,
    "MaxHerding": POOL_RELATIVE,
    "UncertaintyHerding": POOL_RELATIVE,
    "TypiClust": POOL_RELATIVE,
    "RandomSampling": CHANCE,
    "BALD": POOL_RELATIVE,  # in regression: noise="auto" is a share of the variance
    "PowerBALD": CHANCE,
    "ProbabilisticCoreSet": CHANCE,
    "EPIG": CHANCE,
    "ExpectedErrorReduction": POOL_RELATIVE,
    "CoreLog": CHANCE,
    "CoreMSE": CHANCE,
    "ICAL": CHANCE,
    "ICALPointwise": CHANCE,
}


@pytest.mark.parametrize(("cls", "task"), STRATEGIES)
def test_check_estimator(cls, task):
    forest = RandomForestRegressor if task == "regression" else RandomForestClassifier
    strategy = cls(forest(n_estimators=3, random_state=0), random_state=0)
    results = check_estimator(
        strategy,
        expected_failed_checks=EXPECTED.get(cls.__name__, {}),
        on_skip=None,
        on_fail=None,
    )
    failed = [r["check_name"] for r in results if r["status"] == "failed"]
    assert not failed
