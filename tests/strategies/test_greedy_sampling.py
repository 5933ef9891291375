import math
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn.datasets import make_regression
from sklearn.dummy import DummyRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

from skactive import CoreSet, GreedySampling
from tests.draws import Table

X, Y = make_regression(150, 5, n_informative=4, noise=20.0, random_state=0)
Y_2 = np.column_stack([Y, X[:, 0] ** 2])
L, POOL = slice(0, 25), slice(25, None)
ON = ("both", "x", "y")


def literal(on, pool, predicted, labelled, values, b):
    """Wu et al. 2019, eq. 1 to 8, point by point; predictions stand for labels."""
    known = [(x, y) for x, y in zip(labelled, values, strict=True)]
    left, picks, gains = list(range(len(pool))), [], []

    def worth(i):
        return min(
            (math.dist(pool[i], x) if on != "y" else 1.0)
            * (math.dist(predicted[i], y) if on != "x" else 1.0)
            for x, y in known
        )

    for _ in range(b):
        # of those tied up to rounding the first: neighbours are averaged in any order
        best = max(left, key=lambda i: float(f"{worth(i):.10g}"))
        picks.append(best)
        gains.append(worth(best))
        left.remove(best)
        known.append((pool[best], predicted[best]))
    return picks, gains


def check(strategy, pool, predicted, labelled, values, X_pool, b=15):
    picks, gains = strategy.query(X_pool, b, return_scores=True)
    arrays = (np.asarray(a).tolist() for a in (pool, predicted, labelled, values))
    expected, distances = literal(strategy.on, *arrays, b)
    assert picks.tolist() == expected
    assert_allclose(gains, distances, rtol=1e-9)


@pytest.mark.parametrize("on", ON)
@pytest.mark.parametrize("y", [Y, Y_2], ids=["one target", "two"])
def test_batches_are_those_of_the_literal_loop(on, y):
    model = KNeighborsRegressor(4)
    strategy = GreedySampling(model, on=on).fit(X[L], y[L])
    columns = y.reshape(len(y), -1)
    predicted = model.fit(X[L], columns[L]).predict(X[POOL])
    check(strategy, X[POOL], predicted, X[L], columns[L], X[POOL])


@pytest.mark.parametrize("on", ON)
@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_on_given_draws_and_features(on, library, dtype):
    if library == "torch":
        pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    draws, features = (
        rng.normal(size=shape).astype(dtype) for shape in ((60, 3, 2), (60, 4))
    )
    table = Table("regression", draws, features, None, library)
    rows, values = np.arange(60)[:, None], rng.normal(size=(10, 2))
    strategy = GreedySampling(table, on=on).fit(rows[:10], values)
    mean = draws.astype(float).mean(axis=1).astype(dtype).astype(float)
    wide = features.astype(float)
    check(strategy, wide[10:], mean[10:], wide[:10], values, rows[10:])


@pytest.mark.parametrize("on", ON)
def test_features_in_one_library_and_draws_in_another(on):
    torch = pytest.importorskip("torch")

    class Mixed(Table):
        def embed(self, X):
            return torch.as_tensor(self.features_nd[X[:, 0]])

    rng = np.random.default_rng(0)
    draws, features = rng.normal(size=(30, 2, 1)), rng.normal(size=(30, 4))
    rows, values = np.arange(30)[:, None], rng.normal(size=10)
    batches = [
        GreedySampling(cls("regression", draws, features, None, library), on=on)
        .fit(rows[:10], values)
        .query(rows[10:], 8)
        for cls, library in ((Table, "numpy"), (Mixed, "numpy"), (Mixed, "torch"))
    ]
    assert_array_equal(batches[0], batches[1])
    assert_array_equal(batches[0], batches[2])


def test_of_features_alone_it_is_core_set():
    model = make_pipeline(StandardScaler(), LinearRegression())
    for metric in ("euclidean", "cosine", math.dist):
        batches = [
            strategy.fit(X[L], Y[L]).query(X[POOL], 20, return_scores=True)
            for strategy in (
                GreedySampling(model, on="x", metric=metric),
                CoreSet(model, metric=metric),
            )
        ]
        assert_array_equal(batches[0][0], batches[1][0])
        assert_allclose(batches[0][1], batches[1][1], rtol=1e-9)


def test_a_function_as_metric_and_sparse_features_change_nothing():
    model = LinearRegression()
    expected = GreedySampling(model).fit(X[L], Y[L]).query(X[POOL], 20)
    by_hand = GreedySampling(model, metric=math.dist).fit(X[L], Y[L])
    assert_array_equal(by_hand.query(X[POOL], 20), expected)
    sparse = GreedySampling(model).fit(csr_array(X[L]), Y[L])
    assert_array_equal(sparse.query(csr_array(X[POOL]), 20), expected)


@pytest.mark.parametrize("on", ["both", "y"])
def test_blocks_of_labelled_points_make_no_difference(on, monkeypatch):
    strategy = GreedySampling(LinearRegression(), on=on).fit(X[L], Y[L])
    whole = strategy.query(X[POOL], 10, return_scores=True)
    monkeypatch.setattr("skactive.strategies._greedy_sampling.AT_ONCE", 4)
    blocks = strategy.query(X[POOL], 10, return_scores=True)
    assert_array_equal(whole[0], blocks[0])
    assert_allclose(whole[1], blocks[1], rtol=1e-12)


@pytest.mark.parametrize("on", ON)
def test_pending_points_count_with_their_predictions(on):
    model = LinearRegression()
    strategy = GreedySampling(model, on=on).fit(X[L], Y[L])
    first = strategy.query(X[POOL], 3)
    rest = strategy.query(X[POOL], 4, pending=first)
    assert_array_equal(np.r_[first, rest], strategy.query(X[POOL], 7))


def test_the_cost_of_labels_is_weighed():
    strategy = GreedySampling(LinearRegression()).fit(X[L], Y[L])
    best = strategy.query(X[POOL])
    cost = np.ones(125)
    cost[best] = 100.0
    batch = strategy.query(X[POOL], None, cost=cost, budget=5.0)
    assert len(batch) == 5
    assert best not in batch


@pytest.mark.parametrize("on", ON)
def test_copies_of_labelled_points_come_last_and_with_a_warning(on):
    tree = DecisionTreeRegressor(random_state=0)  # learns its labels by heart
    strategy = GreedySampling(tree, on=on).fit(X[L], Y[L])
    with pytest.warns(UserWarning, match=r"from pick 1 .*predicted value"):
        picks, gains = strategy.query(X[L], 3, return_scores=True)
    assert picks.tolist() == [0, 1, 2]
    assert_array_equal(gains, 0)
    if on != "y":
        strategy = GreedySampling(LinearRegression(), on=on).fit(X[L], Y[L])
        pool = np.concatenate([X[L], X[POOL][:4]])
        assert set(strategy.query(pool, 4)) == {25, 26, 27, 28}


def test_predictions_that_differ_by_rounding_are_equal():
    rng = np.random.default_rng(0)
    draws = 1e6 + 1e-8 * rng.integers(2, size=(30, 1, 1))  # the last digit or two
    table = Table("regression", draws, rng.normal(size=(30, 2)), None)
    rows, values = np.arange(30)[:, None], np.full(10, 1e6)
    for on in ("y", "both"):
        strategy = GreedySampling(table, on=on).fit(rows[:10], values)
        with pytest.warns(UserWarning, match="all candidates have the same gain"):
            assert_array_equal(strategy.query(rows[10:], 3), [0, 1, 2])


@pytest.mark.parametrize("on", ON)
def test_nothing_labelled(on):
    model = FrozenEstimator(LinearRegression().fit(X, Y))
    strategy = GreedySampling(model, on=on).fit(X[:0], None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picks, gains = strategy.query(X[POOL], 5, return_scores=True)
    assert picks[0] == 0
    assert gains[0] == np.inf
    assert np.all(np.isfinite(gains[1:]))


def test_values_are_copied():
    y = Y[L].copy()
    strategy = GreedySampling(LinearRegression()).fit(X[L], y)
    before = strategy.query(X[POOL], 5)
    y[:] = 0
    assert_array_equal(strategy.query(X[POOL], 5), before)


def test_values_are_needed():
    torch = pytest.importorskip("torch")
    data = torch.utils.data.TensorDataset(torch.zeros(3, 2), torch.zeros(3))
    with pytest.raises(ValueError, match=r"requires y .* of the 3 labelled points"):
        GreedySampling(DummyRegressor()).fit(data)


def test_a_dask_array_is_queried_where_it_lies():
    da = pytest.importorskip("dask.array")
    for on in ON:
        strategy = GreedySampling(LinearRegression(), on=on).fit(X[L], Y[L])
        pool = da.from_array(X[POOL], chunks=(40, 5))
        here = strategy.query(X[POOL], 8, return_scores=True)
        there = strategy.query(pool, 8, return_scores=True)
        assert_array_equal(here[0], there[0])
        assert_allclose(here[1], there[1], rtol=1e-9)
    with pytest.raises(TypeError, match="in memory"):
        GreedySampling(LinearRegression(), metric=math.dist).fit(X[L], Y[L]).query(pool)
