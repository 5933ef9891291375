import numpy as np
import pytest
from scipy.linalg import cholesky
from sklearn.gaussian_process.kernels import (
    RBF,
    ConstantKernel,
    DotProduct,
    Matern,
    RationalQuadratic,
    WhiteKernel,
)

from skactive.samplers.gaussian_process import _pathwise as module
from skactive.samplers.gaussian_process._joint_draw import Latent
from skactive.samplers.gaussian_process._pathwise import (
    FourierPrior,
    PathwiseDraw,
    spectral_fault,
    spectral_terms,
)
from tests.samplers.units import Units

RNG = np.random.default_rng(0)
X, Z = RNG.normal(size=(12, 3)), RNG.normal(size=(40, 3))
Y = np.sin(2 * X[:, 0]) + 3
WIDTHS = [0.7, 2.0, 30.0]
KERNELS = [
    RBF(1.3),
    RBF(WIDTHS),
    *(Matern(1.3, nu=nu) for nu in (0.5, 0.9, 1.5, 2.5, np.inf)),
    Matern(WIDTHS, nu=1.5),
    RationalQuadratic(1.3, alpha=0.4),
    RationalQuadratic(1.3, alpha=5.0),
    3.0 * RBF(1.3) + Matern(0.8) * RationalQuadratic(2.0) + ConstantKernel(0.5),
    (RBF(1.3) + 2.0) * (Matern(0.8) + WhiteKernel(0.3)) + WhiteKernel(0.1),
]


def covariance(kernel, m, seed=0):
    """Covariance at the points Z of a sum of random waves."""
    terms = spectral_terms(kernel)
    prior = FourierPrior(terms, 3, m, 1, np.random.default_rng(seed))
    phase = Z @ prior.frequencies
    features = np.hstack([f(phase) * prior.amplitudes.T for f in (np.cos, np.sin)])
    return features @ features.T


def posterior(kernel, alpha):
    """The latent posterior, its mean and its covariance at Z by definition."""
    noisy = kernel(X) + alpha * np.eye(len(X))
    cross, dual = kernel(Z, X), np.linalg.solve(noisy, Y)
    latent = Latent(kernel, X, dual, cholesky(noisy, lower=True), 1.0)
    rest = kernel(Z, Z.copy()) - cross @ np.linalg.solve(noisy, cross.T)
    return latent, cross @ dual, rest


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_waves_have_the_covariance_of_the_kernel(kernel):
    exact = kernel(Z, Z.copy())  # of two arguments: without noise
    variance = exact[0, 0]
    error = covariance(kernel, 4096) - exact
    assert np.abs(error).max() < 0.04 * variance
    assert np.sqrt(np.mean(error**2)) < 0.01 * variance
    np.testing.assert_allclose(error.diagonal(), 0, atol=1e-12 * variance)


def test_quasi_random_waves_are_better_than_random_ones(monkeypatch):
    exact = RBF(1.3)(Z)
    even = [np.abs(covariance(RBF(1.3), 256, seed) - exact).mean() for seed in range(5)]
    monkeypatch.setattr(module.qmc.Sobol, "MAXDIM", 1)
    other = [np.abs(covariance(RBF(1.3), 256, seed) - exact).mean() for seed in (0, 1)]
    assert max(even) < 0.5 * min(other)
    assert max(other) < 0.05


def test_any_number_of_waves_will_do():
    exact = RBF(1.3)(Z)
    assert np.abs(covariance(RBF(1.3), 3000) - exact).max() < 0.02
    assert np.abs(covariance(RBF(1.3), 1).diagonal() - 1).max() < 1e-12


@pytest.mark.parametrize("kernel", [KERNELS[0], KERNELS[4], KERNELS[-1]], ids=str)
@pytest.mark.parametrize("alpha", [1e-8, 0.2])
def test_covariance_is_that_of_the_posterior(kernel, alpha):
    """Up to the error of the waves; unit vectors as noise leave no sampling error."""
    latent, mean, exact = posterior(kernel, alpha)
    k = len(X) + 2 * 1024 * len(spectral_terms(kernel))
    draw = PathwiseDraw(latent, (k, 1), 1024, Units())
    deviation = draw(Z)[:, :, 0] - mean[:, None]
    error = deviation @ deviation.T - exact
    of_waves = covariance(kernel, 1024) - kernel(Z, Z.copy())
    assert np.std(error) < 1.5 * np.std(of_waves)
    assert np.abs(error).max() < 1.5 * np.abs(of_waves).max()


def test_draws_have_mean_and_variance_of_the_posterior():
    latent, mean, exact = posterior(RBF(1.3), 0.2)
    f_nk = PathwiseDraw(latent, (4000, 1), 512, np.random.default_rng(1))(Z)[:, :, 0]
    spread = np.sqrt(exact.diagonal())
    np.testing.assert_allclose(f_nk.mean(axis=1), mean, atol=0.06 * spread.max())
    np.testing.assert_allclose(f_nk.std(axis=1), spread, rtol=0.06)


def test_without_noise_all_draws_go_through_the_data():
    latent, _, _ = posterior(RBF(1.3), 1e-10)
    f_nk = PathwiseDraw(latent, (5, 1), 64, np.random.default_rng(0))(X)[:, :, 0]
    np.testing.assert_allclose(f_nk, np.repeat(Y[:, None], 5, axis=1), atol=1e-3)


def test_targets_are_drawn_apart():
    latent, _, _ = posterior(RBF(1.3), 0.1)
    dual = np.column_stack([latent.dual, -2 * latent.dual])
    draw = PathwiseDraw(
        latent._replace(dual=dual), (5000, 2), 256, np.random.default_rng(0)
    )
    f_kc = draw(Z[:1])[0]
    mean = latent.mean(Z[:1])[0, 0]
    np.testing.assert_allclose(f_kc.mean(axis=0), [mean, -2 * mean], atol=0.05)
    assert abs(np.corrcoef(f_kc.T)[0, 1]) < 0.05


def test_values_do_not_depend_on_other_points(monkeypatch):
    latent, _, _ = posterior(RBF(1.3), 0.1)
    draw = PathwiseDraw(latent, (4, 1), 64, np.random.default_rng(0))
    whole = draw(np.vstack([Z, Z[::-1]]))
    monkeypatch.setattr(module, "BLOCK", 7)
    np.testing.assert_allclose(draw(Z), whole[:40], rtol=1e-12)
    np.testing.assert_allclose(whole[40:], whole[:40][::-1], rtol=1e-12)
    np.testing.assert_allclose(draw(Z[3:4]), whole[3:4], rtol=1e-12)


def test_unknown_spectra_are_named():
    assert all(spectral_fault(kernel) == "" for kernel in KERNELS)

    class Narrower(RBF):
        """A subclass, whose spectral density may differ."""

    for kernel in (DotProduct(), RBF() ** 2, Narrower()):
        name = type(kernel).__name__
        for whole in (kernel, 2.0 * RBF() + kernel, Matern() * (RBF() + kernel)):
            assert spectral_fault(whole).startswith(
                f"{name} has no known spectral density"
            )
