import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import entropy as scipy_entropy

from skactive import (
    BALD,
)
from skactive import information as of_draws
from tests.draws import GivenDraws, fitted, pool_of


@pytest.fixture
def draws():
    return np.random.default_rng(0).dirichlet(np.full(4, 0.3), size=(50, 7))


def test_bald_is_the_entropy_less_its_own_noise(draws):
    strategy = fitted(BALD(GivenDraws(draws)))
    noise = scipy_entropy(draws, axis=2).mean(axis=1)
    expected = scipy_entropy(draws.mean(axis=1), axis=1) - noise
    assert_allclose(strategy.score_samples(pool_of(draws)), expected, rtol=1e-10)
    assert_array_equal(
        strategy.query(pool_of(draws), 50), np.argsort(-expected, kind="stable")
    )


@pytest.mark.parametrize(
    ("estimate", "name"),
    [
        ("beta", "beta_mutual_information"),
        ("dirichlet", "dirichlet_mutual_information"),
    ],
)
def test_bald_by_the_moments_of_the_draws(estimate, name, draws):
    strategy = fitted(BALD(GivenDraws(draws), estimate=estimate))
    expected = getattr(of_draws, name)(draws)
    assert_array_equal(strategy.score_samples(pool_of(draws)), expected)
    plain = fitted(BALD(GivenDraws(draws))).score_samples(pool_of(draws))
    assert np.corrcoef(plain, expected)[0, 1] > 0.9  # another estimate of one quantity
    assert not np.allclose(plain, expected)


def test_bald_of_values_is_half_the_log_of_the_signal(as_array):
    values = np.random.default_rng(0).normal(size=(30, 6, 1))
    given = GivenDraws(as_array(values), "regression")
    strategy = fitted(BALD(given, noise=0.5))
    variance = values.var(axis=1)[:, 0]
    expected = np.log1p(variance / 0.5) / 2
    assert_allclose(strategy.score_samples(pool_of(values)), expected)
    strategy.set_params(noise="auto")
    expected = np.log1p(variance / (0.1 * variance.mean())) / 2
    assert_allclose(strategy.score_samples(pool_of(values)), expected)


def test_bald_of_values_sees_copies():
    """The largest variance, many times over, is asked once; then the others are."""
    rng = np.random.default_rng(0)
    values = np.concatenate(
        [np.tile(3 * rng.normal(size=8), (5, 1)), rng.normal(size=(9, 8))]
    )
    strategy = fitted(BALD(GivenDraws(values[..., None], "regression")))
    picks, gains = strategy.query(pool_of(values), 4, return_scores=True)
    assert picks[0] == 0
    assert (picks[1:] > 4).all()
    cov = np.cov(values[picks], bias=True)
    noise = 0.1 * values.var(axis=1).mean()
    joint = np.linalg.slogdet(np.eye(4) + cov / noise)[1] / 2
    assert gains.sum() == pytest.approx(joint)


@pytest.mark.parametrize("noise", [0, -1.0, "none"])
def test_bald_of_values_needs_noise(noise):
    given = GivenDraws(np.zeros((3, 2, 1)), "regression")
    with pytest.raises(ValueError, match="noise"):
        fitted(BALD(given, noise=noise))


def test_agreeing_values_give_zero_gains_and_a_warning():
    agreeing = np.ones((6, 4, 1))
    strategy = fitted(BALD(GivenDraws(agreeing, "regression")))
    with pytest.warns(UserWarning, match="same gain"):
        assert_array_equal(strategy.query(pool_of(agreeing), 2), [0, 1])


def test_draws_that_agree_give_zero_scores_and_a_warning():
    agreeing = np.tile([0.2, 0.3, 0.5], (6, 4, 1))
    strategy = fitted(BALD(GivenDraws(agreeing)))
    assert_array_equal(strategy.score_samples(pool_of(agreeing)), 0)
    with pytest.warns(UserWarning, match="same gain"):
        assert_array_equal(strategy.query(pool_of(agreeing), 2), [0, 1])
