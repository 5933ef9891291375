"""Precision of the prior of a last layer, against explicit matrices."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from skactive.samplers.laplace._curvature import of_classes
from skactive.samplers.laplace._prior import (
    FACTORS,
    best_precision,
    most_likely_precision,
    precision_of,
    rule_of,
)
from tests.samplers.laplace.test_curvature import literal, points


@pytest.mark.parametrize("n", [3, 30])
def test_one_decomposition_does_for_the_grid(n):
    given, w_dc = points(n, d=4, c=3), np.random.default_rng(1).normal(size=(4, 3))
    h, squared = literal(*given), (w_dc**2).sum()
    grid = FACTORS * 12 / squared
    by_hand = [
        -lam * squared / 2
        + 12 / 2 * np.log(lam)
        - np.linalg.slogdet(h + lam * np.eye(12))[1] / 2
        for lam in grid
    ]
    precision, at_edge = best_precision(of_classes(*given).eigenvalues, w_dc)
    assert precision == pytest.approx(grid[np.argmax(by_hand)])
    assert not at_edge


def test_the_edge_of_the_grid():
    precision, at_edge = best_precision(np.zeros(3), np.ones((2, 2)))
    assert_allclose(precision, 1e-4)
    assert at_edge
    precision, at_edge = best_precision(np.full(3, 1e9), np.ones((2, 2)))
    assert_allclose(precision, 10**-0.1)  # 3 / 4, of the grid
    assert not at_edge


def test_the_weights_are_most_likely_under_their_precision():
    w_dc = np.random.default_rng(0).normal(size=(4, 3))
    best = most_likely_precision(w_dc)
    grid = best * np.linspace(0.5, 2, 301)
    likelihood = [norm.logpdf(w_dc, scale=lam**-0.5).sum() for lam in grid]
    assert grid[np.argmax(likelihood)] == pytest.approx(best, rel=0.01)


@pytest.mark.parametrize(
    ("chosen", "task", "n", "rule"),
    [
        ("auto", "classification", 9, "weights"),
        ("auto", "regression", 9, "marginal_likelihood"),
        ("auto", "regression", 0, "weights"),
        ("marginal_likelihood", "classification", 9, "marginal_likelihood"),
        ("marginal_likelihood", "classification", 0, "weights"),
        ("weights", "regression", 9, "weights"),
        (2.0, "regression", 0, 2.0),
    ],
)
def test_rules_by_task(chosen, task, n, rule):
    assert rule_of(chosen, task, n) == rule


def test_the_parameter():
    w_dc, h = np.full((2, 3), 0.5), np.array([1.0, 20.0])
    assert precision_of("", 3, h, w_dc) == 3.0
    assert precision_of("", "weights", h, w_dc) == 4.0
    found = precision_of("", "marginal_likelihood", h, w_dc)
    assert found == best_precision(h, w_dc)[0] < 4.0
    with pytest.raises(ValueError, match="all 0"):
        precision_of("", "weights", h, np.zeros((2, 3)))
    with pytest.warns(UserWarning, match=r"edge of its grid.*='weights'"):
        precision_of("", "marginal_likelihood", np.zeros(2), w_dc)


def test_weights_fitted_under_a_penalty_give_it_back():
    """Where W is the mode for its prior, the marginal likelihood is right about it."""
    rng = np.random.default_rng(0)
    phi_nd, true_d = rng.normal(size=(400, 60)), rng.normal(size=60) / 3**0.5
    y_n = phi_nd @ true_d + rng.normal(size=400)
    mode_d = np.linalg.solve(phi_nd.T @ phi_nd + 3 * np.eye(60), phi_nd.T @ y_n)
    eigenvalues = np.linalg.eigvalsh(phi_nd.T @ phi_nd)
    assert 2 < best_precision(eigenvalues, mode_d[:, None])[0] < 5
