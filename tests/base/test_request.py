"""Pending points and costs: what all strategies share, and what bad requests get."""

import math

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skactive import Margin, QueryStrategy, RandomSampling, testing
from skactive.pipeline import make_pipeline
from skactive.selection import Scores, SetFunction, lazy_greedy
from skactive.testing._query import with_sampler
from tests import zoo

STRATEGIES = [
    pytest.param(cls, task, id=f"{cls.__name__}-{task}")
    for cls in testing.all_strategies()
    for task in cls.tasks
]
on_strategies = pytest.mark.parametrize(("cls", "task"), STRATEGIES)


def fitted(cls, task):
    X, y, X_pool = testing.make_data(task)
    return cls(zoo.small(cls, task), random_state=0).fit(X, y), X_pool


@on_strategies
def test_pending_points_are_never_picked(cls, task):
    strategy, X_pool = fitted(cls, task)
    plain = strategy.query(X_pool, 5)
    pending = [*plain[:2], 3, 7]
    pending = list(dict.fromkeys(int(i) for i in pending))
    for n in (1, 5, len(X_pool) - len(pending)):
        batch, scores = strategy.query(X_pool, n, pending=pending, return_scores=True)
        assert len(set(batch.tolist())) == n == len(scores)
        assert not np.isin(batch, pending).any()
        assert not np.isnan(scores).any()


@on_strategies
def test_nothing_pending_is_a_plain_query(cls, task):
    strategy, X_pool = fitted(cls, task)
    plain = strategy.query(X_pool, 5)
    for none in ([], np.zeros(len(X_pool), dtype=bool)):
        assert_array_equal(strategy.query(X_pool, 5, pending=none), plain)


class Cover(SetFunction):
    """Distance to the nearest pick, on a line."""

    diminishing = True

    def __init__(self, x_n):
        self.x_n = x_n

    def start(self):
        return abs(self.x_n)

    def gains(self, state, rows=None):
        return state if rows is None else state[rows]

    def add(self, state, i):
        return np.minimum(state, abs(self.x_n - self.x_n[i]))


class OnALine(QueryStrategy):
    needs = None

    def _objective(self, X_pool, rng):
        return Cover(X_pool[:, 0])


class Old(OnALine):
    """A search of its own that knows of no terms."""

    def _search(self, f, n, rng):
        return lazy_greedy(f, n)


class New(OnALine):
    def _search(self, f, n, rng, terms):
        return lazy_greedy(f, n, **terms.options)


LINE = np.array([[0.0], [1.0], [5.0], [6.0], [9.0], [10.0]])


@pytest.mark.parametrize("cls", [OnALine, New])
def test_a_set_function_of_a_strangers_knows_of_pending_points(cls):
    strategy = cls().fit(LINE[:1], [0])
    assert_array_equal(strategy.query(LINE, 2), [5, 2])
    batch, scores = strategy.query(LINE, 2, pending=[5], return_scores=True)
    assert_array_equal(batch, [2, 1])
    assert_array_equal(scores, [5, 1])
    batch = strategy.query(LINE, 1, candidates=[3, 4, 5], pending=[5])
    assert_array_equal(batch, [3])
    batch = strategy.query(LINE, None, cost=LINE[:, 0] + 1, budget=8)
    assert_array_equal(batch, [3, 0])  # the rest of the budget buys no other


def test_a_search_that_knows_no_terms_says_so():
    strategy = Old().fit(LINE[:1], [0])
    assert_array_equal(strategy.query(LINE, 2), [5, 2])
    assert_array_equal(strategy.query(LINE, 1, candidates=[2, 3]), [3])
    with pytest.raises(TypeError, match=r"Old\._search.*`terms`"):
        strategy.query(LINE, 2, pending=[5])
    with pytest.raises(TypeError, match=r"Old\._search.*`terms`"):
        strategy.query(LINE, 2, cost=np.arange(1, 7), budget=5)
    # of equal costs there is nothing to weigh
    assert_array_equal(strategy.query(LINE, None, cost=np.ones(6), budget=2), [5, 2])


class Ordered(QueryStrategy):
    needs = None

    def _objective(self, X_pool, rng):
        return Scores(np.array([2.0, 10.0]))


def test_the_oracle_of_two_points():
    """By gain per cost alone the first would be taken, worth 2."""
    strategy = Ordered().fit(LINE[:1], [0])
    batch = strategy.query(LINE[:2], None, cost=[1, 10], budget=10)
    assert_array_equal(batch, [1])


def test_pending_is_a_mask_or_indices_and_the_order_is_kept():
    strategy = OnALine().fit(LINE[:1], [0])
    mask = np.isin(np.arange(6), [2, 5])
    for pending in ([2, 5], [5, 2], mask, np.array([5, 2], dtype=np.uint8)):
        assert_array_equal(strategy.query(LINE, 1, pending=pending), [1])


BAD = {
    "out of range": ({"pending": [6]}, ValueError, r"pending .* but range from 6 to 6"),
    "negative": ({"pending": [-1]}, ValueError, r"pending .* but range from -1"),
    "repeated": (
        {"pending": [1, 1]},
        ValueError,
        r"pending must not repeat a point, but index 1",
    ),
    "mask": (
        {"pending": np.ones(3, dtype=bool)},
        ValueError,
        r"pending is a mask of length 3, but the pool has 6 points",
    ),
    "two axes": ({"pending": [[1]]}, ValueError, r"1-D, but has shape \(1, 1\)"),
    "a set": ({"pending": {1}}, ValueError, r"pending must be 1-D, but is a set"),
    "floats": ({"pending": [0.5]}, TypeError, r"pending must be a boolean mask"),
    "too many": (
        {"n": 3, "candidates": [0, 1, 2, 3], "pending": [5, 2, 1]},
        ValueError,
        r"n=3 is larger .* left to select, 2: 4 of the 6 points .* are candidates, "
        r"and 2 of these are pending",
    ),
    "all pending": (
        {"n": None, "pending": range(6), "cost": np.ones(6), "budget": 2},
        ValueError,
        "all candidates are pending",
    ),
    "cost alone": ({"cost": np.ones(6)}, ValueError, "without budget"),
    "budget alone": ({"budget": 3}, ValueError, "without cost"),
    "no limit": ({"n": None}, TypeError, "n must be an integer, not None"),
    "length": ({"cost": [1], "budget": 3}, ValueError, r"shape \(6,\).* shape \(1,\)"),
    "zero": (
        {"cost": [1, 1, 0, 1, 1, 1], "budget": 3},
        ValueError,
        r"cost\[2\] is 0\.0",
    ),
    "NaN": ({"cost": [np.nan] * 6, "budget": 3}, ValueError, r"cost\[0\] is nan"),
    "words": ({"cost": ["a"] * 6, "budget": 3}, TypeError, "cost must be numeric"),
    "no number": ({"cost": np.ones(6), "budget": "3"}, TypeError, "budget must be"),
    "too little": (
        {"cost": np.arange(2, 8), "budget": 1.5},
        ValueError,
        r"budget=1\.5 is below the cost of the cheapest candidate, 2\.0",
    ),
    "too little for candidates": (
        {"cost": np.arange(2, 8), "budget": 3, "candidates": [0, 5], "pending": [0]},
        ValueError,
        r"below the cost of the cheapest candidate, 7\.0",
    ),
    "NaN as budget": (
        {"cost": np.ones(6), "budget": np.nan},
        ValueError,
        "budget=nan is below",
    ),
}


@pytest.mark.parametrize(("given", "error", "message"), BAD.values(), ids=list(BAD))
def test_bad_requests(given, error, message):
    strategy = OnALine().fit(LINE[:1], [0])
    with pytest.raises(error, match=message):
        strategy.query(LINE, **given)


def test_a_pipeline_passes_them_on():
    pipeline = make_pipeline(StandardScaler(), RandomSampling(random_state=0))
    pipeline.fit(LINE, [0, 1] * 3)
    batch = pipeline.query(LINE, 3, pending=[0, 2, 4])
    assert sorted(batch.tolist()) == [1, 3, 5]
    cost = np.array([9.0, 1, 1, 9, 1, 9])
    batch = pipeline.query(LINE, None, cost=cost, budget=3)
    assert math.fsum(cost[batch]) == 3


def test_decisions_without_probabilities_have_a_worth():
    X, y, X_pool = testing.make_data("classification")
    strategy = Margin(LinearSVC(random_state=0)).fit(50 * X, y)
    cost = np.random.default_rng(0).uniform(1, 3, len(X_pool))
    assert strategy.score_samples(50 * X_pool).min() < -1
    batch = strategy.query(50 * X_pool, None, cost=cost, budget=9)
    assert math.fsum(cost[batch]) <= 9 * (1 + 1e-9)


DISTRIBUTED = [
    pytest.param(cls, id=cls.__name__)
    for cls in testing.all_strategies()
    if cls.distributed and "classification" in cls.tasks
]


@pytest.mark.parametrize("cls", DISTRIBUTED)
def test_a_dask_pool_gives_the_batch_of_memory(cls):
    da = pytest.importorskip("dask.array")
    strategy, X_pool = fitted(cls, "classification")
    blocks = da.from_array(X_pool, chunks=(23, X_pool.shape[1]))
    rng = np.random.default_rng(0)
    pending = [40, 3]
    costs = {"cost": rng.uniform(0.5, 3, len(X_pool)), "budget": 6}
    for given in ({"pending": pending}, {"pending": pending, **costs}):
        n = 4 if len(given) == 1 else None
        batch, scores = strategy.query(X_pool, n, return_scores=True, **given)
        same, others = strategy.query(blocks, n, return_scores=True, **given)
        assert_array_equal(batch, same)
        np.testing.assert_allclose(scores, others, rtol=1e-6)


@on_strategies
def test_the_array_library_decides_nothing(cls, task):
    pytest.importorskip("torch")
    strategy, X_pool = fitted(cls, task)
    if strategy.sampler_ is None:
        pytest.skip("it has no draws")
    cost = np.random.default_rng(0).uniform(0.5, 3, len(X_pool))
    batches = []
    for device in ("numpy", "cpu"):
        moved = with_sampler(strategy, device=device)
        plain = moved.query(X_pool, 4, pending=[40, 3])
        batches.append(
            [*plain, *moved.query(X_pool, None, cost=cost, budget=6, pending=[7])]
        )
    assert_array_equal(*batches)
