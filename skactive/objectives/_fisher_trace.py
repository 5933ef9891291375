"""Trace of inverse Fisher information, the objective of BAIT; layer 2."""

from typing import Any, NamedTuple

from sklearn.utils import gen_batches

from skactive._utils.array import (
    Array,
    carry,
    chunk_rows,
    device,
    float64,
    map_rows,
    namespace,
    one_hot,
    rounded_like,
)
from skactive.distributed._objective import DistributedObjective
from skactive.distributed._parts import Parts
from skactive.selection import DivisibleSetFunction

__all__ = ["MATRICES", "FisherTrace", "fisher_trace", "label_roots"]

MATRICES = 9  # maximum number of matrices of the size of the Fisher information


class _Inverse(NamedTuple):
    """State: ``A = M^-1`` and ``B = M^-1 I_U M^-1``, and their products with each V."""

    a: Any
    b: Any
    t_nrr: Any  # V_n' A V_n
    s_nrr: Any  # V_n' B V_n


class FisherTrace(DivisibleSetFunction):
    """Reduction of ``tr(M^-1 I_U)``, with M the Fisher information of labelled points.

    The Fisher information of a point, with respect to the weights of the last layer, is
    ``V V'`` with ``V = R x phi``, where R has c rows and r columns and phi are the
    features. Adding or removing a point is an update of M of rank r, so that A, B and
    their products with all V are updated by the Woodbury identity.

    Parameters
    ----------
    r_ncr : array of shape (n, c, r)
        Square roots R of the Fisher information with respect to the outputs; gains are
        in their dtype, computed in float64.
    phi_nd : array of shape (n, d)
        Features.
    inverse : _Inverse
        State of the empty batch; see `fisher_trace`.
    """

    def __init__(self, r_ncr, phi_nd, inverse):
        self.r_ncr, self.phi_nd, self.inverse = r_ncr, phi_nd, inverse

    @classmethod
    def of(cls, roots, before):
        """Create it from R and phi of the points, and A and B of the empty batch."""
        return cls(*roots, _Inverse(*before, *(_seen(*roots, x) for x in before)))

    @property
    def size(self):
        """Number of points."""
        return self.phi_nd.shape[0]

    def take(self, rows):
        """Return the objective for some of the points."""
        a, b, t_nrr, s_nrr = self.inverse
        rows = carry(rows, t_nrr)
        inverse = _Inverse(a, b, t_nrr[rows], s_nrr[rows])
        return FisherTrace(self.r_ncr[rows], self.phi_nd[rows], inverse)

    def start(self):
        """Return the state of the empty batch."""
        return self.inverse

    def gains(self, state, rows=None):
        """Compute the reduction of the trace by adding each point (of `rows`): (n,)."""
        return self._change(state, slice(None) if rows is None else rows, sign=1)

    def costs(self, state, rows):
        """Compute the increase of the trace by removing each point of `rows`: (n,)."""
        return -self._change(state, rows, sign=-1)

    def message(self, i):
        """Return what a state needs to know about point `i`: R and features."""
        return float64(self.r_ncr[i]), self.phi_nd[i]

    def receive(self, state, message):
        """Return the state after adding the point in `message`."""
        return self._updated(state, *message, sign=1)

    def drop(self, state, i):
        """Return the state after removing point `i`, which had been added."""
        return self._updated(state, *self.message(i), sign=-1)

    def _change(self, state, rows, sign):
        # tr((I + V'AV)^-1 V'BV) when adding; -tr((I - V'AV)^-1 V'BV) when removing
        t_nrr, s_nrr = state.t_nrr[rows], state.s_nrr[rows]
        xp = namespace(t_nrr)

        def chunk(some):
            t_mrr, s_mrr = t_nrr[some], s_nrr[some]
            solved_mrr = xp.linalg.solve(t_mrr + sign * _eye_like(t_mrr), s_mrr)
            return rounded_like(xp.linalg.trace(solved_mrr), self.r_ncr)

        return map_rows(chunk, len(t_nrr), self._rows_per_chunk())

    def _updated(self, state, r_cr, phi_d, sign):
        a, b, t_nrr, s_nrr = state
        xp = namespace(a)
        v = xp.reshape(r_cr[:, None, :] * phi_d[:, None], (a.shape[0], -1))
        u, w = a @ v, b @ v
        s_rr = v.T @ w
        # Woodbury: (M +- VV')^-1 = A - U K U'
        k_rr = xp.linalg.inv(v.T @ u + sign * _eye_like(s_rr))

        def chunk(rows):
            p_mrr, q_mrr = self._times(u, rows), self._times(w, rows)
            t_mrr = t_nrr[rows] - p_mrr @ k_rr @ xp.matrix_transpose(p_mrr)
            s_mrr = s_nrr[rows] - _sandwich(p_mrr, q_mrr, k_rr, s_rr)
            return xp.stack([t_mrr, s_mrr], axis=1)

        # intermediate results of all points would take three times as much memory
        seen_n2rr = map_rows(chunk, self.size, self._rows_per_chunk())
        return _Inverse(
            a - u @ k_rr @ u.T,
            b - _sandwich(u, w, k_rr, s_rr),
            seen_n2rr[:, 0],
            seen_n2rr[:, 1],
        )

    def _times(self, u, rows):
        """``V_n' u`` for some points: (m, r, r)."""
        r_mcr, phi_md = float64(self.r_ncr[rows]), self.phi_nd[rows]
        (m, c, r), d = r_mcr.shape, phi_md.shape[1]
        xp = namespace(u)
        u = xp.reshape(xp.permute_dims(xp.reshape(u, (c, d, r)), (1, 0, 2)), (d, c * r))
        seen_mcr = xp.reshape(phi_md @ u, (m, c, r))
        return xp.matrix_transpose(r_mcr) @ seen_mcr

    def _rows_per_chunk(self):
        # about eight matrices of a point exist at the same time
        return chunk_rows(64 * self.r_ncr.shape[1] ** 2)


class _DistributedFisherTrace(DistributedObjective):
    """`FisherTrace` for a distributed pool; a few points are gathered for pruning."""

    def __init__(self, parts, before):
        super().__init__(parts)
        self.before = before

    def take(self, rows):
        """Return the objective for some of the points, gathered in memory."""
        like = self.before[0]
        roots = (carry(self.parts.at(of, rows), like) for of in (_roots, _features))
        return FisherTrace.of(tuple(roots), self.before)


def _roots(f, rows):
    return f.r_ncr[rows]


def _features(f, rows):
    return f.phi_nd[rows]


def fisher_trace(
    roots: Parts, labelled: tuple[Array, Array] | None, ridge: float
) -> FisherTrace | _DistributedFisherTrace:
    """Create the objective of BAIT over a pool.

    Parameters
    ----------
    roots : Parts
        R and the features of the points of each part.
    labelled : pair of arrays or None
        R and the features of the labelled points, if there are any.
    ridge : float
        Positive number added to the diagonal of M.

    Returns
    -------
    SetFunction
        Objective over the whole pool, with a method ``take(rows)``.
    """
    total = roots.map(_information_of).total()
    before, n_labelled = 0.0 * total, 0
    if labelled is not None:
        before, n_labelled = carry(_information(*labelled), total), len(labelled[1])
    target = (total + before) / (len(roots) + n_labelled)
    before = ridge * _eye_like(target) + before / max(n_labelled, 1)
    a = namespace(before).linalg.inv(before)
    inverses = a, a @ target @ a
    parts = roots.map(FisherTrace.of, roots.where.share(inverses))
    if not parts.is_distributed:
        return parts.here
    return _DistributedFisherTrace(parts, inverses)


def _information_of(roots):
    return _information(*roots)


def label_roots(m_nc: Array) -> Array:
    """Compute R with ``R R' = diag m - m m'``, the Fisher information of the logits.

    The columns of R are ``sqrt(m_y) (e_y - m)``.

    Parameters
    ----------
    m_nc : array of shape (n, c)
        Class probabilities.

    Returns
    -------
    array of shape (n, c, c)
        R of each point.
    """
    xp, c = namespace(m_nc), m_nc.shape[1]
    e_cc = one_hot(xp.arange(c, device=device(m_nc)), c, m_nc.dtype)
    return xp.sqrt(m_nc)[:, None, :] * (e_cc - m_nc[:, :, None])


def _sandwich(u, w, k, s):
    """``U K W' + W K U' - U K S K U'``, which an update subtracts from B."""
    transpose = namespace(u).matrix_transpose
    uk = u @ k
    cross = uk @ transpose(w)
    return cross + transpose(cross) - uk @ s @ transpose(uk)


def _eye_like(matrices):
    xp = namespace(matrices)
    return xp.eye(matrices.shape[-1], dtype=matrices.dtype, device=device(matrices))


def _chunks(r_ncr, phi_nd):
    return chunk_rows(8 * r_ncr.shape[1] ** 2 * phi_nd.shape[1])


def _information(r_ncr, phi_nd):
    """Sum of ``V_n V_n'``: (c d, c d)."""
    (n, c, _), d = r_ncr.shape, phi_nd.shape[1]
    xp = namespace(phi_nd)
    total = xp.zeros((d, c * c * d), dtype=phi_nd.dtype, device=device(phi_nd))
    # V V' = R R' kron phi phi'; the sum over points is one matrix product per chunk
    for rows in gen_batches(n, _chunks(r_ncr, phi_nd)) if n else ():
        phi_md, r_mcr = phi_nd[rows], float64(r_ncr[rows])
        w_mcc = r_mcr @ xp.matrix_transpose(r_mcr)
        weighted = w_mcc[..., None] * phi_md[:, None, None, :]
        total = total + phi_md.T @ xp.reshape(weighted, (-1, c * c * d))
    total = xp.permute_dims(xp.reshape(total, (d, c, c, d)), (1, 0, 2, 3))
    return xp.reshape(total, (c * d, c * d))


def _seen(r_ncr, phi_nd, a):
    """``V_n' A V_n`` for every point: (n, r, r)."""
    (n, c, _), d = r_ncr.shape, phi_nd.shape[1]
    xp = namespace(a)
    a = xp.permute_dims(xp.reshape(a, (c, d, c, d)), (1, 0, 2, 3))
    a = xp.reshape(a, (d, c * c * d))

    def chunk(rows):
        phi_md, r_mcr = phi_nd[rows], float64(r_ncr[rows])
        half = xp.reshape(phi_md @ a, (-1, c * c, d)) @ phi_md[..., None]
        seen_mcc = xp.reshape(half, (-1, c, c))
        return xp.matrix_transpose(r_mcr) @ seen_mcc @ r_mcr

    return map_rows(chunk, n, _chunks(r_ncr, phi_nd))
