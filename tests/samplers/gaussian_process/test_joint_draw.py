import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF

from skactive.samplers.gaussian_process import _joint_draw as module
from skactive.samplers.gaussian_process._joint_draw import (
    Continued,
    JointDraw,
    point_keys,
)
from skactive.samplers.gaussian_process._sampler import _regression
from tests.samplers.units import Units

RNG = np.random.default_rng(0)
X, Z = RNG.normal(size=(12, 2)), RNG.normal(size=(9, 2))
LATENT = _regression(
    GaussianProcessRegressor(RBF(1.3), alpha=0.1, optimizer=None).fit(X, X[:, 0])
)


def test_factor_and_noise_give_the_covariance():
    draw = JointDraw(LATENT, (9, 1), RNG)
    draw.rng = Units()
    deviation = draw(Z)[:, :, 0] - LATENT.mean(Z)
    np.testing.assert_allclose(
        deviation @ deviation.T, LATENT.covariance(Z, Z), atol=1e-12
    )
    np.testing.assert_allclose(draw.factor, np.tril(draw.factor))


def test_points_that_follow_from_others_are_no_pivots():
    draw = JointDraw(LATENT, (3, 1), RNG)
    line = np.linspace(-1, 1, 300)[:, None] * [1.0, 0.0]
    draw(line)
    assert len(draw.pivots) < 20
    draw(line + 1e-9)
    assert len(draw.pivots) < 25


def test_continued_functions_go_through_what_was_drawn():
    """They pass through the drawn values whatever functions continue them."""
    draw = JointDraw(LATENT, (3, 2), RNG)
    drawn = draw(Z)
    waves = RNG.normal(size=(2, 6))
    rest = Continued(draw, lambda X: np.sin(X @ waves).reshape(-1, 3, 2))
    np.testing.assert_allclose(rest(Z), drawn, atol=1e-9)
    between = rest(Z + 1e-7)
    np.testing.assert_allclose(between, drawn, atol=1e-5)


def test_a_call_of_too_many_rows_is_not_exact_where_it_need_not_be(monkeypatch):
    monkeypatch.setattr(module, "MAX_POINTS", 10)
    two = np.repeat(Z[:2], 6, axis=0)
    asked = []

    def path(rng):
        asked.append(rng)
        return lambda X: np.zeros((len(X), 3, 1))

    np.testing.assert_array_equal(JointDraw(LATENT, (3, 1), RNG, path=path)(two), 0)
    assert len(asked) == 1
    assert JointDraw(LATENT, (3, 1), RNG)(two).std() > 0


def test_the_error_says_how_many_and_what_to_do(monkeypatch):
    monkeypatch.setattr(module, "MAX_POINTS", 10)
    draw = JointDraw(LATENT, (3, 1), RNG, remedy="do something else")
    draw(Z)
    with pytest.raises(ValueError, match=r"18 distinct.*most 10.*; do something else"):
        draw(-Z)


def test_keys_tell_points_apart():
    images = np.arange(12.0).reshape(3, 2, 2)
    assert len(set(point_keys(images))) == 3
    assert len(set(point_keys(np.concatenate([images, images])))) == 3
    assert len(set(point_keys(np.array(["ab", "ba", "ab"])))) == 2
