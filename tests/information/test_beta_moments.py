import itertools
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import quad
from scipy.stats import beta as beta_law

from skactive._utils.array import to_numpy
from skactive.information._beta_moments import beta_entropy, excess, fit_beta


def entropy_by_quadrature(a, b):
    """``-int f log f`` by adaptive quadrature, f normalised by quadrature too."""
    mode = (a - 1) / (a + b - 2) if min(a, b) > 1 else float(a > b)
    shape = log_shape(min(max(mode, 1e-12), 1 - 1e-12), a, b)

    def log_f(x):
        return log_shape(x, a, b) - shape

    def integral(integrand):
        edges = beta_law.ppf([1e-17, 0.01, 0.5, 0.99], a, b)
        edges = [max(edges[0], 1e-300), *edges[1:], beta_law.isf(1e-17, a, b)]
        pairs = itertools.pairwise([*edges[:-1], min(edges[-1], 1 - 1e-16)])
        return sum(quad(integrand, *pair, epsabs=0, limit=400)[0] for pair in pairs)

    total = integral(lambda x: math.exp(log_f(x)))
    return math.log(total) - integral(lambda x: math.exp(log_f(x)) * log_f(x)) / total


def log_shape(x, a, b):
    return (a - 1) * math.log(x) + (b - 1) * math.log1p(-x)


@pytest.mark.parametrize("a", [1.0, 1.3, 2.0, 15.0, 99.9, 100.1, 3e3, 1e6])
@pytest.mark.parametrize("b", [1.0, 4.2, 99.0, 101.0, 2e4])
def test_entropy_is_that_of_a_quadrature(a, b, as_array):
    value = beta_entropy(as_array(np.array([a])), as_array(np.array([b])))
    assert float(value[0]) == pytest.approx(entropy_by_quadrature(a, b), abs=1e-8)


@pytest.mark.parametrize("total", [1e6, 4e12, 1e20])
def test_entropy_of_a_narrow_law_is_that_of_a_gaussian(total):
    m = 0.3
    gaussian = 0.5 * math.log(2 * math.pi * math.e * m * (1 - m) / total)
    value = beta_entropy(np.array([m * total]), np.array([(1 - m) * total]))
    assert value[0] == pytest.approx(gaussian, abs=2 / total + 1e-13)


def test_entropy_is_smooth_where_the_series_takes_over():
    x = np.array([100 - 1e-9, 100 + 1e-9])
    for other in (0.2, 1.0, 50.0, 1e5):
        below, above = beta_entropy(x, np.full(2, other))
        assert abs(above - below) < 1e-10
    below, above = excess(x)
    assert abs(above - below) < 1e-12


@pytest.mark.parametrize(("a", "b"), [(0.0, 1.0), (1.0, 0.0), (np.inf, np.inf)])
def test_entropy_of_a_single_value_is_minus_infinity(a, b, as_array):
    with np.errstate(all="raise"):
        value = beta_entropy(as_array(np.array([a])), as_array(np.array([b])))
    assert float(value[0]) == -np.inf


def test_moments_are_exact_at_both_ends(as_array):
    for dtype in (np.float32, np.float64):
        agree = np.full((1, 7, 3), 0.1, dtype)
        one_hot = np.eye(3, dtype=dtype)[[0, 0, 1, 2, 1, 0, 0]][None]
        fitted = fit_beta(as_array(np.concatenate([agree, one_hot])))
        assert_array_equal(to_numpy(fitted.v_nc)[0], 0)
        assert_array_equal(to_numpy(fitted.inner_nc)[1], 0)
        assert_array_equal(to_numpy(fitted.total_nc), [[np.inf] * 3, [0] * 3])
        assert_array_equal(to_numpy(fitted.spread_nc), [[0] * 3, [1] * 3])


def test_moments_are_those_of_the_draws(as_array):
    p_nkc = np.random.default_rng(0).dirichlet(np.ones(4), size=(30, 9))
    fitted = fit_beta(as_array(p_nkc))
    m, v = p_nkc.mean(axis=1), p_nkc.var(axis=1)
    assert_allclose(to_numpy(fitted.m_nc), m)
    assert_allclose(to_numpy(fitted.rest_nc), 1 - m)
    assert_allclose(to_numpy(fitted.v_nc), v)
    assert_allclose(to_numpy(fitted.spread_nc), v / (m * (1 - m)))
    assert_allclose(to_numpy(fitted.total_nc), m * (1 - m) / v - 1)
