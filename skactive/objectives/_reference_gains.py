"""What a label would change in predictions at reference points; layer 1.

With P_x (k, c) the draws of a point and P_* those of a reference point, the joint
probability of their labels is ``J = P_x' P_* / k``, and m_x, m_* its margins. In
regression it is Gaussian, with the draws' covariances.
"""

import functools
from dataclasses import dataclass

from skactive._utils.array import (
    Array,
    chunk_rows,
    device,
    map_rows,
    namespace,
    special,
)
from skactive._utils.lazy import LazyArray, map_chunks
from skactive.objectives._gaussian_information import GaussianInformation, covariance
from skactive.selection import SetFunction

__all__ = [
    "ReferenceGains",
    "ReferenceInformation",
    "ReferenceVariance",
    "label_information",
    "prediction_change",
]

BLOCK_BYTES = 8 * 2**20  # of joint probabilities at a time: fits a cache


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
        In nats, not negative.
    """

    def information(j_cncr, m_cn11, m_cr):
        # H(y) + H(y*) - H(y, y*)
        entr, xp = special(j_cncr).entr, namespace(j_cncr)
        h_n1 = xp.sum(entr(m_cn11), axis=0)[:, 0, :]
        h_nr = h_n1 + xp.sum(entr(m_cr), axis=0)
        gain_nr = h_nr - xp.sum(entr(j_cncr), axis=(0, 2))
        rounding_nr = 8 * xp.finfo(h_nr.dtype).eps * (h_nr + 1)
        return xp.where(gain_nr > rounding_nr, gain_nr, xp.zeros_like(gain_nr))

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
        ``sum_y m_y |p(y* | y) - p(y*)|^2``.
    """

    def change(j_cncr, m_cn11, m_cr):
        xp = namespace(j_cncr)
        away_cncr = j_cncr - m_cn11 * m_cr
        safe = xp.where(m_cn11 > 0, m_cn11, xp.ones_like(m_cn11))
        return xp.sum(away_cncr * away_cncr / safe, axis=(0, 2))

    return _over_pairs(change, p_nkc, p_rkc)


def _over_pairs(measure, p_nkc, p_rkc):
    """Apply ``measure(J, m_x, m_*)`` to blocks of points and reference points."""
    xp, (n, k, c) = namespace(p_nkc), p_nkc.shape
    n_reference = p_rkc.shape[0]
    p_cnk = xp.permute_dims(p_nkc, (2, 0, 1))
    p_kcr = xp.permute_dims(p_rkc, (1, 2, 0))
    pairs = max(1, BLOCK_BYTES // (p_nkc.itemsize * c * c))
    n_columns = min(n_reference, pairs)

    def block(rows, columns):
        left_ck, right_kc = p_cnk[:, rows, :], p_kcr[:, :, columns]
        shape = (c, left_ck.shape[1], c, right_kc.shape[2])
        joint = xp.reshape(left_ck, (-1, k)) @ xp.reshape(right_kc, (k, -1)) / k
        m_cn11 = xp.mean(left_ck, axis=-1)[:, :, None, None]
        return measure(xp.reshape(joint, shape), m_cn11, xp.mean(right_kc, axis=0))

    def chunk(rows):
        of_columns = functools.partial(block, rows)
        return map_rows(of_columns, n_reference, n_columns, axis=-1)

    return map_rows(chunk, n, max(1, pairs // n_columns))


@dataclass(frozen=True, eq=False)
class ReferenceGains(SetFunction):
    """Set function of what each label says of each reference point, in any company.

    Parameters
    ----------
    gain_nr : array or LazyArray of shape (n, r)
        From `label_information` or `prediction_change`.
    rounding : float, default=0.0
        Error of the gains.
    """

    gain_nr: Array | LazyArray
    rounding: float = 0.0
    diminishing = True

    def start(self):
        """State of the empty set: there is nothing to remember."""
        return ()

    def gains(self, state, rows=None):
        """Mean over the reference points: (n,)."""

        def mean(gain_mr):
            return namespace(gain_mr).mean(gain_mr, axis=1)

        return map_chunks(mean, self.gain_nr, rows)

    def add(self, state, i):
        """Return the state unchanged."""
        return state


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
            w_nrcc = xp.permute_dims(w, (0, 2, 1, 3))
            if c == 1:
                square_nrc = (w_nrcc * w_nrcc)[..., 0]
            else:
                square_nrc = xp.linalg.eigvalsh(
                    xp.matmul(w_nrcc, xp.permute_dims(w_nrcc, (0, 1, 3, 2)))
                )
            square_nrc = xp.clip(square_nrc, min=0.0)
            return -xp.mean(xp.sum(xp.log1p(-square_nrc), axis=-1), axis=-1) / 2

        return map_rows(chunk, n, chunk_rows(8 * c * (k + 2 * r * c)))

    def _whitened(self, f_nck, state):
        """Draws divided by the root of the variance of their noisy values."""
        xp, c = namespace(f_nck), f_nck.shape[1]
        noise_cc = self.noise * xp.eye(c, dtype=f_nck.dtype, device=device(f_nck))
        root_ncc = xp.linalg.cholesky(covariance(f_nck, state) + noise_cc)
        return xp.linalg.solve(root_ncc, f_nck)


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
