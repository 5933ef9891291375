"""Expected effects of a label on predictions at reference points; layer 2.

With P_x (k, c) the draws of a point and P_* those of a reference point, the joint
probability of their labels is ``J = P_x' P_* / k``, with marginals m_x and m_*.
Everything is computed from the covariance ``C = J - m_x m_*'``, as a product of
deviations: if the draws hardly differ, the difference of J and m_x m_*' would be lost
to cancellation.
"""

import functools
from dataclasses import dataclass

import numpy as np

from skactive._utils.array import (
    CORE_CACHE_BYTES,
    Array,
    block_rows,
    carry,
    device,
    float64,
    map_rows,
    namespace,
    positive_or_one,
    rounded_like,
    to_numpy,
)
from skactive._utils.lazy import LazyArray, map_chunks
from skactive.distributed._objective import DistributedObjective
from skactive.distributed._parts import Parts
from skactive.objectives._deviations import deviations, weighted_deviations
from skactive.selection import DivisibleSetFunction

__all__ = [
    "DistributedReferenceGains",
    "ReferenceGains",
    "label_information",
    "prediction_change",
    "reference_gains_over",
]

IMPOSSIBLE = 1e-150  # lower limit of probabilities, whose square does not underflow
NEVER = -1 + 2**-53  # lower limit of C / (m m'), where J is 0 up to rounding
FLAT = 1e-3  # relative covariances below which the series is more accurate than the log


def label_information(p_nkc: Array, p_rkc: Array, w_k: Array | None = None) -> Array:
    """Compute the mutual information of the labels of points and reference points.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws of the points.
    p_rkc : array of shape (r, k, c)
        Draws of the reference points, from the same functions.
    w_k : array of shape (k,), default=None
        Weights of the draws, which sum to one; equal by default.

    Returns
    -------
    array of shape (n, r)
        Mutual information in nats, not negative; float64, with small relative errors.
    """
    points, reference = (
        deviations(p) if w_k is None else weighted_deviations(p, w_k)
        for p in (p_nkc, p_rkc)
    )
    xp, most = namespace(p_nkc), float(namespace(p_rkc).max(_spread(*reference)))
    # the series is used for points whose C / (m m') is small at all reference points
    far_n = to_numpy(_spread(*points)) * most > FLAT
    if far_n.all():
        return _over_pairs(_information_by_log, points, reference)
    far, near = np.flatnonzero(far_n), np.flatnonzero(~far_n)

    def of(measure, rows):
        some = tuple(x[carry(rows, x)] for x in points)
        return _over_pairs(measure, some, reference)

    gain_nr = xp.concat(
        [of(_information_by_log, far), of(_information_by_series, near)]
    )
    return gain_nr[carry(np.argsort(np.concatenate([far, near])), gain_nr)]


def _spread(m_nc, away_nkc):
    """Relative standard deviation of the draws, maximum over classes: (n,).

    The product of those of two points bounds their C / (m m') (Cauchy-Schwarz), with
    the lower limit of m that both formulas of the information have. A class that only
    a draw of tiny weight expects has m = w P and a standard deviation of sqrt(w) P.
    """
    xp = namespace(m_nc)
    variance_nc = xp.mean(away_nkc * away_nkc, axis=1)
    return xp.max(variance_nc**0.5 / xp.clip(m_nc, min=IMPOSSIBLE), axis=1)


def _information_by_log(c_cncr, m_cn11, m_cr):
    """``sum J log(J / m m') - C``: C sums to zero, and makes every term positive."""
    xp = namespace(c_cncr)
    m_cn11, m_cr = (xp.clip(m, min=IMPOSSIBLE) for m in (m_cn11, m_cr))
    product_cncr = m_cn11 * m_cr
    never = xp.asarray(NEVER, dtype=m_cr.dtype, device=device(m_cr))
    ratio_cncr = xp.maximum(c_cncr / product_cncr, never)
    product_cncr += c_cncr  # J; computed in place, so that a block stays in the cache
    product_cncr *= xp.log1p(ratio_cncr)
    product_cncr -= c_cncr
    return xp.clip(xp.sum(product_cncr, axis=(0, 2)), min=0.0)


def _information_by_series(c_cncr, m_cn11, m_cr):
    """The same by a series in C / (m m'), where the logarithm is inaccurate."""
    xp = namespace(c_cncr)
    m_cn11, m_cr = (xp.clip(m, min=IMPOSSIBLE) for m in (m_cn11, m_cr))
    u_cncr = c_cncr / (m_cn11 * m_cr)
    series_cncr = 1 / 2 - u_cncr * (1 / 6 - u_cncr * (1 / 12 - u_cncr / 20))
    return xp.sum(c_cncr * u_cncr * series_cncr, axis=(0, 2))


def prediction_change(p_nkc: Array, p_rkc: Array) -> Array:
    """Compute the expected squared change of predictions at reference points.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws of the points.
    p_rkc : array of shape (r, k, c)
        Draws of the reference points, from the same functions.

    Returns
    -------
    array of shape (n, r)
        ``sum_y m_y |p(y* | y) - p(y*)|^2``; float64, with small relative errors.
    """

    def change(c_cncr, m_cn11, m_cr):
        xp = namespace(c_cncr)
        return xp.sum(c_cncr * c_cncr / positive_or_one(m_cn11), axis=(0, 2))

    return _over_pairs(change, deviations(p_nkc), deviations(p_rkc))


def _over_pairs(measure, points, reference):
    """Apply ``measure(C, m_x, m_*)`` to blocks of points and reference points."""
    (m_nc, away_nkc), (m_rc, away_rkc) = points, reference
    xp, (n, k, c) = namespace(m_nc), away_nkc.shape
    away_cnk = xp.permute_dims(away_nkc, (2, 0, 1))
    away_kcr = xp.permute_dims(away_rkc, (1, 2, 0)) / k
    n_reference = m_rc.shape[0]
    pairs = block_rows(8 * c * c, m_nc, CORE_CACHE_BYTES)
    n_columns = min(n_reference, pairs)

    def block(rows, columns):
        left_ck, right_kc = away_cnk[:, rows, :], away_kcr[:, :, columns]
        shape = (c, left_ck.shape[1], c, right_kc.shape[2])
        covariance_cc = xp.reshape(left_ck, (-1, k)) @ xp.reshape(right_kc, (k, -1))
        m_cn11, m_cr = m_nc[rows].T[:, :, None, None], m_rc[columns].T
        return measure(xp.reshape(covariance_cc, shape), m_cn11, m_cr)

    def chunk(rows):
        of_columns = functools.partial(block, rows)
        return map_rows(of_columns, n_reference, n_columns, axis=-1)

    return map_rows(chunk, n, max(1, pairs // n_columns))


@dataclass(frozen=True, eq=False)
class ReferenceGains(DivisibleSetFunction):
    """Modular set function of the effect of each label on each reference point.

    Parameters
    ----------
    gain_nr : array or LazyArray of shape (n, r)
        Result of `label_information` or `prediction_change`; its dtype determines the
        tolerance of ties.
    """

    gain_nr: Array | LazyArray
    diminishing = True

    @property
    def size(self) -> int:
        """Number of points."""
        return len(self.gain_nr)

    def start(self):
        """Return the state of the empty set, which holds nothing."""
        return ()

    def gains(self, state, rows=None):
        """Compute the mean over the reference points: (n,)."""

        def mean(gain_mr):
            mean_m = namespace(gain_mr).mean(float64(gain_mr), axis=1)
            return rounded_like(mean_m, gain_mr)

        return map_chunks(mean, self.gain_nr, rows)

    def profiles(self, rows):
        """Return the effects of some points' labels, by which to cluster: (m, r)."""
        return to_numpy(self.gain_nr[carry(rows, self.gain_nr[:1])])

    def message(self, i):
        """Return None: states do not depend on the picked points."""

    def receive(self, state, message):
        """Return the state unchanged."""
        return state


class DistributedReferenceGains(DistributedObjective):
    """`ReferenceGains` for a distributed pool; profiles of few points are gathered."""

    def profiles(self, rows):
        """Return the effects of some points' labels, by which to cluster: (m, r)."""
        return self.parts.at(_profiles, rows)


def _profiles(f, rows):
    return f.profiles(rows)


def reference_gains_over(parts: Parts) -> ReferenceGains | DistributedReferenceGains:
    """Combine the objectives of the parts of a pool into one over the whole pool.

    Parameters
    ----------
    parts : Parts
        A `ReferenceGains` for each part.

    Returns
    -------
    ReferenceGains or DistributedReferenceGains
        Objective with a method ``profiles(rows)``.
    """
    return DistributedReferenceGains(parts) if parts.is_distributed else parts.here
