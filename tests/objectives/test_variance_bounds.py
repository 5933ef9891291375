"""Bounds of variance reductions against the reductions themselves."""

import numpy as np
import pytest

from skactive._utils.array import to_numpy
from skactive.objectives import LazyVarianceReduction, VarianceReduction, gram
from skactive.selection import greedy, lazy_greedy

N, K = 60, 12


def deviations(c, seed=0, scale=1.0):
    """Centred draws; points that lie close to each other have similar ones."""
    rng = np.random.default_rng(seed)
    x_n1 = np.linspace(0, 3, N)[:, None]
    waves_nw = np.sin(x_n1 * rng.uniform(0.5, 3, 8))
    f_nck = np.einsum("nw,wck->nck", waves_nw, rng.normal(size=(8, c, K)))
    f_nck += 0.3 * rng.normal(size=(N, c, K))
    return scale * (f_nck - f_nck.mean(axis=-1, keepdims=True)) / K**0.5


def objective(c, as_array=np.asarray, noise=0.01, noisy=False, m_rows=None, **options):
    f_nck = as_array(deviations(c, **options))
    noisy_n = np.arange(N) % 2 == 0 if m_rows is None else np.isin(np.arange(N), m_rows)
    noisy_n = as_array(noisy_n) if noisy else None
    return LazyVarianceReduction(f_nck, gram(f_nck, m_rows), noise, noisy_n)


def states(f, picks):
    state = f.start()
    for i in picks:
        before, state = state, f.add(state, i)
        yield before, state


@pytest.mark.parametrize("m_rows", [None, np.arange(2)])
@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize("c", [1, 2, 6])
def test_no_gain_grows_beyond_its_bound(c, noisy, m_rows, as_array):
    """Also where M is singular: of two reference points."""
    f = objective(c, as_array, noisy=noisy, m_rows=m_rows)
    rng, ratios = np.random.default_rng(1), []
    for before, state in states(f, rng.integers(N, size=30)):
        bounds = to_numpy(f.grown(state, f.gains(before)))
        gains = to_numpy(f.gains(state))
        assert (bounds >= gains - f.rounding).all()
        ratios.append(np.median(bounds / gains))
    # bounds are of use once the batch has seen most directions
    assert m_rows is not None or min(ratios[-5:]) < 2


@pytest.mark.parametrize("noise", [1e-2, 1.0])
def test_bounds_do_not_grow_by_rounding_errors(noise):
    """All reference points are labelled, and of M only rounding errors are left."""
    x_n = np.array([1, 0, 1, 1, 0, 1, 0.0]) / 3
    f_nck = x_n[:, None, None] * np.array([0.5, -0.5])
    f = LazyVarianceReduction(f_nck, gram(f_nck), noise, np.ones(7, dtype=bool))
    state, bounds = f.start(), f.gains(f.start())
    first = bounds.max()
    for i in (0, 2, 3, 5, 1, 4, 6) * 6:
        state = f.add(state, i)
        bounds = f.grown(state, bounds)
    assert bounds.max() <= 10 * first


def test_a_bound_is_exact_where_only_one_direction_is_left():
    """One draw direction: the gain f^2 A M A f^2 / (f^2 A + noise) can be followed."""
    f_nck = np.linspace(0.1, 2, N)[:, None, None] * np.array([1.0, -1.0])
    f = LazyVarianceReduction(f_nck, gram(f_nck), noise=0.5)
    before = f.start()
    state = f.add(before, 3)
    bounds, gains = f.grown(state, f.gains(before)), f.gains(state)
    a, b = 1.0, float(0.5 / (0.5 + 2 * f_nck[3, 0, 0] ** 2))  # A along (1, -1)
    q_n = 2 * f_nck[:, 0, 0] ** 2
    expected = f.gains(before) * b**2 / a**2 / (1 - (1 - b) * q_n / (q_n + 0.5))
    np.testing.assert_allclose(gains, expected)
    assert (bounds >= gains).all()


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize("c", [1, 2, 6])
def test_single_precision_and_its_error_bound_the_gains(c, noisy, scale, as_array):
    f = objective(c, as_array, 0.01 * scale**2, noisy, scale=scale)
    rows = as_array(np.arange(N)[::-1].copy())
    for _, state in states(f, range(0, N, 2)):
        bounds, gains = (to_numpy(g(state, rows)) for g in (f.bounds, f.gains))
        assert (bounds >= gains - f.rounding).all()
        assert (bounds <= 1.05 * gains + f.rounding).all()


def test_tiny_noise_leaves_no_bound():
    """Then single precision says nothing, instead of something wrong."""
    f = objective(3, noise=1e-10)
    assert np.isinf(f.bounds(f.start(), np.arange(N))).all()


@pytest.mark.parametrize("noise", [1e-3, 0.1, 100.0])
@pytest.mark.parametrize("seed", range(4))
def test_lazy_search_picks_as_greedy_search(seed, noise, as_array):
    f = objective(6, as_array, noise, seed=seed)
    held = VarianceReduction(f.f_nck, f.m_kk, noise)
    picks, gains = lazy_greedy(f, 40)
    expected, values = greedy(held, 40)
    np.testing.assert_array_equal(picks, expected)
    np.testing.assert_allclose(gains, values, rtol=1e-8, atol=f.rounding)


def test_most_points_are_not_evaluated_late_in_a_batch(monkeypatch):
    f, seen = objective(6, noise=0.3), []
    bounds = f.bounds
    counted = lambda state, rows, enough: seen.append(len(rows)) or bounds(state, rows)  # noqa: E731
    monkeypatch.setattr(f, "bounds", counted)
    lazy_greedy(f, 50)
    assert sum(seen[25:]) < 0.5 * N * 25
