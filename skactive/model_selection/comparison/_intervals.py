"""Confidence intervals of a mean difference and a standardized one; layer 6.

For eight or more differences they are bootstrap intervals, without an assumption on the
distribution. With fewer, many resamples repeat a single value: for five differences, an
end of an interval was forty standard deviations away. Intervals are then based on
Student's t distribution, which assumes normal differences.
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
QUANTILES = (np.arange(2000) + 0.5) / 2000  # of the standard deviation's distribution


def intervals(
    d_n: np.ndarray, confidence_level: float, n_resamples: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Confidence intervals of the mean difference and the standardized difference.

    Parameters
    ----------
    d_n : ndarray of shape (n,)
        Differences, at least two.
    confidence_level : float
        Intended coverage of the intervals.
    n_resamples : int
        Number of bootstrap resamples, used for eight or more differences.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    mean : ndarray of shape (2,)
        Lower and upper end.
    standardized : ndarray of shape (2,)
        Ends for the standardized difference; NaN if all differences are equal.
    """
    if len(d_n) < LEAST_RESAMPLED:
        return student_intervals(d_n, confidence_level)
    return studentized_intervals(d_n, confidence_level, n_resamples, rng)


def student_intervals(
    d_n: np.ndarray, confidence_level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Intervals by Student's t, central and noncentral; see `intervals`."""
    n, mean, z = len(d_n), d_n.mean(), standardized(d_n)
    if not np.isfinite(z):
        return np.array([mean, mean]), np.array([np.nan, np.nan])
    half = student.isf((1 - confidence_level) / 2, n - 1) * d_n.std(ddof=1) / n**0.5
    tails = [(1 + confidence_level) / 2, (1 - confidence_level) / 2]
    ends = [_noncentrality(z * n**0.5, n - 1, tail) / n**0.5 for tail in tails]
    return np.array([mean - half, mean + half]), np.array(ends)


def _noncentrality(t, dof, tail):
    """Noncentrality for which Student's t is at most `t` with probability `tail`.

    The probability is averaged over quantiles of the standard deviation, because
    SciPy's noncentral t distribution loses precision for large `t`.
    """
    spread_q = chi.ppf(QUANTILES, dof) / dof**0.5

    def excess(delta):
        return norm.cdf(t * spread_q - delta).mean() - tail

    reach = 40 + abs(t) * (1 + spread_q[-1])
    return brentq(excess, -reach, reach)
