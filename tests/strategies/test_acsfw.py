"""ACS-FW against a direct Frank-Wolfe in float64, step by step."""

import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import softmax

from skactive import ACSFW, testing
from skactive._utils.array import to_numpy
from skactive.selection import Restricted
from skactive.strategies import _acsfw
from skactive.strategies._acsfw import (
    LikelihoodFit,
    _frank_wolfe,
    _Pool,
    expected_log_likelihood,
)
from tests import zoo
from tests.draws import GivenDraws, pool_of
from tests.draws import fitted as given


def draws(n=40, k=15, c=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(c), (n, k))


def literal_likelihood(p_nkc):
    """Minus the divergence of each smoothed draw from their mean, over sqrt(k)."""
    n, k, c = p_nkc.shape
    smooth = 0.999 * p_nkc.astype(float) + 0.001 / c
    l_nk = np.zeros((n, k))
    for i in range(n):
        mean = smooth[i].mean(axis=0)
        for j in range(k):
            l_nk[i, j] = -(mean * np.log(mean / smooth[i, j])).sum() / np.sqrt(k)
    return l_nk


def literal_frank_wolfe(l_nk, steps, candidates=None):
    """Weights over the whole pool; the step by a search along the line."""
    candidates = np.arange(len(l_nk)) if candidates is None else candidates
    sigma_n = np.linalg.norm(l_nk, axis=1)
    sigma, total, w_n = sigma_n.sum(), l_nk.sum(axis=0), np.zeros(len(l_nk))
    order, residuals = [], [np.linalg.norm(total)]
    for _ in range(steps):
        residual = total - w_n @ l_nk
        f = candidates[np.argmax(l_nk[candidates] @ residual / sigma_n[candidates])]
        corner = np.zeros(len(l_nk))
        corner[f] = sigma / sigma_n[f]
        direction = (corner - w_n) @ l_nk
        step = np.clip(direction @ residual / (direction @ direction), 0, 1)
        for other in np.linspace(0, 1, 11):  # no point of the line is nearer
            at = total - ((1 - other) * w_n + other * corner) @ l_nk
            best = total - ((1 - step) * w_n + step * corner) @ l_nk
            assert best @ best <= at @ at * (1 + 1e-9)
        w_n = (1 - step) * w_n + step * corner
        order.append(int(f))
        residuals.append(np.linalg.norm(total - w_n @ l_nk))
    return w_n, [f for f in dict.fromkeys(order) if w_n[f] > 0], residuals


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_likelihoods_are_divergences(as_array, dtype):
    p_nkc = draws().astype(dtype)
    p_nkc[0] = [1, 0, 0]  # agreement on an impossible class
    p_nkc[1, ::2] = [0, 1, 0]
    l_nk = to_numpy(expected_log_likelihood(as_array(p_nkc)))
    assert l_nk.dtype == np.float64
    assert_allclose(l_nk, literal_likelihood(p_nkc), rtol=1e-9, atol=1e-6)
    assert_array_equal(l_nk[0], 0)


@pytest.mark.parametrize("seed", range(3))
def test_picks_and_weights_are_those_of_the_direct_form(as_array, seed):
    l_nk = literal_likelihood(draws(seed=seed))
    f = LikelihoodFit(as_array(l_nk))
    for steps in (1, 2, 10, 30):
        _, order, _ = literal_frank_wolfe(l_nk, steps)
        assert _frank_wolfe(f, steps) == order


def test_residual_never_grows(as_array):
    l_nk = literal_likelihood(draws(seed=4))
    f = LikelihoodFit(as_array(l_nk))
    w_n, _, literal = literal_frank_wolfe(l_nk, 30)
    state, residuals = f.start(), [f.residual(f.start())]
    for _ in range(30):
        before = to_numpy(state.fit_k).copy()
        new = f.add(state, int(to_numpy(f.gains(state)).argmax()))
        assert_array_equal(to_numpy(state.fit_k), before)
        state = new
        residuals.append(f.residual(state))
        fitted = sum(w * l_nk[i] for i, w in state.weights.items())
        assert_allclose(to_numpy(state.fit_k), fitted, rtol=1e-9)
    assert_allclose(residuals, literal, rtol=1e-8)
    assert_allclose([state.weights.get(i, 0) for i in range(40)], w_n, rtol=1e-6)
    assert (np.diff(residuals) <= 1e-12 * residuals[0]).all()
    assert residuals[-1] < 0.1 * residuals[0]


def test_candidates_are_corners_and_the_whole_pool_is_the_target():
    l_nk = literal_likelihood(draws())
    candidates = np.arange(3, 40, 4)
    _, order, _ = literal_frank_wolfe(l_nk, 8, candidates)
    found = _frank_wolfe(Restricted(LikelihoodFit(l_nk), candidates), 8)
    assert_array_equal(candidates[found], order)


def fitted(**params):
    X, y, X_pool = testing.make_data("classification")
    strategy = ACSFW(zoo.forest("classification"), random_state=0)
    return strategy.fit(X, y), X_pool


def test_a_short_batch_is_filled_at_random_and_says_so():
    strategy, X_pool = fitted()
    draws = strategy.sampler_.draw(X_pool, 0)
    _, order, _ = literal_frank_wolfe(literal_likelihood(draws), 30)
    assert len(order) < 30
    filled = 30 - len(order)
    with pytest.warns(UserWarning, match=f"the other {filled} are chosen at random"):
        batch = strategy.query(X_pool, 30)
    assert strategy.n_filled_ == filled
    assert_array_equal(batch[:-filled], order)
    others = set()
    for seed in range(5):
        with pytest.warns(UserWarning, match="at random"):
            batch = strategy.set_params(random_state=seed).query(X_pool, 30)
        assert_array_equal(batch[:-filled], order)
        others.add(tuple(batch[-filled:]))
    assert len(others) == 5
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        strategy.query(X_pool, 1)
    assert strategy.n_filled_ == 0


def test_a_query_in_another_thread_does_not_shorten_the_batch(monkeypatch):
    strategy, X_pool = fitted()
    with pytest.warns(UserWarning, match="at random"):
        batch = strategy.query(X_pool, 30)
    warn = _acsfw._warn_filled

    def meanwhile(*args):  # at the worst moment for a count held by the strategy
        with ThreadPoolExecutor(1) as thread:
            thread.submit(strategy.query, X_pool, 1).result()
        warn(*args)

    monkeypatch.setattr(_acsfw, "_warn_filled", meanwhile)
    with pytest.warns(UserWarning, match="at random"):
        again = strategy.query(X_pool, 30)
    assert_array_equal(again, batch)


def test_a_copy_is_not_asked_for_beside_the_point():
    p_nkc = draws(n=10)
    l_nk = literal_likelihood(np.tile(p_nkc, (2, 1, 1)))
    assert max(_frank_wolfe(LikelihoodFit(l_nk), 10)) < 10


def test_scores_are_gains_along_the_picks():
    strategy, X_pool = fitted()
    batch, scores = strategy.query(X_pool, 3, return_scores=True)
    f = strategy._objective(X_pool, strategy._rng())
    state = f.start()
    assert_allclose(strategy.score_samples(X_pool), f.gains(state))
    for i, score in zip(batch.tolist(), scores, strict=True):
        assert_allclose(f.gains(state)[i], score)
        state = f.add(state, i)


def test_agreement_says_nothing(as_array):
    p_nkc = draws()
    p_nkc[5:] = p_nkc[5:, :1]
    l_nk = expected_log_likelihood(as_array(p_nkc))
    f = LikelihoodFit(l_nk)
    gains = to_numpy(f.gains(f.start()))
    assert_array_equal(np.isinf(gains), np.arange(40) >= 5)
    silent = LikelihoodFit(l_nk[5:])
    assert_array_equal(to_numpy(silent.gains(silent.start())), 0)
    assert _frank_wolfe(silent, 3) == []


def test_draws_that_agree_are_taken_by_index():
    p_nkc = np.repeat(draws()[:, :1], 15, axis=1)
    strategy = given(ACSFW(GivenDraws(p_nkc), random_state=0))
    with pytest.warns(UserWarning, match="same gain"):
        batch, scores = strategy.query(pool_of(p_nkc), 3, return_scores=True)
    assert_array_equal(batch, [0, 1, 2])
    assert_array_equal(scores, 0)
    assert strategy.n_filled_ == 0


def test_a_vector_of_nothing_but_rounding_is_never_picked(as_array):
    l_nk = literal_likelihood(draws())
    l_nk[7] *= 1e-14
    f = LikelihoodFit(as_array(l_nk))
    assert to_numpy(f.gains(f.start()))[7] == -np.inf
    state = f.add(f.start(), 7)
    assert state.weights == {7: 0.0}
    assert f.residual(state) == f.residual(f.start())


def test_kernels_run_on_the_meta_device():
    torch = pytest.importorskip("torch")
    l_nk = expected_log_likelihood(torch.zeros((9, 4, 3), device="meta"))
    f = LikelihoodFit(l_nk)
    assert f.gains(f.start()).device.type == "meta"


@pytest.mark.parametrize("seed", range(5))
def test_a_residual_of_nothing_but_rounding_is_zero(as_array, seed):
    # all vectors in one direction: one step fits their sum
    rng = np.random.default_rng(seed)
    l_nk = -rng.random(size=(7, 1)) * rng.random(size=(1, 4))
    f = LikelihoodFit(as_array(l_nk))
    state = f.add(f.start(), 3)
    assert f.residual(state) == 0
    assert_array_equal(to_numpy(f.gains(state)), np.zeros(7))
    assert len(_frank_wolfe(f, 4)) == 1


@pytest.mark.parametrize("spread", [3e-3, 3e-2])
def test_single_precision_tells_apart_draws_that_differ_little(as_array, spread):
    """Divergences are squares: 1e-6 of a nat is no rounding of single precision."""
    rng = np.random.default_rng(0)
    logits_nkc = rng.normal(size=(40, 1, 3)) + spread * rng.normal(size=(40, 15, 3))
    p_nkc = softmax(logits_nkc, axis=-1)
    single = p_nkc.astype(np.float32)
    m_nc = single.astype(float).mean(axis=1, keepdims=True) * 0.999 + 0.001 / 3
    away_nkc = 0.999 * single + 0.001 / 3 - m_nc
    second_order = -(away_nkc**2 / m_nc / 2).sum(axis=-1) / 15**0.5
    l_nk = to_numpy(expected_log_likelihood(as_array(single)))
    assert_allclose(l_nk, second_order, rtol=3 * spread, atol=1e-12)
    assert second_order.min() > -1e-3
    batches = [
        given(ACSFW(GivenDraws(draws), random_state=0)).query(pool_of(p_nkc), 4)
        for draws in (p_nkc, single)
    ]
    assert_array_equal(*batches)


def test_parts_know_what_the_whole_pool_says():
    p_nkc = draws()
    p_nkc[:3] = p_nkc[:3, :1]  # a part that says nothing at all
    l_nk = expected_log_likelihood(p_nkc)
    whole = LikelihoodFit(l_nk)
    pool = _Pool.of(l_nk[:3]) + _Pool.of(l_nk[3:])
    f = LikelihoodFit(l_nk[:3], pool)
    assert_array_equal(f.gains(f.start()), [-np.inf] * 3)
    g = LikelihoodFit(l_nk[3:], pool, first=3)
    assert_allclose(g.gains(g.start()), whole.gains(whole.start())[3:])
    state = g.receive(g.add(g.start(), 4), f.message(1))
    assert list(state.weights) == [7, 1]
    assert state.weights[1] == 0
