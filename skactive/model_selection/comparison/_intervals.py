"""Intervals of a mean difference and of a standardised one; layer 6.

From eight differences on they are resampled, and assume no distribution. Of fewer a
resample often holds one value alone: at five its ends have been forty standard
deviations away. There Student's distribution is used, which holds for normal
differences.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi, norm
from scipy.stats import t as student

from skactive.model_selection.comparison._paired import (
    standardized,
    studentized_intervals,
)

__all__ = ["LEAST_RESAMPLED", "intervals", "student_intervals"]

LEAST_RESAMPLED = 8
QUANTILES = (np.arange(2000) + 0.5) / 2000  # of the spread, to average over


def intervals(
    d_n: np.ndarray, confidence_level: float, n_resamples: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Intervals of the mean difference, and of the standardised one.

    Parameters
    ----------
    d_n : ndarray of shape (n,)
        Differences, two or more.
    confidence_level : float
        Share of cases in which the intervals shall hold the truth.
    n_resamples : int
        Number of resamples, of eight differences or more.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    mean : ndarray of shape (2,)
        Lower and upper end.
    standardized : ndarray of shape (2,)
        Those of the standardised difference; NaN where all differences are equal.
    """
    if len(d_n) < LEAST_RESAMPLED:
        return student_intervals(d_n, confidence_level)
    return studentized_intervals(d_n, confidence_level, n_resamples, rng)


def student_intervals(
    d_n: np.ndarray, confidence_level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Intervals by Student's distribution, central and not; see `intervals`."""
    n, mean, z = len(d_n), d_n.mean(), standardized(d_n)
    if not np.isfinite(z):
        return np.array([mean, mean]), np.array([np.nan, np.nan])
    half = student.isf((1 - confidence_level) / 2, n - 1) * d_n.std(ddof=1) / n**0.5
    tails = [(1 + confidence_level) / 2, (1 - confidence_level) / 2]
    ends = [_noncentrality(z * n**0.5, n - 1, tail) / n**0.5 for tail in tails]
    return np.array([mean - half, mean + half]), np.array(ends)


def _noncentrality(t, dof, tail):
    """Noncentrality under which Student's t is at most `t` with probability `tail`.

    The probability is averaged over quantiles of the spread: SciPy's noncentral t loses
    its digits where `t` is large.
    """
    spread_q = chi.ppf(QUANTILES, dof) / dof**0.5

    def excess(delta):
        return norm.cdf(t * spread_q - delta).mean() - tail

    reach = 40 + abs(t) * (1 + spread_q[-1])
    return brentq(excess, -reach, reach)
