import numpy as np
import pytest
from numpy.testing import assert_allclose

from skactive._utils.array import to_numpy
from skactive.objectives import (
    ReferenceInformation,
    ReferenceVariance,
    centered_draws,
)


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
    f_nck = centered_draws(draws)
    for cls in (ReferenceInformation, ReferenceVariance):
        f = cls(f_nck, f_nck[:4], 0.1)
        gains = f.gains(f.add(f.start(), 0))
        assert gains.shape == (12,)
        assert gains.device.type == "meta"
