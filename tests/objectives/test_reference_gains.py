import itertools
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skactive._utils.array import to_numpy
from skactive.information import mutual_information
from skactive.objectives import (
    ReferenceGains,
    ReferenceInformation,
    ReferenceVariance,
    centered_draws,
    label_information,
    prediction_change,
)


def random_draws(n=9, k=6, c=3, seed=0):
    return np.random.default_rng(seed).dirichlet(np.full(c, 0.4), size=(n, k))


def literal(p_nkc, p_rkc):
    """Both measures by loops over points and labels."""
    information = np.zeros((len(p_nkc), len(p_rkc)))
    change = np.zeros_like(information)
    for (i, p), (j, q) in itertools.product(enumerate(p_nkc), enumerate(p_rkc)):
        m_x, m_y = p.mean(axis=0), q.mean(axis=0)
        for a, b in itertools.product(range(p.shape[1]), range(q.shape[1])):
            joint = np.mean(p[:, a] * q[:, b])
            if joint > 0:
                information[i, j] += joint * math.log(joint / m_x[a] / m_y[b])
            if m_x[a] > 0:
                change[i, j] += m_x[a] * (joint / m_x[a] - m_y[b]) ** 2
    return information, change


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_against_the_definitions(dtype, as_array):
    p_nkc, p_rkc = random_draws(), random_draws(5, seed=1)
    p_nkc[0] = np.eye(3)[[0, 1, 2, 0, 0, 1]]  # exact zeros and ones
    p_nkc[1] = [1.0, 0.0, 0.0]
    information, change = literal(p_nkc, p_rkc)
    given = [as_array(p.astype(dtype)) for p in (p_nkc, p_rkc)]
    closeness = {"rtol": 0, "atol": 3e-6 if dtype == np.float32 else 1e-14}
    with np.errstate(all="raise"):
        value = to_numpy(label_information(*given))
        assert_allclose(value, information, **closeness)
        assert_allclose(to_numpy(prediction_change(*given)), change, **closeness)


@pytest.mark.parametrize("measure", [label_information, prediction_change])
def test_blocks_change_nothing(measure, monkeypatch, as_array):
    p_nkc, p_rkc = as_array(random_draws(17)), as_array(random_draws(11, seed=1))
    whole = to_numpy(measure(p_nkc, p_rkc))
    for block in (1, 8 * 9 * 4, 8 * 9 * 30):
        monkeypatch.setattr("skactive.objectives._reference_gains.BLOCK_BYTES", block)
        assert_allclose(to_numpy(measure(p_nkc, p_rkc)), whole, atol=1e-14)


def test_a_label_says_no_more_of_another_than_of_the_model():
    """EPIG <= BALD, for any reference."""
    p_nkc, p_rkc = random_draws(60), random_draws(40, seed=1)
    gain_nr = label_information(p_nkc, p_rkc)
    assert (gain_nr >= 0).all()
    assert (gain_nr <= mutual_information(p_nkc)[:, None] + 1e-12).all()
    assert (gain_nr <= mutual_information(p_rkc)[None] + 1e-12).all()


@pytest.mark.parametrize("measure", [label_information, prediction_change])
def test_agreeing_draws_change_nothing(measure):
    agreeing = np.repeat(random_draws(k=1), 6, axis=1)
    assert_allclose(measure(agreeing, random_draws(5)), np.zeros((9, 5)), atol=1e-30)


def test_the_mean_over_the_reference_is_the_gain():
    gain_nr = np.arange(6.0).reshape(3, 2)
    f = ReferenceGains(gain_nr)
    assert_array_equal(f.gains(f.start()), [0.5, 2.5, 4.5])
    assert_array_equal(f.gains(f.add(f.start(), 1), np.array([2])), [4.5])


def gaussian(n=7, r=5, k=8, c=2, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n + r, k, c)) * rng.random((n + r, 1, c)), n


def covariance(f_nkc, noise):
    """Of all values of all points, given the noise: (n c, n c)."""
    values = f_nkc.transpose(1, 0, 2).reshape(f_nkc.shape[1], -1)
    cov = np.cov(values.T, bias=True)
    return cov, cov + noise * np.eye(len(cov))


def conditioned(cov, noise, seen):
    """Covariance of the functions once noisy values are seen at `seen`."""
    part = cov[np.ix_(seen, seen)] + noise * np.eye(len(seen))
    return cov - cov[:, seen] @ np.linalg.solve(part, cov[seen])


@pytest.mark.parametrize("c", [1, 2])
@pytest.mark.parametrize("picks", [[], [3], [3, 0, 6]])
def test_gaussian_gains_by_direct_conditioning(picks, c, as_array):
    (draws, n), noise = gaussian(c=c), 0.2
    both = as_array(draws)
    given = centered_draws(both[:n]), centered_draws(both[n:]), noise
    cov, _ = covariance(draws, noise)
    of = lambda i: list(range(i * c, (i + 1) * c))  # noqa: E731
    seen = [row for i in picks for row in of(i)]
    cov = conditioned(cov, noise, seen) if seen else cov
    noisy = cov + noise * np.eye(len(cov))
    logdet = lambda rows: np.linalg.slogdet(noisy[np.ix_(rows, rows)])[1]  # noqa: E731
    information, variance = np.zeros(n), np.zeros(n)
    for i in range(n):
        for j in range(n, len(draws)):
            x, y = of(i), of(j)
            information[i] += 0.5 * (logdet(x) + logdet(y) - logdet(x + y))
            cross = cov[np.ix_(x, y)]
            variance[i] += np.trace(
                cross.T @ np.linalg.solve(noisy[np.ix_(x, x)], cross)
            )
    for cls, expected in (
        (ReferenceInformation, information),
        (ReferenceVariance, variance),
    ):
        f = cls(*given)
        state = f.start()
        for i in picks:
            state = f.add(state, i)
        expected = expected / (len(draws) - n)
        assert_allclose(to_numpy(f.gains(state)), expected, atol=1e-12)
        rows = as_array(np.array([5, 1]))
        assert_allclose(to_numpy(f.gains(state, rows)), expected[[5, 1]], atol=1e-12)


def test_kernels_run_on_the_meta_device():
    torch = pytest.importorskip("torch")
    draws = torch.empty((12, 6, 3), dtype=torch.float32, device="meta")
    for measure in (label_information, prediction_change):
        assert measure(draws, draws[:4]).shape == (12, 4)
        assert measure(draws, draws[:4]).device.type == "meta"
    f_nck = centered_draws(draws)
    for cls in (ReferenceInformation, ReferenceVariance):
        f = cls(f_nck, f_nck[:4], 0.1)
        gains = f.gains(f.add(f.start(), 0))
        assert gains.shape == (12,)
        assert gains.device.type == "meta"
