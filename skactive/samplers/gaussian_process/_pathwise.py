"""Functions of a Gaussian process as random Fourier sums; layer 3.

A function drawn in this way is a formula: evaluating it takes time and memory that are
linear in the number of points.
"""

import numpy as np
from scipy.linalg import cho_solve
from scipy.special import gammaincinv, ndtri
from scipy.stats import qmc
from sklearn.gaussian_process.kernels import (
    RBF,
    ConstantKernel,
    Matern,
    Product,
    RationalQuadratic,
    Sum,
    WhiteKernel,
)

from skactive._utils.array import map_rows

__all__ = ["PathwiseDraw", "spectral_fault", "spectral_terms"]

# points evaluated at a time, whatever the memory limit: the waves fit in the cache
BLOCK = 256
# bits of a quasi-random number; adding half of the last keeps it off 0 and 1
BITS = 30


class PathwiseDraw:
    """Functions from the posterior: a draw from the prior plus a correction [1]_.

    f = g + K(., X) (K(X, X) + N)^-1 (y - g(X) - noise), where g is a draw of the prior
    and N the covariance of the noise.

    References
    ----------
    .. [1] Wilson et al., "Efficiently sampling functions from Gaussian process
       posteriors", ICML 2020, eq. 8 and 12.
    """

    def __init__(self, latent, shape, n_frequencies, rng):
        self.latent = latent
        self.shape = shape  # (k, c)
        columns = int(np.prod(shape))
        terms = spectral_terms(latent.kernel)
        d = latent.X_train.shape[1]
        self.prior = FourierPrior(terms, d, n_frequencies, columns, rng)
        # with s for `scale`: s K s + variance of the noise = L L', where L is `factor`
        n, s = len(latent.X_train), latent.scale
        # the diagonal of L L' minus that of s K s is the variance of the noise
        of_prior = s**2 * sum(variance for variance, _ in terms)
        of_both = np.sum(latent.factor**2, axis=1, keepdims=True)
        noise = np.sqrt(np.maximum(of_both - of_prior, 0))
        drawn = s * self.prior(latent.X_train)
        drawn += noise * rng.standard_normal((n, columns))
        correction = s * cho_solve((latent.factor, True), drawn)
        dual_nkc = latent.dual.reshape(n, 1, -1) - correction.reshape(n, *shape)
        self.dual = dual_nkc.reshape(n, columns)

    def __call__(self, X):
        """Evaluate the functions at points: (n, k, c)."""

        def block(rows):
            cross = self.latent.kernel(X[rows], self.latent.X_train)
            return self.prior(X[rows]) + cross @ self.dual

        return map_rows(block, len(X), BLOCK).reshape(-1, *self.shape)


class FourierPrior:
    """Functions from a stationary prior: Fourier sums with normal amplitudes [1]_.

    Frequencies are quasi-random numbers with the kernel's spectral density [2]_.

    References
    ----------
    .. [1] Rahimi and Recht, "Random features for large-scale kernel machines", 2007.
    .. [2] Avron et al., "Quasi-Monte Carlo feature maps for shift-invariant kernels",
       JMLR 2016.
    """

    def __init__(self, terms, d, n_frequencies, columns, rng):
        frequencies, amplitudes = [np.empty((d, 0))], [np.empty(0)]
        for variance, spectra in terms:
            waves_dm = _frequencies(spectra, d, n_frequencies, rng)
            m = waves_dm.shape[1]
            frequencies.append(waves_dm)
            amplitudes.append(np.full(m, np.sqrt(variance / m)))
        self.frequencies = np.hstack(frequencies)
        self.amplitudes = np.concatenate(amplitudes)[:, None]
        shape = (len(self.amplitudes), columns)
        self.of_cos = self.amplitudes * rng.standard_normal(shape)
        self.of_sin = self.amplitudes * rng.standard_normal(shape)

    def __call__(self, X):
        """Evaluate the functions at points: (n, columns)."""
        phase_nm = X @ self.frequencies
        return np.cos(phase_nm) @ self.of_cos + np.sin(phase_nm) @ self.of_sin


def spectral_terms(kernel):
    """Write a kernel as a sum of products of kernels with known spectral densities.

    Parameters
    ----------
    kernel : Kernel
        A kernel of scikit-learn.

    Returns
    -------
    list of tuple (variance, spectra)
        The value of each product at distance zero and its kernels, none for a constant.
        White noise, and products with it, are left out: noise is not part of a
        function.
    """
    kind = type(kernel)
    if kind is Sum:
        return spectral_terms(kernel.k1) + spectral_terms(kernel.k2)
    if kind is Product:
        left, right = spectral_terms(kernel.k1), spectral_terms(kernel.k2)
        return [(a * b, s + t) for a, s in left for b, t in right]
    if kind is ConstantKernel:
        return [(kernel.constant_value, ())]
    if kind is WhiteKernel:
        return []
    return [(1.0, (kernel,))]


def spectral_fault(kernel):
    """Say which part of a kernel has no known spectral density; "" if none."""
    if type(kernel) in (Sum, Product):
        return spectral_fault(kernel.k1) or spectral_fault(kernel.k2)
    if type(kernel) in (ConstantKernel, WhiteKernel, *SPECTRA):
        return ""
    return (
        f"{type(kernel).__name__} has no known spectral density from which to draw "
        "random Fourier features; only RBF, Matern, RationalQuadratic, ConstantKernel, "
        "WhiteKernel, and their sums and products have one"
    )


def _frequencies(spectra, d, m, rng):
    """Frequencies of a product of kernels: sums of those of its factors, (d, m)."""
    if not spectra:
        return np.zeros((d, 1))  # a constant has one wave, of frequency 0
    u_mx = _evenly(m, (d + 1) * len(spectra), rng)
    parts = np.split(u_mx, len(spectra), axis=1)
    factors = zip(spectra, parts, strict=True)
    return sum(_of_kernel(kernel, part) for kernel, part in factors).T


def _evenly(m, dimensions, rng):
    """Quasi-random numbers within (0, 1): (m, dimensions)."""
    if dimensions > qmc.Sobol.MAXDIM:  # 21,201; beyond, plain random numbers
        return rng.random((m, dimensions)) + 2.0**-54
    sequence = qmc.Sobol(dimensions, bits=BITS, seed=rng)
    # Sobol sequences are balanced at powers of two
    whole = sequence.random_base2(int(np.ceil(np.log2(m))))
    return whole[:m] + 2.0 ** -(BITS + 1)


def _of_kernel(kernel, u_mx):
    """Frequencies of one kernel, from uniform numbers (m, d + 1)."""
    scale_m1 = SPECTRA[type(kernel)](kernel, u_mx[:, -1:])
    return scale_m1 * ndtri(u_mx[:, :-1]) / kernel.length_scale


def _normal(kernel, u_m1):
    return 1.0


def _student(kernel, u_m1):
    """Matern: a multivariate t distribution with 2 nu degrees of freedom."""
    if kernel.nu == np.inf:
        return 1.0
    return np.sqrt(kernel.nu / gammaincinv(kernel.nu, u_m1))


def _mixture(kernel, u_m1):
    """Rational quadratic: a mixture of RBF kernels with Gamma precisions."""
    return np.sqrt(gammaincinv(kernel.alpha, u_m1) / kernel.alpha)


# factor of a standard normal frequency by kernel; looked up by exact type, as Matern
# is a subclass of RBF
SPECTRA = {RBF: _normal, Matern: _student, RationalQuadratic: _mixture}
