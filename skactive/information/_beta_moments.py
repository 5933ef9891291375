"""The Beta law of a class's draws, and its special functions.

Layer 1. The probability of a class, seen over the draws, is taken for Beta(a, b) with
the draws' mean m and variance v [1]_. Since m (1 - m) = v + E[P (1 - P)],

    a + b = E[P (1 - P)] / v,    a = m (a + b),    b = (1 - m) (a + b),

which is exact at both ends: draws that agree have v = 0 and a + b = inf, draws of 0 and
1 alone have a + b = 0. All is done in float64: in float32 rounding puts v above
m (1 - m) on a third of the cells of one-hot draws.

References
----------
.. [1] Woo, "Active learning in Bayesian neural networks with balanced entropy learning
   principle", ICLR 2023.
"""

import math
from typing import NamedTuple

from skactive._utils.array import Array, map_rows, namespace, special

__all__ = ["BetaMoments", "beta_entropy", "excess", "fit_beta", "product", "ratio"]

BLOCK_BYTES = 2**18  # of draws at a time, in float64: fits the fastest cache
LARGE = 100.0  # from here on series in 1/x are exact to rounding


class BetaMoments(NamedTuple):
    """Of each class's draws: mean, 1 - mean, variance, and E[P (1 - P)]; float64."""

    m_nc: Array
    rest_nc: Array
    v_nc: Array
    inner_nc: Array

    @property
    def total_nc(self):
        """The a + b of the Beta law; inf where the draws agree."""
        return ratio(self.inner_nc, self.v_nc)

    @property
    def spread_nc(self):
        """Share of the largest possible variance: rho = v / (m (1 - m)), in [0, 1]."""
        xp = namespace(self.v_nc)
        whole_nc = self.v_nc + self.inner_nc
        safe_nc = xp.where(whole_nc > 0, whole_nc, xp.ones_like(whole_nc))
        return self.v_nc / safe_nc


def fit_beta(p_nkc):
    """Moments (n, c) of the draws (n, k, c) that the Beta laws are fitted to."""
    n, k, c = p_nkc.shape
    n_rows = max(1, BLOCK_BYTES // (8 * k * c))
    moments_n4c = map_rows(lambda rows: _moments(p_nkc[rows]), n, n_rows)
    return BetaMoments(*(moments_n4c[:, i, :] for i in range(4)))


def _moments(p_nkc):
    """The four of `BetaMoments`: (n, 4, c)."""
    xp = namespace(p_nkc)
    p_nkc = xp.astype(p_nkc, xp.float64, copy=False)
    first_nc = p_nkc[:, 0, :]
    # measured from the first draw, so that draws which agree have variance 0 exactly
    away_nkc = p_nkc - first_nc[:, None, :]
    away_nc = xp.mean(away_nkc, axis=1)
    away_nkc = away_nkc - away_nc[:, None, :]
    v_nc = xp.mean(away_nkc * away_nkc, axis=1)
    inner_nc = xp.mean(p_nkc * (1 - p_nkc), axis=1)
    m_nc, rest_nc = first_nc + away_nc, (1 - first_nc) - away_nc
    return xp.stack([m_nc, rest_nc, v_nc, inner_nc], axis=1)


def ratio(x, y):
    """``x / y`` of numbers that are not negative, and inf where y is 0."""
    xp = namespace(x)
    return xp.where(y > 0, x / xp.where(y > 0, y, xp.ones_like(y)), xp.inf)


def product(m, total):
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
        Entropies, at most 0 (that of the uniform law); -inf where a parameter is 0 or
        both are infinite.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information._beta_moments import beta_entropy
    >>> beta_entropy(np.array([1.0, 2.0, 0.0]), np.array([1.0, 1.0, 1.0])).round(4)
    array([ 0.    , -0.1931,    -inf])
    """
    xp = namespace(a)
    proper = (a > 0) & (b > 0) & xp.isfinite(a) & xp.isfinite(b)
    a, b = (xp.where(proper, x, xp.ones_like(x)) for x in (a, b))
    # ln B(a, b) - (a-1) psi(a) - (b-1) psi(b) + (a+b-2) psi(a+b), large terms cancelled
    h = _half(a) + _half(b) - _half(a + b) - special(a).digamma(a + b)
    return xp.where(proper, h, -xp.inf)


def _half(x):
    """``x + lnGamma(x) + (1 - x) psi(x)``."""
    xp, sp = namespace(x), special(x)
    small, large = (xp.clip(x, max=LARGE), xp.clip(x, min=LARGE))
    direct = small + sp.gammaln(small) + (1 - small) * sp.digamma(small)
    u = 1 / large
    series = u * (-1 / 3 + u * (-1 / 12 + u * (-1 / 90 + u / 120)))
    series = 0.5 * (math.log(2 * math.pi) + 1 + xp.log(large)) + series
    return xp.where(x < LARGE, direct, series)


def excess(x):
    """``psi(x + 1) - log(x)``: positive, and falls from inf at 0 to 0 at inf."""
    xp = namespace(x)
    small, large = (xp.clip(x, max=LARGE), xp.clip(x, min=LARGE))
    u = 1 / large
    series = u * (0.5 + u * (-1 / 12 + u * u * (1 / 120 - u * u / 252)))
    return xp.where(x < LARGE, special(x).digamma(small + 1) - xp.log(small), series)
