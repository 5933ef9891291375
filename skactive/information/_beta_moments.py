"""Beta distributions fitted to the draws of a class; layer 1.

The probability of a class over the draws is modelled as Beta(a, b) with the mean m and
variance v of the draws [1]_. Since m (1 - m) = v + E[P (1 - P)],

    a + b = E[P (1 - P)] / v,    a = m (a + b),    b = (1 - m) (a + b),

which is exact in both limits: a + b is infinite for draws that agree, and 0 for draws
that are all 0 or 1. Computations are in float64: in float32, rounding makes v larger
than m (1 - m) for a third of the classes of one-hot draws. Variances are stored in
units of the squared mean, because those of probabilities such as 1e-200, which naive
Bayes returns, would underflow.

References
----------
.. [1] Woo, "Active learning in Bayesian neural networks with balanced entropy learning
   principle", ICLR 2023.
"""

import math
from typing import NamedTuple

from skactive._utils.array import Array, namespace, positive_or_one, special
from skactive.information._draws import deviations, of_draws

__all__ = ["BetaMoments", "beta_entropy", "excess", "fit_beta", "product", "ratio"]

SERIES_FROM = 100.0  # above, the series in 1/x are accurate to rounding error
NOTHING = 1e-300  # smaller parameters are treated as 0; limits are then exact


class BetaMoments(NamedTuple):
    """Moments of the draws of each class, from which Beta parameters are computed.

    ``m`` is the mean, ``rest`` is 1 - m, ``inner`` is E[P (1 - P)], and ``scaled_v`` is
    the variance divided by ``unit ** 2``. All are float64.
    """

    m_nc: Array
    rest_nc: Array
    scaled_v_nc: Array
    inner_nc: Array

    @property
    def unit_nc(self):
        """The mean, clipped to a positive number, as a divisor."""
        return _unit(self.m_nc)

    @property
    def v_nc(self):
        """The variance, which may underflow to 0 even if the draws differ."""
        return self.scaled_v_nc * self.unit_nc * self.unit_nc

    @property
    def a_nc(self):
        """Parameter a of the Beta distribution: ``m E[P (1 - P)] / v``."""
        share_nc = (self.m_nc / self.unit_nc) * (self.inner_nc / self.unit_nc)
        a_nc = ratio(share_nc, self.scaled_v_nc)
        return namespace(a_nc).where(self.m_nc > 0, a_nc, self.m_nc)

    @property
    def total_nc(self):
        """Sum a + b of the parameters of the Beta distribution; inf if draws agree."""
        return ratio(self.inner_nc / self.unit_nc, self.scaled_v_nc * self.unit_nc)

    @property
    def spread_nc(self):
        """Variance relative to its maximum: rho = v / (m (1 - m)), in [0, 1]."""
        v_nc = self.scaled_v_nc * self.unit_nc
        return v_nc / positive_or_one(v_nc + self.inner_nc / self.unit_nc)


def fit_beta(p_nkc: Array) -> BetaMoments:
    """Compute the moments (n, c) of draws (n, k, c)."""
    moments_n4c = of_draws(_moments, p_nkc)
    return BetaMoments(*(moments_n4c[:, i, :] for i in range(4)))


def _moments(p_nkc):
    """The four moments of `BetaMoments`, stacked: (n, 4, c)."""
    xp, (first_nc, shift_nc, away_nkc) = namespace(p_nkc), deviations(p_nkc)
    m_nc, rest_nc = first_nc + shift_nc, (1 - first_nc) - shift_nc
    away_nkc *= (1 / _unit(m_nc))[:, None, :]
    away_nkc *= away_nkc
    inner_nkc = 1 - p_nkc
    inner_nkc *= p_nkc
    scaled_v_nc, inner_nc = (xp.mean(x, axis=1) for x in (away_nkc, inner_nkc))
    return xp.stack([m_nc, rest_nc, scaled_v_nc, inner_nc], axis=1)


def _unit(m_nc):
    return namespace(m_nc).clip(m_nc, min=NOTHING)


def ratio(x: Array, y: Array) -> Array:
    """Compute ``x / y`` of numbers from 0 to 1; inf if y is 0 or denormal."""
    xp, enough = namespace(x), y > 1e-307
    return xp.where(enough, x / xp.where(enough, y, xp.ones_like(y)), xp.inf)


def product(m: Array, total: Array) -> Array:
    """Compute ``m * total`` with 0 * inf = 0."""
    xp = namespace(m)
    return xp.where(m > 0, m * xp.where(m > 0, total, xp.ones_like(total)), m)


def beta_entropy(a: Array, b: Array) -> Array:
    """Compute the differential entropy of Beta(a, b), stably for all a and b.

    Parameters
    ----------
    a, b : array
        Non-negative, possibly infinite parameters; float64.

    Returns
    -------
    array
        Entropies in nats, at most 0 (the uniform distribution); -inf if a parameter is
        infinite, 0, or so small that the entropy is below -1e300.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information._beta_moments import beta_entropy
    >>> beta_entropy(np.array([1.0, 2.0, 0.0]), np.array([1.0, 1.0, 1.0])).round(4)
    array([ 0.    , -0.1931,    -inf])
    """
    xp = namespace(a)
    # for tiny b the entropy is about -1 / b, and psi(b) overflows
    proper = (a > NOTHING) & (b > NOTHING) & xp.isfinite(a) & xp.isfinite(b)
    a, b = (xp.where(proper, x, xp.ones_like(x)) for x in (a, b))
    # ln B(a, b) - (a-1) psi(a) - (b-1) psi(b) + (a+b-2) psi(a+b), rearranged into one
    # function of each argument. Terms of order x log x cancel analytically in `_half`;
    # computed as printed, the entropy is off by 1e-2 at a + b = 4e12.
    h = _half(a) + _half(b) - _half(a + b) - special(a).digamma(a + b)
    return xp.where(proper, h, -xp.inf)


def _half(x):
    """``x + lnGamma(x) + (1 - x) psi(x)``.

    For large x, Stirling's series of both functions are inserted. The terms x log x and
    x cancel analytically, which leaves ``log(2 pi e x) / 2`` and a series in 1/x. For x
    of at least 100, four terms give an error below 1e-12.
    """
    xp, sp = namespace(x), special(x)
    small, large = xp.clip(x, max=SERIES_FROM), xp.clip(x, min=SERIES_FROM)
    direct = small + sp.gammaln(small) + (1 - small) * sp.digamma(small)
    u = 1 / large
    series = u * (-1 / 3 + u * (-1 / 12 + u * (-1 / 90 + u / 120)))
    series = 0.5 * (math.log(2 * math.pi) + 1 + xp.log(large)) + series
    return xp.where(x < SERIES_FROM, direct, series)


def excess(x: Array) -> Array:
    """Compute ``psi(x + 1) - log(x)``, which decreases from inf to 0.

    For large x both terms are nearly equal, and a series avoids their cancellation.
    """
    xp = namespace(x)
    small, large = xp.clip(x, max=SERIES_FROM), xp.clip(x, min=SERIES_FROM)
    u = 1 / large
    series = u * (0.5 + u * (-1 / 12 + u * u * (1 / 120 - u * u / 252)))
    direct = special(x).digamma(small + 1) - xp.log(small)
    return xp.where(x < SERIES_FROM, direct, series)
