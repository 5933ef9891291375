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
    rounded_like,
)
from skactive._utils.lazy import LazyArray, fits, map_chunks, rows_at_once
from skactive.objectives._half_matrices import half_rows
from skactive.objectives._variance_bounds import grown, in_single_precision, sizes
from skactive.objectives._variance_terms import drop, halves_of_draws, products, times
from skactive.selection import DivisibleSetFunction, Scores

__all__ = [
    "LazyVarianceReduction",
    "VarianceReduction",
    "variance_reduction",
]

LAST_PLACES = 64  # rounding error of a difference, in units of eps of its terms
NOTHING = None, None
FIRST_RENEWAL = 8  # picks after which halves are first recomputed from the draws
# Evaluating takes about k / c times an update, but is not needed for all points,
# and in float32: ratio from which on updates take less time, measured.
SAME_TIME = 6
LEAST_BOUNDED = 5_000  # points; updates of fewer take less time than bounds


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
    n, c, k = f_nck.shape
    halves = 8 * n * c * (c + 1)  # in bytes
    held = not isinstance(f_nck, LazyArray) and fits(f_nck.nbytes + halves)
    held = held and (SAME_TIME * c <= k or n < LEAST_BOUNDED)
    form = VarianceReduction if held else LazyVarianceReduction
    noisy_n = carry(noisy, m_kk) if noisy.any() else None
    allowed_n = None if allowed.all() else carry(allowed, m_kk)
    return form(f_nck, m_kk, noise, noisy_n, allowed_n)


class LazyVarianceReduction(DivisibleSetFunction):
    """Reduction of the summed variance at reference points when a point is labelled.

    Gains are computed from the draws at every call, in O(c k (k + c)) per point, and
    32 bytes per point are stored in addition to the draws. Gains may grow, but by no
    more than ``grown`` says, so that `skactive.selection.lazy_greedy` evaluates few.

    Parameters
    ----------
    f_nck : array or LazyArray of shape (n, c, k)
        Centred draws of the pool divided by sqrt(k); gains are in their dtype, but at
        least float32, computed in float64.
    m_kk : array of shape (k, k)
        Sum of F_l F_l' over the reference points l.
    noise : float
        Variance of the observation noise.
    noisy_n : array of bool, shape (n,), default=None
        Reference points whose variance includes the noise until they are labelled. None
        of them by default.
    allowed_n : array of bool, shape (n,), default=None
        Points that may be selected; the gain of others is -inf. All by default.
    """

    def __init__(self, f_nck, m_kk, noise, noisy_n=None, allowed_n=None):
        self.f_nck, self.m_kk, self.noise, self.noisy_n = f_nck, m_kk, noise, noisy_n
        self.allowed_n = allowed_n
        self._held = {}  # under a name: A of a state, and what belongs to that state

    def __getstate__(self):
        return {**self.__dict__, "_held": {}}  # may be as large as the draws

    @functools.cached_property
    def rounding(self):
        """Rounding error of the gains: that of the difference r, over the noise."""
        longest = float(namespace(self.m_kk).max(self._sizes_n3[:, 0]))
        return self._rounding_of_m * longest / self.noise

    @functools.cached_property
    def _rounding_of_m(self):
        """Rounding error of M, of which labelled reference points are subtracted."""
        xp = namespace(self.m_kk)
        eps = float(xp.finfo(self.m_kk.dtype).eps)
        return LAST_PLACES * eps * float(xp.linalg.trace(self.m_kk))

    @functools.cached_property
    def _sizes_n3(self):
        return map_chunks(sizes, self.f_nck)

    def start(self):
        """Return the state of the empty batch: A = I."""
        return _Covariance(_eye(self.m_kk), self.m_kk)

    def gains(self, state, rows=None):
        """Compute ``tr(V_i V_i' / V_ii)`` of each point (of `rows`): (n,)."""
        roots = self._roots(state)

        def chunk(f_mck, some):
            halves_2hm = halves_of_draws(f_mck, *roots)
            return self._drops(halves_2hm, self._noisy(some))

        return self._in_chunks(chunk, rows)

    def bounds(self, state, rows, enough=-np.inf):
        """Compute upper bounds of the gains of `rows`: gains in float32, plus error."""
        roots = self._roots(state)

        def chunk(f_mck, some):
            about = self._noisy(some), self._sizes_n3[some]
            return in_single_precision(f_mck, *roots, self.noise, *about)

        return self._in_chunks(chunk, rows)

    def grown(self, state, bounds, rows=None):
        """Turn bounds of gains before the last pick into bounds of gains after it."""
        sizes_n3 = self._sizes_n3 if rows is None else self._sizes_n3[rows]
        bounds, c = carry(bounds, self.m_kk), self.f_nck.shape[1]
        about = self._roots(state.before), self.noise, c, self._rounding_of_m
        return grown(bounds, sizes_n3, state, *about)

    def message(self, i):
        """Return what a state needs to know about point `i`: F, and if it is noisy."""
        noisy = self.noisy_n is not None and bool(self.noisy_n[i])
        return float64(self.f_nck[i]), noisy

    def receive(self, state, message):
        """Return the state conditioned on a label of the point in `message`."""
        f_ck, noisy = message
        noise, a_kc = self.noise, state.a_kk @ f_ck.T
        xp = namespace(a_kc)
        # In the eigenbasis of V, with columns divided by roots of eigenvalues: rounding
        # errors in directions of small variance are then not amplified twice.
        v_c, u_cc = xp.linalg.eigh(f_ck @ a_kc)
        v_c = xp.clip(v_c, min=0.0) + noise
        kept = noise / v_c[-1]  # A - a a' is at least this share of A
        pick_kc = f_ck.T @ u_cc / v_c**0.5
        a_kc = a_kc @ u_cc / v_c**0.5  # A changes by -a a'
        m_cc = a_kc.T @ state.m_kk @ a_kc
        if noisy:  # the point leaves the sum M: subtract its own term A F F' A
            m_cc = m_cc - noise**2 * _eye(m_cc) / v_c
        # A M A changes by -a b' - b a' + a m a': by -a h' - h a'
        h_kc = state.a_kk @ (state.m_kk @ a_kc) - a_kc @ m_cc / 2
        return _Covariance(
            state.a_kk - a_kc @ a_kc.T,
            state.m_kk - f_ck.T @ f_ck if noisy else state.m_kk,
            state.size + 1,
            xp.concat([a_kc, h_kc], axis=1),
            state._replace(columns_kj=None, before=None),
            kept,
            pick_kc,
        )

    def _roots(self, state):
        """Roots of the state that was used last, computed once."""
        held_kk, roots = self._held.get("roots", NOTHING)
        if held_kk is not state.a_kk:
            roots = _roots(state.a_kk, state.m_kk)
            self._held["roots"] = state.a_kk, roots
        return roots

    def _in_chunks(self, function, rows):
        """Join ``function(f_mck, rows)`` over chunks of points (of `rows`): (n,)."""

        def chunk(some):
            some = some if rows is None else rows[some]
            return function(self.f_nck[some], some)

        n = len(self.f_nck) if rows is None else len(rows)
        gain_n = map_rows(chunk, n, rows_at_once(self.f_nck))
        return self._of_allowed(gain_n, slice(None) if rows is None else rows)

    def _noisy(self, which):
        return None if self.noisy_n is None else self.noisy_n[which]

    def _drops(self, halves_2hn, noisy_n, rows=None):
        """Compute gains from the halves of points (of `rows`): (m,)."""
        c = self.f_nck.shape[1]

        def block(some):
            some = some if rows is None else rows[some]
            noisy_m = None if noisy_n is None else noisy_n[some]
            return drop(halves_2hn[..., some], noisy_m, self.noise, c)

        n = halves_2hn.shape[-1] if rows is None else len(rows)
        gain_n = map_rows(block, n, block_rows(8 * 3 * c * (c + 1), halves_2hn))
        return rounded_like(gain_n, self.f_nck)

    def _of_allowed(self, gain_n, every):
        if self.allowed_n is None:
            return gain_n
        return namespace(gain_n).where(self.allowed_n[every], gain_n, -np.inf)


class VarianceReduction(LazyVarianceReduction):
    """The same objective, with ``F' A F`` and ``F' A M A F`` of each point in memory.

    Each pick then costs O(c^2 (k + c)) per point. The stored matrices belong to the
    state whose gains were evaluated last. They are updated in place for a state with
    one more pick, and recomputed from the draws for any other state. They are also
    recomputed after 8, 16, 32 ... picks, so that rounding errors do not accumulate
    while the gains shrink: these fall by orders of magnitude in the first picks, and
    later by a power of the number of picks.
    """

    costly = False  # `greedy` updates the halves of all points

    def gains(self, state, rows=None):
        """Compute ``tr(V_i V_i' / V_ii)`` of each point (of `rows`): (n,)."""
        held_kk, _ = self._held.get("halves", NOTHING)
        is_held = held_kk is state.a_kk
        if rows is not None and not is_held and 2 * len(rows) < len(self.f_nck):
            return super().gains(state, rows)  # of few, from their draws
        halves_2hn = self._take_halves(state)
        gain_n = self._drops(halves_2hn, self.noisy_n, rows)
        self._held["halves"] = state.a_kk, halves_2hn
        return self._of_allowed(gain_n, slice(None) if rows is None else rows)

    def _take_halves(self, state):
        """Take the halves of a state out of the cache, until `gains` puts them back.

        They are changed in place. Meanwhile another thread finds the cache empty, as
        does any call after an interruption, and computes its own.
        """
        held_kk, halves_2hn = self._held.pop("halves", NOTHING)
        if held_kk is not None and held_kk is state.a_kk:
            return halves_2hn
        if held_kk is None or not state.follows(held_kk) or state.is_renewal:
            del halves_2hn  # freed before others are computed
            return halves_of_draws(self.f_nck, *_roots(state.a_kk, state.m_kk))
        self._condition(halves_2hn, state.columns_kj)
        return halves_2hn

    def _condition(self, halves_2hn, columns_kj):
        """Update the halves in place for the label of the last pick."""
        n, c, k = self.f_nck.shape
        # so that draws and five pairs of c x c matrices of a block fit the CPU cache
        for some in gen_batches(n, block_rows(8 * c * (k + 10 * c), self.f_nck)):
            lost_2abm = products(times(float64(self.f_nck[some]), columns_kj))
            for i, row in enumerate(half_rows(c)):
                q_im, r_im = halves_2hn[:, row, some]
                q_im -= lost_2abm[0, i, i:]
                r_im -= lost_2abm[1, i, i:]
                r_im -= lost_2abm[1, i:, i]


class _Covariance(NamedTuple):
    """State: the covariance conditioned on the labels of the picks.

    ``m`` is the sum of F_l F_l' over the reference points l that are not labelled yet.
    ``columns`` are a and h of the last pick, which subtracted a a' from A and
    a h' + h a' from A M A. ``before`` is the state without it, of whose A at least the
    share ``kept`` is left; ``a = A pick``. ``size`` is the number of picks.
    """

    a_kk: Any
    m_kk: Any
    size: int = 0
    columns_kj: Any = None
    before: Any = None
    kept: Any = 1.0
    pick_kc: Any = None

    @property
    def is_renewal(self):
        """Whether the number of picks is a power of two, and not a small one."""
        return self.size >= FIRST_RENEWAL and self.size & (self.size - 1) == 0

    def follows(self, a_kk):
        """Whether the last pick was added to the state with this A."""
        return self.before is not None and self.before.a_kk is a_kk


def _roots(a_kk, m_kk):
    """Factorise: B and s with ``B B' = A`` and ``B diag(s) B' = A M A``."""
    xp = namespace(a_kk)
    a_k, u_kk = xp.linalg.eigh(a_kk)
    b_kk = u_kk * xp.clip(a_k, min=0.0) ** 0.5
    s_k, v_kk = xp.linalg.eigh(b_kk.T @ m_kk @ b_kk)
    return b_kk @ v_kk, s_k


def _eye(q_ncc):
    xp, c = namespace(q_ncc), q_ncc.shape[-1]
    return xp.eye(c, dtype=q_ncc.dtype, device=device(q_ncc))
