"""Pathwise draws of a Gaussian process: time, memory, and error, in one run.

    python benchmarks/speed/bench_gaussian_process.py [--quick]

Errors are against the exact posterior; with unit vectors for noise the covariance of
the draws is known exactly, without error of sampling. Each claim is asserted: a
benchmark whose claim no longer holds fails.
"""

import numpy as np
from measure import begin, command_line, peak_bytes, timed
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import (
    RBF,
    Matern,
    RationalQuadratic,
    WhiteKernel,
)

from skactive.samplers import GaussianProcessSampler
from skactive.samplers.gaussian_process._pathwise import PathwiseDraw
from skactive.samplers.gaussian_process._sampler import _regression

KERNELS = {
    "RBF": RBF(2.0),
    "RBF, ARD": RBF([0.7, 1.0, 2.0, 4.0, 8.0]),
    "Matern 5/2": Matern(2.0, nu=2.5),
    "Matern 1/2": Matern(2.0, nu=0.5),
    "RationalQuadratic": RationalQuadratic(2.0, alpha=1.0),
    "RBF * Matern 3/2 + RBF": RBF(3.0) * Matern(4.0, nu=1.5) + 0.5 * RBF(1.0),
}


class Units(np.random.Generator):
    """A generator whose normal numbers are rows of the unit matrix, in turn."""

    def __init__(self, seed):
        super().__init__(np.random.PCG64(seed))
        self.given = 0

    def standard_normal(self, shape):
        """Rows of the unit matrix."""
        self.given += shape[0]
        return np.eye(shape[0], shape[1], self.given - shape[0])


def points(n, d=5, seed=0):
    """Standard normal points, and values that depend on them."""
    X = np.random.default_rng(seed).normal(size=(n, d))
    return X, np.sin(2 * X[:, 0]) + X[:, 1]


def fitted(kernel, n_train=100, alpha=0.01):
    """A Gaussian process with a fixed kernel."""
    gp = GaussianProcessRegressor(kernel, alpha=alpha, optimizer=None)
    return gp.fit(*points(n_train, seed=1))


def errors(kernel, n, m):
    """Error of the covariance, root mean square and worst, in prior variances."""
    latent = _regression(fitted(kernel))
    X, _ = points(n)
    n_terms = 2 if "+" in str(kernel) else 1
    k = 2 * m * n_terms + len(latent.X_train)
    deviation = PathwiseDraw(latent, (k, 1), m, Units(0))(X)[:, :, 0] - latent.mean(X)
    error = deviation @ deviation.T - latent.covariance(X, X)
    error /= kernel.diag(X[:1])[0]
    return np.sqrt(np.mean(error**2)), np.abs(error).max()


def bench_errors(n, m, quick):
    """Covariance against the exact posterior, kernel by kernel."""
    print(f"covariance at {n} points, of draws with {m} and {m // 4} frequencies:")
    for name, kernel in KERNELS.items():
        few, _ = errors(kernel, n, m // 4)
        rms, worst = errors(kernel, n, m)
        print(
            f"  {name:>23}: root mean square {rms:.4f}, worst {worst:.4f} of the "
            f"variance; with a quarter of them {few:.4f}"
        )
        assert rms < (0.03 if quick else 0.015), "covariances off by more"
        assert worst < (0.2 if quick else 0.08), "a covariance off by more"
        assert rms < (0.9 if quick else 0.6) * few, "more frequencies do not help"


def bench_moments(n, k):
    """Mean and variance of many draws against the exact posterior."""
    gp = fitted(2.0 * RBF(2.0) + WhiteKernel(0.1))
    sampler = GaussianProcessSampler(gp, n_draws=k, method="pathwise")
    X, _ = points(n)
    f_nk = sampler.fit(*points(100, seed=1)).draw(X, rng=0)[:, :, 0]
    latent = _regression(sampler.estimator_)
    spread = np.sqrt(latent.covariance(X, X).diagonal())
    off = np.abs(f_nk.mean(axis=1) - latent.mean(X)[:, 0]) / spread
    ratio = f_nk.std(axis=1) / spread
    print(
        f"{k} draws at {n} points: means off by up to {off.max():.3f} standard "
        f"deviations (chance alone: {3.5 / np.sqrt(k):.3f}); standard deviations are "
        f"{ratio.min():.3f} to {ratio.max():.3f} times the exact"
    )
    assert off.max() < 6 / np.sqrt(k), "means off by more than chance"
    assert np.abs(ratio - 1).max() < 0.1 + 4 / np.sqrt(2 * k), "wrong variances"


def cost(n, k=50, then=None):
    """CPU seconds and peak memory of drawing at n points."""
    sampler = GaussianProcessSampler(fitted(Matern(2.0, nu=2.5)), n_draws=k)
    sampler.fit(*points(100, seed=1))
    X, _ = points(n)

    def draw():
        return sampler.draw(X, rng=0, then=then)

    return timed(draw)[0], peak_bytes(draw)[0]


def bench_growth(small, large, k=50):
    """Time and memory of pools of two sizes, scored chunk by chunk."""
    score = {"then": lambda f_nkc: f_nkc.std(axis=1)[:, 0]}
    cost(small)  # imports and first calls
    (little, low), (much, high) = cost(small, k, **score), cost(large, k, **score)
    scores = 8 * (large - small)
    print(
        f"{k} draws: {small} points {little:.2f} s of CPU time and "
        f"{low / 2**20:.0f} MiB; {large} points {much:.2f} s and {high / 2**20:.0f} "
        f"MiB: {much / little:.1f} times the time of {large // small} times the points"
    )
    growth = large / small
    assert 0.5 * growth < much / little < 1.5 * growth, "time is not linear"
    assert high - low - scores < 8 * 2**20, "memory grows with the pool"


def main(argv=None):
    """Run the benchmarks and assert their claims."""
    quick = begin(command_line(__doc__, "a tenth of the size"), argv).quick
    bench_errors(*((100, 256) if quick else (500, 1024)), quick)
    bench_moments(*((100, 1000) if quick else (500, 10_000)))
    bench_growth(*((6000, 24_000) if quick else (10_000, 100_000)))


if __name__ == "__main__":
    main()
