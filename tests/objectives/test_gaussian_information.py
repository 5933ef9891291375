import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skactive._utils.array import to_numpy
from skactive.objectives import (
    GaussianInformation,
    centered_draws,
    mean_variance,
    value_noise,
)
from skactive.selection import greedy, lazy_greedy


def random_draws(n=20, k=9, c=2, seed=0):
    rng = np.random.default_rng(seed)
    f_nkc = rng.normal(size=(n, k, c)) * rng.random((n, 1, c)) + rng.normal(
        size=(n, 1, c)
    )
    f_nkc[-1] = f_nkc[0]
    return f_nkc


def information(f_nkc, picks, noise):
    """``1/2 log det(I + F'F / s2)`` from the covariance of all outputs of the batch."""
    values = f_nkc[picks].transpose(1, 0, 2).reshape(f_nkc.shape[1], -1)
    cov = np.atleast_2d(np.cov(values.T, bias=True))
    return 0.5 * np.linalg.slogdet(np.eye(len(cov)) + cov / noise)[1]


def objective(f_nkc, noise=0.3):
    return GaussianInformation(centered_draws(f_nkc), noise)


@pytest.mark.parametrize("c", [1, 3])
def test_gains_are_those_of_the_covariance(c, as_array):
    f_nkc, noise = random_draws(c=c), 0.3
    f = objective(as_array(f_nkc), noise)
    state, picks = f.start(), []
    for i in (4, 0, 17, 0):  # a copy of a pick is a second value there
        before = information(f_nkc, picks, noise) if picks else 0.0
        expected = [information(f_nkc, [*picks, j], noise) - before for j in range(20)]
        assert_allclose(to_numpy(f.gains(state)), expected, atol=1e-12)
        rows = as_array(np.array([3, 0]))
        assert_allclose(
            to_numpy(f.gains(state, rows)), np.array(expected)[[3, 0]], atol=1e-12
        )
        state, picks = f.add(state, i), [*picks, i]


def test_one_point_and_one_target():
    f_nkc = random_draws(c=1)
    variance = f_nkc.var(axis=1)[:, 0]
    f = objective(f_nkc, 0.5)
    assert_allclose(f.gains(f.start()), np.log1p(variance / 0.5) / 2)


def test_lazy_is_plain_greedy(as_array):
    for seed in range(4):
        f = objective(as_array(random_draws(n=80, seed=seed)))
        assert_array_equal(lazy_greedy(f, 15)[0], greedy(f, 15)[0])


def test_more_picks_than_draws():
    f = objective(random_draws(n=30, k=3))
    _, gains = greedy(f, 30)
    assert (gains > 0).all()
    assert (np.diff(gains) <= 1e-12).all()


def test_auto_noise_is_a_share_of_the_mean_variance(as_array):
    f_nkc = random_draws()
    f_nck = centered_draws(as_array(f_nkc))
    assert value_noise("auto", lambda: mean_variance(f_nck)) == pytest.approx(
        0.1 * f_nkc.var(axis=1).mean()
    )
    assert value_noise(2, None) == 2


def test_agreeing_draws_say_nothing(as_array):
    agreeing = np.repeat(random_draws()[:, :1], 7, axis=1)
    f_nck = centered_draws(as_array(agreeing))
    f = GaussianInformation(f_nck, value_noise("auto", lambda: mean_variance(f_nck)))
    assert_array_equal(to_numpy(f.gains(f.start())), np.zeros(20))
    with pytest.warns(UserWarning, match="from pick 1 of 3 on"):
        assert_array_equal(lazy_greedy(f, 3)[0], [0, 1, 2])


def test_information_is_bounded_by_what_the_draws_span():
    """k draws span k - 1 directions: information grows by them, at most."""
    f_nkc = random_draws(n=50, k=4, c=1)
    largest = np.linalg.norm(centered_draws(f_nkc)[:, 0], axis=1).max() ** 2
    _, gains = greedy(objective(f_nkc, 0.1), 50)
    assert gains.sum() <= 1.5 * math.log1p(50 * largest / 0.1) + 1e-9
