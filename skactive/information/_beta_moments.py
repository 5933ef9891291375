"""The Beta distribution of a class's draws, and its special functions.

Layer 1. The probability of a class, seen over the draws, is taken for Beta(a, b) with
the draws' mean m and variance v [1]_. Since m (1 - m) = v + E[P (1 - P)],

    a + b = E[P (1 - P)] / v,    a = m (a + b),    b = (1 - m) (a + b),

which is exact at both ends: draws that agree have v = 0 and a + b = inf, draws of 0 and
1 alone have a + b = 0. All is done in float64: in float32 rounding puts v above
m (1 - m) on a third of the cells of one-hot draws. Variances are held in units of the
square of the class's mean: those of probabilities such as 1e-200, which naive
Bayes gives, would be 0 in their own.

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

SERIES_FROM = 100.0  # from here on the series in 1/x are exact to rounding
NOTHING = 1e-300  # a parameter below counts as 0: its limits hold to all digits


class BetaMoments(NamedTuple):
    """Of each class's draws, float64: what a Beta distribution is fitted to.

    ``m`` is their mean, ``rest`` 1 - m, and ``inner`` E[P (1 - P)]; ``scaled_v`` is
    their variance over ``unit ** 2``.
    """

    m_nc: Array
    rest_nc: Array
    scaled_v_nc: Array
    inner_nc: Array

    @property
    def unit_nc(self):
        """The mean, as something to divide by."""
        return _unit(self.m_nc)

    @property
    def v_nc(self):
        """The variance; may underflow to 0 where draws do not agree."""
        return self.scaled_v_nc * self.unit_nc * self.unit_nc

    @property
    def a_nc(self):
        """The a of the Beta distribution: ``m E[P (1 - P)] / v``."""
        share_nc = (self.m_nc / self.unit_nc) * (self.inner_nc / self.unit_nc)
        a_nc = ratio(share_nc, self.scaled_v_nc)
        return namespace(a_nc).where(self.m_nc > 0, a_nc, self.m_nc)

    @property
    def total_nc(self):
        """The a + b of the Beta distribution; inf where the draws agree."""
        return ratio(self.inner_nc / self.unit_nc, self.scaled_v_nc * self.unit_nc)

    @property
    def spread_nc(self):
        """Share of the largest possible variance: rho = v / (m (1 - m)), in [0, 1]."""
        v_nc = self.scaled_v_nc * self.unit_nc
        return v_nc / positive_or_one(v_nc + self.inner_nc / self.unit_nc)


def fit_beta(p_nkc: Array) -> BetaMoments:
    """Moments of the draws (n, k, c): each (n, c)."""
    moments_n4c = of_draws(_moments, p_nkc)
    return BetaMoments(*(moments_n4c[:, i, :] for i in range(4)))


def _moments(p_nkc):
    """The four of `BetaMoments`: (n, 4, c)."""
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
    """``x / y`` of numbers from 0 to 1; inf where y is 0, or so near that it may be."""
    xp, enough = namespace(x), y > 1e-307
    return xp.where(enough, x / xp.where(enough, y, xp.ones_like(y)), xp.inf)


def product(m: Array, total: Array) -> Array:
    """``m * total`` with 0 * inf = 0."""
    xp = namespace(m)
    return xp.where(m > 0, m * xp.where(m > 0, total, xp.ones_like(total)), m)


def beta_entropy(a: Array, b: Array) -> Array:
    """Differential entropy of Beta(a, b), stable at every size of a and b.

    Parameters
    ----------
    a, b : array
        Parameters, not negative, perhaps infinite; float64.

    Returns
    -------
    array
        Entropies, at most 0 (that of the uniform distribution); -inf where a parameter
        is 0, or so near that the entropy is below -1e300, or one is infinite.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information._beta_moments import beta_entropy
    >>> beta_entropy(np.array([1.0, 2.0, 0.0]), np.array([1.0, 1.0, 1.0])).round(4)
    array([ 0.    , -0.1931,    -inf])
    """
    xp = namespace(a)
    # next to 0 the entropy is about -1 / b, and psi(b) overflows
    proper = (a > NOTHING) & (b > NOTHING) & xp.isfinite(a) & xp.isfinite(b)
    a, b = (xp.where(proper, x, xp.ones_like(x)) for x in (a, b))
    # ln B(a, b) - (a-1) psi(a) - (b-1) psi(b) + (a+b-2) psi(a+b), sorted into one
    # function of each argument: its terms of order x log x cancel within `_half`, where
    # as printed they are off by 1e-2 at a + b = 4e12
    h = _half(a) + _half(b) - _half(a + b) - special(a).digamma(a + b)
    return xp.where(proper, h, -xp.inf)


def _half(x):
    """``x + lnGamma(x) + (1 - x) psi(x)``.

    For large x both series of Stirling are put in: x log x and x cancel by hand, and
    what is left is half the entropy of a Gaussian, ``log(2 pi e x) / 2``, and terms
    that fall with 1/x. Four of them, from 100 on, leave less than 1e-12.
    """
    xp, sp = namespace(x), special(x)
    small, large = xp.clip(x, max=SERIES_FROM), xp.clip(x, min=SERIES_FROM)
    direct = small + sp.gammaln(small) + (1 - small) * sp.digamma(small)
    u = 1 / large
    series = u * (-1 / 3 + u * (-1 / 12 + u * (-1 / 90 + u / 120)))
    series = 0.5 * (math.log(2 * math.pi) + 1 + xp.log(large)) + series
    return xp.where(x < SERIES_FROM, direct, series)


def excess(x: Array) -> Array:
    """``psi(x + 1) - log(x)``: positive, and falls from inf at 0 to 0 at inf.

    For large x a difference of two equal logarithms; the series is what is left of it.
    """
    xp = namespace(x)
    small, large = xp.clip(x, max=SERIES_FROM), xp.clip(x, min=SERIES_FROM)
    u = 1 / large
    series = u * (0.5 + u * (-1 / 12 + u * u * (1 / 120 - u * u / 252)))
    direct = special(x).digamma(small + 1) - xp.log(small)
    return xp.where(x < SERIES_FROM, direct, series)
