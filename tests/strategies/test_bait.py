"""BAIT against the trace of explicit Fisher matrices and dense inverses."""

import itertools
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skactive import BAIT, testing
from skactive._utils.array import to_numpy
from skactive.information import mean_of_draws
from skactive.selection import greedy
from skactive.strategies._bait import MATRICES, FisherTrace, _label_roots, _pruned
from tests import zoo
from tests.draws import GivenDraws


def fisher(m_c, phi_d):
    """Expected square of the gradient in the weights (c, d), over the labels y."""
    total = 0.0
    for y, m_y in enumerate(m_c):
        gradient = np.outer((np.arange(len(m_c)) == y) - m_c, phi_d).ravel()
        total = total + m_y * np.outer(gradient, gradient)
    return total


class Dense:
    """The objective from its definition: matrices, inverses, traces."""

    def __init__(self, of_pool, of_labelled, ridge):
        self.of_pool = of_pool
        self.target = np.concatenate([of_pool, of_labelled]).mean(axis=0)
        self.before = ridge * np.eye(len(self.target)) + of_labelled.mean(axis=0)

    def trace(self, batch):
        m = self.before + sum(self.of_pool[x] for x in batch)
        return np.trace(np.linalg.inv(m) @ self.target)

    def forward(self, n, rows):
        batch = []
        for _ in range(n):
            left = [x for x in rows if x not in batch]
            batch.append(_first_least(left, lambda x: self.trace([*batch, x])))
        return batch

    def backward(self, batch, n):
        batch = list(batch)
        while len(batch) > n:
            # of equal costs, the latest pick goes
            batch.remove(_first_least(batch[::-1], self.trace_without(batch)))
        return batch

    def trace_without(self, batch):
        return lambda x: self.trace([j for j in batch if j != x])


def _first_least(points, value):
    values = np.array([value(x) for x in points])
    return points[int(np.argmax(values <= values.min() * (1 + 1e-12)))]


def make(task, as_array=lambda a: a, n=14, seed=0, ridge=0.5):
    """A small pool: the objective, and the same from the definition."""
    rng = np.random.default_rng(seed)
    phi_nd = rng.normal(size=(n + 5, 3))
    if task == "regression":
        r_ncr = np.full((n + 5, 1, 1), 0.25**-0.5)
        information = np.array([np.outer(phi, phi) / 0.25 for phi in phi_nd])
    else:
        m_nc = rng.dirichlet(np.ones(4), n + 5)
        r_ncr = _label_roots(m_nc)
        information = np.array(
            [fisher(*both) for both in zip(m_nc, phi_nd, strict=True)]
        )
    r_ncr, phi_nd = as_array(r_ncr), as_array(phi_nd)
    f = FisherTrace.before_batch(
        (r_ncr[:n], phi_nd[:n]), (r_ncr[n:], phi_nd[n:]), ridge
    )
    return f, Dense(information[:n], information[n:], ridge)


TASKS = pytest.mark.parametrize("task", ["classification", "regression"])


@TASKS
def test_gains_are_falls_of_the_trace(as_array, task):
    f, dense = make(task, as_array)
    state, batch = f.start(), []
    for i in (3, 8, 0):
        before = dense.trace(batch)
        literal = [before - dense.trace([*batch, x]) for x in range(14)]
        gains = to_numpy(f.gains(state)).copy()
        assert_allclose(gains, literal, rtol=1e-9)
        rows = as_array(np.array([6, 2]))
        assert_allclose(to_numpy(f.gains(state, rows)), gains[[6, 2]])
        new = f.add(state, i)
        assert_array_equal(to_numpy(f.gains(state)), gains)
        state, batch = new, [*batch, i]


@TASKS
def test_costs_are_rises_of_the_trace(as_array, task):
    f, dense = make(task, as_array)
    batch = [9, 3, 11, 5]
    g = f.take(np.array(batch))
    state = g.start()
    for place in range(4):
        state = g.add(state, place)
    for dropped in (2, 0):  # the pick in that place is dropped for good
        here = [x for x in batch if x is not None]
        places = [p for p, x in enumerate(batch) if x is not None]
        costs = to_numpy(g.costs(state, as_array(np.array(places))))
        literal = [
            dense.trace([j for j in here if j != x]) - dense.trace(here) for x in here
        ]
        assert_allclose(costs, literal, rtol=1e-8)
        state, batch[dropped] = g.drop(state, dropped), None
    here = [x for x in batch if x is not None]
    assert_allclose(
        to_numpy(f.gains(f.start()))[here],
        [dense.trace([]) - dense.trace([x]) for x in here],
    )


@TASKS
@pytest.mark.parametrize("seed", range(3))
def test_pruning_drops_the_cheapest(as_array, task, seed):
    f, dense = make(task, as_array, seed=seed)
    batch = dense.forward(8, range(14))
    kept = _pruned(f.take(np.array(batch)), 4)
    assert_array_equal(np.array(batch)[kept], dense.backward(batch, 4))


def fitted(task, **params):
    X, y, X_pool = testing.make_data(task, n=20, n_pool=24)
    model = Ridge() if task == "regression" else LogisticRegression()
    strategy = BAIT(make_pipeline(StandardScaler(), model), **params).fit(X, y)
    phi_nd = strategy.estimator_[0].transform(np.concatenate([X_pool, X])).astype(float)
    if task == "regression":
        information = np.array([np.outer(p, p) / params["noise"] for p in phi_nd])
    else:
        m_nc = strategy.predict_proba(np.concatenate([X_pool, X]))
        information = np.array(
            [fisher(*both) for both in zip(m_nc, phi_nd, strict=True)]
        )
    return strategy, X_pool, Dense(information[:24], information[24:], params["ridge"])


@TASKS
@pytest.mark.parametrize("candidates", [None, np.arange(1, 24, 2)])
@pytest.mark.parametrize("n", [1, 4, 9])
def test_batches_are_those_of_the_definition(task, candidates, n):
    strategy, X_pool, dense = fitted(task, ridge=0.3, noise=0.5)
    rows = np.arange(24) if candidates is None else candidates
    forward = dense.forward(min(2 * n, len(rows)), rows.tolist())
    expected = dense.backward(forward, n)
    batch, scores = strategy.query(X_pool, n, candidates=candidates, return_scores=True)
    assert_array_equal(batch, expected)
    traces = [dense.trace(expected[:stop]) for stop in range(n + 1)]
    assert_allclose(scores, -np.diff(traces), rtol=1e-4)


def test_dropping_improves_on_greedy_somewhere():
    better = 0
    for seed in range(20):
        _, dense = make("classification", seed=seed, n=10, ridge=0.01)
        forward = dense.forward(4, range(10))
        pruned = dense.backward(forward, 2)
        optimum = min(map(dense.trace, itertools.combinations(range(10), 2)))
        assert optimum <= dense.trace(pruned) * (1 + 1e-12)
        better += dense.trace(pruned) < dense.trace(forward[:2]) * (1 - 1e-9)
    assert better > 0


def test_long_batches_keep_their_digits():
    f, dense = make("classification", n=60, ridge=1e-3)
    state = f.start()
    for i in range(50):
        state = f.add(state, i)
    for i in range(40):
        state = f.drop(state, i)
    batch = list(range(40, 50))
    literal = [dense.trace(batch) - dense.trace([*batch, x]) for x in range(50, 60)]
    assert_allclose(f.gains(state)[50:], literal, rtol=1e-6)


def test_copies_are_worth_the_same_and_add_to_each_other(as_array):
    f, dense = make("classification", as_array, n=10)
    g = f.take(np.tile(np.arange(10), 3))
    state, batch = g.start(), []
    for i in (2, 12):
        gains = to_numpy(g.gains(state)).reshape(3, 10)
        before = dense.trace(batch)
        literal = [before - dense.trace([*batch, x]) for x in range(10)]
        assert_allclose(gains, [literal] * 3, rtol=1e-9)
        state, batch = g.add(state, i), [*batch, 2]


def test_without_labelled_points_there_is_the_ridge():
    X, y, X_pool = testing.make_data("regression", n=20, n_pool=24)
    frozen = FrozenEstimator(Ridge().fit(X, y))
    strategy = BAIT(frozen, ridge=0.3).fit(X[:0], y[:0])
    information = np.array([np.outer(x, x) for x in X_pool.astype(float)])
    before, target = 0.3 * np.eye(6), information.mean(axis=0)
    literal = [
        np.trace(np.linalg.inv(before) @ target)
        - np.trace(np.linalg.inv(before + one) @ target)
        for one in information
    ]
    assert_allclose(strategy.score_samples(X_pool), literal, rtol=1e-5)


@pytest.mark.parametrize("device", ["numpy", "cpu"])
def test_a_net_gives_one_batch_on_every_backend(device):
    pytest.importorskip("torch")
    from skactive.samplers import DropoutSampler

    X, y, X_pool = testing.make_data("classification")
    net = zoo.nets("classification")["net"]
    here, there = (
        BAIT(DropoutSampler(net, n_draws=5, device=where), random_state=0)
        for where in (None, device)
    )
    batch = here.fit(X, y).query(X_pool, 5)
    assert_array_equal(there.fit(X, y).query(X_pool, 5), batch)


def test_too_wide_a_layer_is_refused_with_a_remedy():
    strategy, X_pool, _ = fitted("classification", ridge=1.0, max_memory=1e-6)
    # 9 matrices of 18 x 18 numbers of 8 bytes
    with pytest.raises(ValueError, match=r"2.17e-05 GiB .* leaves 1 features"):
        strategy.query(X_pool, 2)
    strategy.set_params(max_memory=2.18e-5)
    assert len(strategy.query(X_pool, 2)) == 2


def test_matrices_stay_within_what_is_promised():
    rng = np.random.default_rng(0)
    parts = _label_roots(rng.dirichlet(np.ones(4), 60)), rng.normal(size=(60, 120))
    tracemalloc.start()
    f = FisherTrace.before_batch(parts, parts, 1.0)
    picks, _ = greedy(f, 6)
    _pruned(f.take(picks), 3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < (MATRICES + 1) * 8 * 480**2  # the one is for what grows with n


def test_features_that_were_dropped_may_carry_what_the_ridge_does():
    """V'AV of a point that is out is exactly 1 here: I - V'AV has no inverse."""
    X = np.eye(6)
    frozen = FrozenEstimator(Ridge().fit(X, np.arange(6.0)))
    strategy = BAIT(frozen, ridge=1).fit(X[:0], np.arange(0))
    with pytest.warns(UserWarning, match="same gain"):
        assert_array_equal(strategy.query(X, 2), [0, 1])


@pytest.mark.parametrize("name", ["ridge", "noise", "max_memory"])
def test_parameters_are_checked(name):
    with pytest.raises(ValueError, match=name):
        BAIT(Ridge(), **{name: 0}).fit([[0.0], [1.0]], [0, 1])


def test_kernels_run_on_the_meta_device():
    torch = pytest.importorskip("torch")
    parts = torch.zeros((9, 3, 3), device="meta"), torch.zeros((9, 4), device="meta")
    f = FisherTrace.before_batch(parts, parts, 1.0)
    assert f.gains(f.add(f.start(), 0)).device.type == "meta"
    assert f.costs(f.drop(f.start(), 0), slice(None)).device.type == "meta"


def test_means_of_draws_are_rounded_alike_by_every_library(as_array):
    """Mirror images are then tied, or not, on all of them."""
    rng = np.random.default_rng(0)
    p_nkc = rng.dirichlet(np.ones(2), size=(500, 6)).astype(np.float32)
    strategy = BAIT(GivenDraws(as_array(p_nkc)), random_state=0)
    sampler = strategy.fit(np.zeros((1, 1)), np.zeros(1)).sampler_
    functions = sampler.functions(np.random.default_rng(0))
    X = np.arange(500.0)[:, None]
    means = to_numpy(sampler.evaluate(functions, X, mean_of_draws))
    expected = p_nkc.astype(np.float64).mean(axis=1)
    np.testing.assert_allclose(means, expected, rtol=1e-15)
