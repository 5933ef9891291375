import tracemalloc

import numpy as np
import pytest
from sklearn import config_context
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from skactive import BALD, DEIMOS, BatchBALD, CoreLog, HybridICAL
from skactive._utils.array import to_numpy
from skactive._utils.lazy import LazyArray, map_chunks, rows_at_once
from skactive.samplers import EnsembleSampler
from skactive.samplers._base import PosteriorSampler


@pytest.fixture
def table():
    return np.random.default_rng(0).normal(size=(11, 3, 2))


@pytest.fixture
def recalled(table, as_array):
    table = as_array(table)
    return LazyArray(lambda rows: table[rows], 11, table[:1], rows_at_once=4)


def test_rows_are_those_of_the_array(table, recalled, as_array):
    assert recalled.shape == (11, 3, 2)
    assert len(recalled) == 11
    assert recalled.dtype == as_array(table).dtype
    for rows in (slice(2, 9), np.array([5, 0, 5]), as_array(np.array([3, 1]))):
        expected = table[rows if isinstance(rows, slice) else to_numpy(rows)]
        np.testing.assert_array_equal(to_numpy(recalled[rows]), expected)
    for i in (0, 10, np.intp(3)):
        np.testing.assert_array_equal(to_numpy(recalled[i]), table[i])


def test_chunks_are_made_one_at_a_time(table):
    asked = []

    def make(rows):
        asked.append(table[rows])
        return asked[-1]

    recalled = LazyArray(make, 11, table[:1], rows_at_once=4)
    assert rows_at_once(recalled) == 4
    sums = map_chunks(lambda some: some.sum(axis=(1, 2)), recalled)
    np.testing.assert_array_equal(sums, table.sum(axis=(1, 2)))
    assert [len(part) for part in asked] == [4, 4, 3]
    some = map_chunks(lambda x: x[:, 0, 0], recalled, np.array([7, 1, 1, 0, 9]))
    np.testing.assert_array_equal(some, table[[7, 1, 1, 0, 9], 0, 0])
    assert [len(part) for part in asked[3:]] == [4, 1]


def fitted(cls, n=160, c=3, **parameters):
    if "regression" in cls.tasks[:1] or parameters.pop("regression", False):
        X, y = make_regression(n + 60, 6, random_state=0)
        model = RandomForestRegressor(10, max_depth=4, random_state=0)
    else:
        X, y = make_classification(
            n + 60, 6, n_informative=5, n_redundant=0, n_classes=c, random_state=0
        )
        model = RandomForestClassifier(10, min_samples_leaf=3, random_state=0)
    return cls(model, random_state=0, **parameters).fit(X[:60], y[:60]), X[60:]


@pytest.mark.parametrize(
    ("cls", "parameters"),
    [
        (BatchBALD, {"max_configurations": 20}),
        (HybridICAL, {"max_configurations": 20}),
        (DEIMOS, {}),
        (DEIMOS, {"n_reference": 30}),
        (DEIMOS, {"dtype": "float32"}),
        (DEIMOS, {"dtype": "float16"}),
        (DEIMOS, {"dtype": "float32", "regression": True}),
        (DEIMOS, {"regression": True}),
        (BALD, {"regression": True}),
        (CoreLog, {"n_reference": 20}),
    ],
)
def test_draws_made_again_give_the_same_batch(cls, parameters, monkeypatch):
    strategy, X_pool = fitted(cls, **parameters)
    made = []
    recall = PosteriorSampler.evaluate_lazily

    def watch(*args, **options):
        made.append(recall(*args, **options))
        return made[-1]

    monkeypatch.setattr(PosteriorSampler, "evaluate_lazily", watch)
    picks, gains = strategy.query(X_pool, 4, return_scores=True)
    candidates = np.arange(1, 160, 2)
    some = strategy.query(X_pool, 4, candidates=candidates)
    assert not any(isinstance(draws, LazyArray) for draws in made)
    with config_context(working_memory=0.002):
        again, same = strategy.query(X_pool, 4, return_scores=True)
        some_again = strategy.query(X_pool, 4, candidates=candidates)
    assert isinstance(made[-1], LazyArray)
    np.testing.assert_array_equal(again, picks)
    np.testing.assert_allclose(same, gains, rtol=1e-7)
    np.testing.assert_array_equal(some_again, some)


@pytest.mark.parametrize("cls", [BatchBALD, DEIMOS])
def test_draws_beyond_the_working_memory_are_not_held(cls):
    strategy, X_pool = fitted(cls, n=8000, c=6)
    draws = 8000 * 10 * 6 * 8

    def peak(working_memory):
        with config_context(working_memory=working_memory):
            tracemalloc.start()
            strategy.query(X_pool, 1)
            highest = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return highest

    assert peak(1024) > draws
    assert peak(0.2) < draws / 3


def test_what_fits_is_held_whatever_its_precision():
    X, y = make_classification(200, random_state=0)
    sampler = EnsembleSampler(RandomForestClassifier(10, random_state=0)).fit(X, y)
    functions = sampler.functions(np.random.default_rng(0))
    whole = sampler.evaluate(functions, X)
    with config_context(working_memory=1.5 * 4 * whole.size / 2**20):
        assert isinstance(sampler.evaluate_lazily(functions, X), LazyArray)
        half = sampler.evaluate_lazily(
            functions, X, then=lambda p: p.astype(np.float32)
        )
    assert isinstance(half, np.ndarray)
    np.testing.assert_array_equal(half, whole.astype(np.float32))


def test_a_bad_row_is_named_by_its_place_in_the_pool():
    X, y = make_classification(200, random_state=0)
    sampler = EnsembleSampler(RandomForestClassifier(10, random_state=0)).fit(X, y)

    def functions(X):
        return np.where(X[:, :1, None] == 7, np.nan, np.full((1, 10, 2), 0.5))

    X[150, 0] = 7
    with config_context(working_memory=0.002):
        recalled = sampler.evaluate_lazily(functions, X)
        with pytest.raises(ValueError, match="at row 150 "):
            map_chunks(lambda p: p[:, 0, 0], recalled)
