"""BAIT against the trace of explicit Fisher matrices and dense inverses."""

import itertools
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix
from scipy.sparse import random as random_sparse
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skactive import BAIT, testing
from skactive.objectives._fisher_trace import MATRICES, label_roots
from skactive.selection import greedy
from skactive.strategies._bait import _pruned
from tests import zoo
from tests.objectives.test_fisher_trace import TASKS, Dense, fisher, in_memory, make


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
    with pytest.raises(ValueError, match=r"2.17e-05 GiB .* reduce to 1 features"):
        strategy.query(X_pool, 2)
    strategy.set_params(max_memory=2.18e-5)
    assert len(strategy.query(X_pool, 2)) == 2


def test_matrices_stay_within_what_is_promised():
    rng = np.random.default_rng(0)
    parts = label_roots(rng.dirichlet(np.ones(4), 60)), rng.normal(size=(60, 120))
    tracemalloc.start()
    f = in_memory(parts, parts, 1.0)
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


def test_a_wide_sparse_pool_is_refused_before_it_is_made_dense():
    X = random_sparse(1060, 20_000, density=1e-3, format="csr", random_state=0)
    strategy = BAIT(LogisticRegression()).fit(X[:60], np.arange(60) % 3)
    tracemalloc.start()
    with pytest.raises(ValueError, match="BAIT needs 241 GiB"):
        strategy.query(X[60:], 2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20  # dense, it would take 153 MiB


def test_sparse_features_are_those_of_the_dense():
    X, y, X_pool = testing.make_data("classification", n=20, n_pool=24)
    dense = BAIT(LogisticRegression()).fit(X, y).query(X_pool, 4)
    sparse = BAIT(LogisticRegression()).fit(csr_matrix(X), y)
    assert_array_equal(sparse.query(csr_matrix(X_pool), 4), dense)
