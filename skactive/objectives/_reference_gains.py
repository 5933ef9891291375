"""What a label would change in predictions at reference points; layer 2.

With P_x (k, c) the draws of a point and P_* those of a reference point, the joint
probability of their labels is ``J = P_x' P_* / k``, and m_x, m_* its margins. All is
computed from the covariance ``C = J - m_x m_*'``, a product of deviations: a difference
of J and m_x m_*' would have no digits left where draws differ little. In regression the
joint distribution is Gaussian, with the draws' covariances.
"""

import functools
from dataclasses import dataclass

from skactive._utils.array import (
    Array,
    carry,
    chunk_rows,
    device,
    map_rows,
    namespace,
    rounded_like,
    to_numpy,
)
from skactive._utils.lazy import LazyArray, map_chunks
from skactive.distributed._objective import DistributedObjective
from skactive.distributed._parts import Parts
from skactive.objectives._deviations import deviations
from skactive.objectives._gaussian_information import GaussianInformation, covariance
from skactive.selection import DivisibleSetFunction

__all__ = [
    "DistributedReferenceGains",
    "ReferenceGains",
    "ReferenceInformation",
    "ReferenceVariance",
    "label_information",
    "prediction_change",
    "reference_gains_over",
]

BLOCK_BYTES = 2**20  # of covariances at a time: what is made of them fits a cache
IMPOSSIBLE = 1e-150  # a smaller probability counts as this: its square is not yet 0
NEVER = (
    -1 + 2**-53
)  # C / (m m') of labels that are never seen together, but for 0 log 0


def label_information(p_nkc: Array, p_rkc: Array) -> Array:
    """Mutual information of each point's label and each reference point's label.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws of the points.
    p_rkc : array of shape (r, k, c)
        Draws, by the same functions, of the reference points.

    Returns
    -------
    array of shape (n, r)
        In nats, not negative; float64, of errors that are small beside each number.
    """

    def information(c_cncr, m_cn11, m_cr):
        # sum J log(J / m m') - C, whose terms are never negative; C sums to zero
        xp = namespace(c_cncr)
        m_cn11, m_cr = (xp.clip(m, min=IMPOSSIBLE) for m in (m_cn11, m_cr))
        product_cncr = m_cn11 * m_cr
        never = xp.asarray(NEVER, dtype=m_cr.dtype, device=device(m_cr))
        ratio_cncr = xp.maximum(c_cncr / product_cncr, never)
        product_cncr += c_cncr  # J: a block is worked in place, in the cache
        product_cncr *= xp.log1p(ratio_cncr)
        product_cncr -= c_cncr
        return xp.clip(xp.sum(product_cncr, axis=(0, 2)), min=0.0)

    return _over_pairs(information, p_nkc, p_rkc)


def prediction_change(p_nkc: Array, p_rkc: Array) -> Array:
    """Expected squared change of each reference point's prediction by each label.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws of the points.
    p_rkc : array of shape (r, k, c)
        Draws, by the same functions, of the reference points.

    Returns
    -------
    array of shape (n, r)
        ``sum_y m_y |p(y* | y) - p(y*)|^2``; float64, of errors that are small beside
        each number.
    """

    def change(c_cncr, m_cn11, m_cr):
        xp = namespace(c_cncr)
        safe_cn11 = xp.where(m_cn11 > 0, m_cn11, 1.0)
        return xp.sum(c_cncr * c_cncr / safe_cn11, axis=(0, 2))

    return _over_pairs(change, p_nkc, p_rkc)


def _over_pairs(measure, p_nkc, p_rkc):
    """Apply ``measure(C, m_x, m_*)`` to blocks of points and reference points."""
    (m_nc, away_nkc), (m_rc, away_rkc) = deviations(p_nkc), deviations(p_rkc)
    xp, (n, k, c) = namespace(p_nkc), p_nkc.shape
    away_cnk = xp.permute_dims(away_nkc, (2, 0, 1))
    away_kcr = xp.permute_dims(away_rkc, (1, 2, 0)) / k
    n_reference = m_rc.shape[0]
    pairs = max(1, BLOCK_BYTES // (m_nc.itemsize * c * c))
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
    """Modular set function of what each label changes at each reference point.

    Parameters
    ----------
    gain_nr : array or LazyArray of shape (n, r)
        From `label_information` or `prediction_change`; its type says how far ties
        reach.
    """

    gain_nr: Array | LazyArray
    diminishing = True

    @property
    def size(self) -> int:
        """Number of points."""
        return len(self.gain_nr)

    def start(self):
        """State of the empty set: there is nothing to remember."""
        return ()

    def gains(self, state, rows=None):
        """Mean over the reference points: (n,)."""

        def mean(gain_mr):
            xp = namespace(gain_mr)
            mean_m = xp.mean(xp.astype(gain_mr, xp.float64, copy=False), axis=1)
            return rounded_like(mean_m, gain_mr)

        return map_chunks(mean, self.gain_nr, rows)

    def profiles(self, rows):
        """What the labels of some points change at each reference point: (m, r)."""
        return to_numpy(self.gain_nr[carry(rows, self.gain_nr[:1])])

    def message(self, i):
        """What a state has to know of a point: nothing."""

    def receive(self, state, message):
        """Return the state unchanged."""
        return state


class DistributedReferenceGains(DistributedObjective):
    """The same over the parts of a pool: profiles of few points are brought here."""

    def profiles(self, rows):
        """What the labels of some points change at each reference point: (m, r)."""
        return self.parts.at(_profiles, rows)


def _profiles(f, rows):
    return f.profiles(rows)


def reference_gains_over(parts: Parts) -> ReferenceGains | DistributedReferenceGains:
    """Modular set function over a whole pool, of those over its parts.

    Parameters
    ----------
    parts : Parts
        A `ReferenceGains` of each part.

    Returns
    -------
    ReferenceGains or DistributedReferenceGains
        With ``profiles(rows)``; in memory the one that there is.
    """
    return DistributedReferenceGains(parts) if parts.is_distributed else parts.here


class ReferenceInformation(GaussianInformation):
    """Information of a noisy value about noisy values of the reference, in nats.

    ``-1/2 log det(I - Sx^-1 X S*^-1 X')`` for each pair, averaged over the reference,
    where S and X are covariances given the batch and the noise.

    Parameters
    ----------
    f_nck : array of shape (n, c, k)
        Draws of the points, from `centered_draws`.
    reference_rck : array of shape (r, c, k)
        Draws, by the same functions, of the reference points, likewise.
    noise : float
        Variance of the noise on each value; positive.
    """

    diminishing = False  # other picks may make two points depend on each other

    def __init__(self, f_nck, reference_rck, noise):
        super().__init__(f_nck, noise)
        self.reference_rck = reference_rck

    def gains(self, state, rows=None):
        """Mean information of each point (of `rows`) about the reference: (n,)."""
        xp, f_nck = namespace(self.f_nck), self.f_nck
        f_nck = f_nck if rows is None else f_nck[rows]
        n, c, k = f_nck.shape
        r = self.reference_rck.shape[0]
        reference_rck = self._whitened(self.reference_rck, state)
        columns_kx = state @ xp.reshape(reference_rck, (-1, k)).T

        def chunk(some):
            white_nck = self._whitened(f_nck[some], state)
            w = xp.reshape(xp.reshape(white_nck, (-1, k)) @ columns_kx, (-1, c, r, c))
            square_nrc = _squared_singular(xp.permute_dims(w, (0, 2, 1, 3)))
            return -xp.mean(xp.sum(xp.log1p(-square_nrc), axis=-1), axis=-1) / 2

        return map_rows(chunk, n, chunk_rows(8 * c * (k + 2 * r * c)))

    def _whitened(self, f_nck, state):
        """Draws divided by the root of the variance of their noisy values."""
        xp, c = namespace(f_nck), f_nck.shape[1]
        noise_cc = self.noise * xp.eye(c, dtype=f_nck.dtype, device=device(f_nck))
        root_ncc = xp.linalg.cholesky(covariance(f_nck, state) + noise_cc)
        return xp.linalg.solve(root_ncc, f_nck)


def _squared_singular(w_nrcc):
    """Squares of the singular values of stacked matrices: (n, r, c)."""
    xp = namespace(w_nrcc)
    if w_nrcc.shape[-1] == 1:
        return (w_nrcc * w_nrcc)[..., 0]
    squares_nrcc = xp.matmul(w_nrcc, xp.permute_dims(w_nrcc, (0, 1, 3, 2)))
    return xp.clip(xp.linalg.eigvalsh(squares_nrcc), min=0.0)


class ReferenceVariance(ReferenceInformation):
    """Variance that a noisy value is expected to remove from the reference.

    ``tr(Sx^-1 X X')`` for each pair, averaged over the reference.

    Parameters
    ----------
    f_nck, reference_rck, noise
        See `ReferenceInformation`.
    """

    def gains(self, state, rows=None):
        """Mean variance removed by each point (of `rows`): (n,)."""
        xp, f_nck = namespace(self.f_nck), self.f_nck
        f_nck = f_nck if rows is None else f_nck[rows]
        n, c, k = f_nck.shape
        r = self.reference_rck.shape[0]
        reference_xk = xp.reshape(self.reference_rck, (-1, k)) @ state
        spread_kk = reference_xk.T @ reference_xk / r

        def chunk(some):
            white_nck = self._whitened(f_nck[some], state)
            known = xp.reshape(xp.reshape(white_nck, (-1, k)) @ spread_kk, (-1, c, k))
            return xp.sum(known * white_nck, axis=(1, 2))

        return map_rows(chunk, n, chunk_rows(8 * 2 * c * k))
