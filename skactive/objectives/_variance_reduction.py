"""Expected reduction of the variance of predictions (DEIMOS); layer 2.

With F_i the centred draws of point i divided by sqrt(k), the covariance of points i and
j is F_i' A F_j, with A = I for the empty batch. Conditioning on a label changes A by a
matrix of rank c, so that covariances between points are never stored.
"""

import functools
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import gen_batches

from skactive._utils.array import (
    Array,
    block_rows,
    carry,
    device,
    float64,
    map_rows,
    namespace,
)
from skactive._utils.lazy import LazyArray, fits, map_chunks, rows_at_once
from skactive.selection import DivisibleSetFunction, Scores

__all__ = [
    "LazyVarianceReduction",
    "VarianceReduction",
    "gram",
    "gram_of_chosen",
    "variance_reduction",
]

LAST_PLACES = 64  # rounding error of a difference, in units of eps of its terms


def gram_of_chosen(f_nck: Array | LazyArray, chosen: np.ndarray) -> Array:
    """Compute the sum of F_l F_l' over the points of a mask: (k, k)."""
    return gram(f_nck, None if chosen.all() else np.flatnonzero(chosen))


def variance_reduction(
    f_nck: Array | LazyArray, marks_n2: np.ndarray, m_kk: Array, noise: float
) -> DivisibleSetFunction:
    """Create the objective, in the form that fits in memory.

    ``marks_n2`` are two masks: the noisy reference points, and the points that may be
    selected.
    """
    noisy, allowed = marks_n2.T
    if not noise > 0:  # all draws agree, so that there is no variance to reduce
        return Scores(carry(np.where(allowed, 0.0, -np.inf), m_kk))
    n, c, _ = f_nck.shape
    variances = 32 * n * c**2  # bytes of Q and R, before and after a pick
    held = not isinstance(f_nck, LazyArray) and fits(f_nck.nbytes + variances)
    form = VarianceReduction if held else LazyVarianceReduction
    allowed_n = None if allowed.all() else carry(allowed, m_kk)
    return form(f_nck, m_kk, noise, carry(noisy, m_kk), allowed_n)


class VarianceReduction(DivisibleSetFunction):
    """Reduction of the summed variance at reference points when a point is labelled.

    Parameters
    ----------
    f_nck : array or LazyArray of shape (n, c, k)
        Centred draws of the pool divided by sqrt(k).
    m_kk : array of shape (k, k)
        Sum of F_l F_l' over the reference points l.
    noise : float
        Variance of the observation noise.
    noisy_n : array of bool, shape (n,)
        Reference points whose variance includes the noise until they are labelled.
    allowed_n : array of bool, shape (n,), default=None
        Points that may be selected; the gain of others is -inf. All by default.
    """

    def __init__(self, f_nck, m_kk, noise, noisy_n, allowed_n=None):
        self.f_nck, self.m_kk, self.noise, self.noisy_n = f_nck, m_kk, noise, noisy_n
        self.allowed_n = allowed_n

    @functools.cached_property
    def rounding(self):
        """Rounding error of the gains: that of the difference r, over the noise."""
        xp = namespace(self.m_kk)
        lengths_n = map_chunks(
            lambda f: xp.sum(float64(f) ** 2, axis=(1, 2)), self.f_nck
        )
        most = float(xp.max(lengths_n) * xp.linalg.trace(self.m_kk)) / self.noise
        return LAST_PLACES * float(xp.finfo(self.m_kk.dtype).eps) * most

    def start(self):
        """Return the state of the empty batch: A = I."""
        a_kk, m_kk = _eye(self.m_kk), self.m_kk
        q_ncc = map_chunks(lambda f_mck: _products(float64(f_mck), a_kk), self.f_nck)
        r_ncc = map_chunks(lambda f_mck: _products(float64(f_mck), m_kk), self.f_nck)
        return _Covariance(a_kk, m_kk, q_ncc, r_ncc)

    def gains(self, state, rows=None):
        """Compute ``tr(V_i V_i' / V_ii)`` of each point (of `rows`): (n,)."""
        every = slice(None) if rows is None else rows
        q_ncc, r_ncc, noisy_n = state.q_ncc[every], state.r_ncc[every], self.noisy_n
        noisy_n = namespace(q_ncc).astype(noisy_n[every], q_ncc.dtype)

        def chunk(some):
            return _drop(q_ncc[some], r_ncc[some], noisy_n[some], self.noise)

        n, c, _ = q_ncc.shape
        gain_n = map_rows(chunk, n, block_rows(8 * 5 * c**2, q_ncc))
        return self._of_allowed(gain_n, every)

    def _of_allowed(self, gain_n, every):
        if self.allowed_n is None:
            return gain_n
        return namespace(gain_n).where(self.allowed_n[every], gain_n, -np.inf)

    def message(self, i):
        """Return what a state needs to know about point `i`: F, and if it is noisy."""
        return float64(self.f_nck[i]), bool(self.noisy_n[i])

    def receive(self, state, message):
        """Return the state conditioned on a label of the point in `message`."""
        a_kk, m_kk, columns_kj = self._answered(state, message)
        xp, c = namespace(a_kk), columns_kj.shape[1] // 2

        def chunk(some):
            seen_ncj = _times(float64(self.f_nck[some]), columns_kj)
            a_ncc, h_ncc = seen_ncj[..., :c], seen_ncj[..., c:]
            half_ncc = _outer(a_ncc, h_ncc)
            q_ncc = state.q_ncc[some] - _outer(a_ncc, a_ncc)
            r_ncc = state.r_ncc[some] - half_ncc - _transposed(half_ncc)
            return xp.stack([q_ncc, r_ncc], axis=1)

        n, c, k = self.f_nck.shape
        # so that draws and five pairs of c x c matrices of a block fit the CPU cache
        size = block_rows(8 * c * (k + 10 * c), self.f_nck)
        both = map_rows(chunk, n, size)
        return _Covariance(a_kk, m_kk, both[:, 0], both[:, 1])

    def _answered(self, state, message):
        """A and M after the point is labelled, and the columns that update Q and R."""
        f_ck, noisy = message
        noise, a_kc = self.noise, state.a_kk @ f_ck.T
        xp = namespace(a_kc)
        # In the eigenbasis of V, with columns divided by roots of eigenvalues: rounding
        # errors in directions of small variance are then not amplified twice.
        v_c, u_cc = xp.linalg.eigh(f_ck @ a_kc)
        v_c = xp.clip(v_c, min=0.0) + noise
        a_kc = a_kc @ u_cc / v_c**0.5  # A changes by -a a'
        m_cc = a_kc.T @ state.m_kk @ a_kc
        if noisy:  # the point leaves the sum M: subtract its own term A F F' A
            m_cc = m_cc - noise**2 * _eye(m_cc) / v_c
        # A M A changes by -a b' - b a' + a m a': by -a h' - h a'
        h_kc = state.a_kk @ (state.m_kk @ a_kc) - a_kc @ m_cc / 2
        return (
            state.a_kk - a_kc @ a_kc.T,
            state.m_kk - f_ck.T @ f_ck if noisy else state.m_kk,
            xp.concat([a_kc, h_kc], axis=1),
        )


class LazyVarianceReduction(VarianceReduction):
    """`VarianceReduction` for draws that do not fit in memory.

    A state consists of A and M only; Q and R of each point are computed from its draws
    whenever gains are evaluated.
    """

    def start(self):
        """Return the state of the empty batch: A = I."""
        return _Covariance(_eye(self.m_kk), self.m_kk, None, None)

    def gains(self, state, rows=None):
        """Compute ``tr(V_i V_i' / V_ii)`` of each point (of `rows`): (n,)."""
        xp, (b_kk, s_k) = namespace(state.a_kk), _roots(state.a_kk, state.m_kk)
        noisy_n = xp.astype(self.noisy_n, b_kk.dtype)

        def block(f_mck, noisy_m):
            g_mck = _times(float64(f_mck), b_kk)
            q_mcc, r_mcc = _outer(g_mck, g_mck), _outer(g_mck * s_k, g_mck)
            return _drop(q_mcc, r_mcc, noisy_m, self.noise)

        def chunk(some):
            some = some if rows is None else rows[some]
            f_mck, noisy_m = self.f_nck[some], noisy_n[some]
            (m, c, k) = f_mck.shape
            size = block_rows(8 * c * (2 * k + 5 * c), f_mck)
            return map_rows(lambda part: block(f_mck[part], noisy_m[part]), m, size)

        n = len(self.f_nck) if rows is None else len(rows)
        gain_n = map_rows(chunk, n, rows_at_once(self.f_nck))
        return self._of_allowed(gain_n, slice(None) if rows is None else rows)

    def receive(self, state, message):
        """Return the state conditioned on a label of the point in `message`."""
        a_kk, m_kk, _ = self._answered(state, message)
        return _Covariance(a_kk, m_kk, None, None)


class _Covariance(NamedTuple):
    """State: the covariance conditioned on the labels of the picks.

    ``q = F' A F`` is the covariance of the outputs of each point without noise, and
    ``r = F' A M A F`` the sum of its squared cross-covariances with the reference
    points, also without noise. ``m`` is the sum of F_l F_l' over the reference points l
    that are not labelled yet.
    """

    a_kk: Any
    m_kk: Any
    q_ncc: Any
    r_ncc: Any


def _drop(q_ncc, r_ncc, noisy_n, noise):
    """``tr((q + noise)^-1 (r + noisy (2 noise q + noise^2)))`` for each point."""
    xp, eye_cc = namespace(q_ncc), _eye(q_ncc)
    own_ncc = noisy_n[:, None, None] * (2 * noise * q_ncc + noise**2 * eye_cc)
    v_ncc, r_ncc = q_ncc + noise * eye_cc, r_ncc + own_ncc
    if q_ncc.shape[-1] == 1:
        return (r_ncc / v_ncc)[:, 0, 0]
    return xp.linalg.trace(xp.linalg.solve(v_ncc, r_ncc))


def _roots(a_kk, m_kk):
    """Factorise: B and s with ``B B' = A`` and ``B diag(s) B' = A M A``."""
    xp = namespace(a_kk)
    a_k, u_kk = xp.linalg.eigh(a_kk)
    b_kk = u_kk * xp.clip(a_k, min=0.0) ** 0.5
    s_k, v_kk = xp.linalg.eigh(b_kk.T @ m_kk @ b_kk)
    return b_kk @ v_kk, s_k


def gram(f_nck: Array | LazyArray, rows: np.ndarray | None = None) -> Array:
    """Compute the sum of F_l F_l' over points (of `rows`): (k, k)."""
    n, total_kk = len(f_nck) if rows is None else len(rows), _nothing_like(f_nck)
    for some in gen_batches(n, rows_at_once(f_nck)):
        f_mck = f_nck[some if rows is None else rows[some]]
        f_fk = namespace(f_mck).reshape(float64(f_mck), (-1, f_mck.shape[-1]))
        total_kk = total_kk + f_fk.T @ f_fk
    return total_kk


def _nothing_like(f_nck):
    """Zeros (k, k) on the library and device of the draws."""
    f_fk = float64(f_nck[:1][0])
    return 0 * (f_fk.T @ f_fk)


def _products(f_nck, m_kk):
    """``F_i' M F_i`` for each point: (n, c, c)."""
    return _outer(_times(f_nck, m_kk), f_nck)


def _times(f_ncj, m_jl):
    """Multiply the matrix of each point by one matrix, as one product: (n, c, l)."""
    xp, (n, c, j) = namespace(f_ncj), f_ncj.shape
    return xp.reshape(xp.reshape(f_ncj, (n * c, j)) @ m_jl, (n, c, -1))


def _outer(u_ncj, v_ncj):
    """Multiply the matrix u of each point by its v transposed: (n, c, c)."""
    if u_ncj.shape[1:] == (1, 1):
        return u_ncj * v_ncj
    return u_ncj @ _transposed(v_ncj)


def _transposed(f_nab):
    return namespace(f_nab).permute_dims(f_nab, (0, 2, 1))


def _eye(q_ncc):
    xp, c = namespace(q_ncc), q_ncc.shape[-1]
    return xp.eye(c, dtype=q_ncc.dtype, device=device(q_ncc))
