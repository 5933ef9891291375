"""BAIT: the batch whose Fisher information bounds the pool's; layer 4."""

import math
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import gen_batches

from skactive._utils.array import (
    carry,
    chunk_rows,
    device,
    map_rows,
    namespace,
    one_hot,
)
from skactive._utils.scikit_learn import Interval, n_rows
from skactive.base import LabelledStrategy
from skactive.samplers._features import features_of, mean_prediction
from skactive.selection import SetFunction, best, gains_along, greedy

__all__ = ["BAIT", "FisherTrace"]

MATRICES = 9  # of the size of the Fisher information, most that exist at a time


class _Inverse(NamedTuple):
    """``A = M^-1`` and ``B = M^-1 I_U M^-1``, and both seen by each point's V."""

    a: Any
    b: Any
    t_nrr: Any  # V_n' A V_n
    s_nrr: Any  # V_n' B V_n


class FisherTrace(SetFunction):
    """How far points lower ``tr(M^-1 I_U)``, M the information of what is labelled.

    The Fisher information of a point in the weights of the last layer is ``V V'`` with
    ``V = R x phi``, R of c rows and r columns and phi its features. Adding or dropping
    a point changes M by rank r: the inverses, and what every point sees of them, are
    brought up to date by the Woodbury identity.

    Parameters
    ----------
    r_ncr : array of shape (n, c, r)
        Square roots of the information in the outputs.
    phi_nd : array of shape (n, d)
        Features.
    inverse : _Inverse
        Of the empty batch; see `before_batch`.
    """

    def __init__(self, r_ncr, phi_nd, inverse):
        self.r_ncr, self.phi_nd, self.inverse = r_ncr, phi_nd, inverse

    @classmethod
    def before_batch(cls, pool, labelled, ridge):
        """Make the trace of a pool: ``pool`` and ``labelled`` are pairs (R, phi)."""
        pool_total, labelled_total = _information(*pool), _information(*labelled)
        n_pool, n_labelled = len(pool[1]), len(labelled[1])
        target = (pool_total + labelled_total) / (n_pool + n_labelled)
        before = ridge * _eye_like(target) + labelled_total / max(n_labelled, 1)
        a = namespace(before).linalg.inv(before)
        b = a @ target @ a
        return cls(*pool, _Inverse(a, b, _seen(*pool, a), _seen(*pool, b)))

    def take(self, rows):
        """Return the same trace, over some of the points."""
        a, b, t_nrr, s_nrr = self.inverse
        rows = carry(rows, t_nrr)
        inverse = _Inverse(a, b, t_nrr[rows], s_nrr[rows])
        return FisherTrace(self.r_ncr[rows], self.phi_nd[rows], inverse)

    def start(self):
        """State of the empty batch."""
        return self.inverse

    def gains(self, state, rows=None):
        """By how much adding each point (of `rows`) lowers the trace: (n,)."""
        return self._change(state, slice(None) if rows is None else rows, sign=1)

    def costs(self, state, rows):
        """By how much dropping each point of `rows`, now in, raises the trace: (n,)."""
        return -self._change(state, rows, sign=-1)

    def add(self, state, i):
        """State with point `i` added."""
        return self._updated(state, i, sign=1)

    def drop(self, state, i):
        """State with point `i`, which was added, dropped."""
        return self._updated(state, i, sign=-1)

    def _change(self, state, rows, sign):
        # tr((I + V'AV)^-1 V'BV) to add; -tr((I - V'AV)^-1 V'BV) to drop
        t_nrr, s_nrr = state.t_nrr[rows], state.s_nrr[rows]
        xp = namespace(t_nrr)
        solved_nrr = xp.linalg.solve(t_nrr + sign * _eye_like(t_nrr), s_nrr)
        return xp.linalg.trace(solved_nrr)

    def _updated(self, state, i, sign):
        a, b, t_nrr, s_nrr = state
        xp, s_rr = namespace(a), s_nrr[i]
        v = xp.reshape(
            self.r_ncr[i][:, None, :] * self.phi_nd[i][:, None], (len(a), -1)
        )
        u, w = a @ v, b @ v
        # Woodbury: (M +- VV')^-1 = A - U K U'
        k_rr = xp.linalg.inv(t_nrr[i] + sign * _eye_like(s_rr))
        p_nrr, q_nrr = self._times(u), self._times(w)
        return _Inverse(
            a - u @ k_rr @ u.T,
            b - _sandwich(u, w, k_rr, s_rr),
            t_nrr - p_nrr @ k_rr @ xp.matrix_transpose(p_nrr),
            s_nrr - _sandwich(p_nrr, q_nrr, k_rr, s_rr),
        )

    def _times(self, u):
        """``V_n' u`` for every point: (n, r, r)."""
        (n, c, r), d = self.r_ncr.shape, self.phi_nd.shape[1]
        xp = namespace(u)
        u = xp.reshape(xp.permute_dims(xp.reshape(u, (c, d, r)), (1, 0, 2)), (d, c * r))
        seen_ncr = xp.reshape(self.phi_nd @ u, (n, c, r))
        return xp.matrix_transpose(self.r_ncr) @ seen_ncr


def _sandwich(u, w, k, s):
    """``U K W' + W K U' - U K S K U'``: what an update takes from B."""
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
    for rows in gen_batches(n, _chunks(r_ncr, phi_nd)) if n else ():
        phi_md = phi_nd[rows]
        w_mcc = r_ncr[rows] @ xp.matrix_transpose(r_ncr[rows])
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
        phi_md, r_mcr = phi_nd[rows], r_ncr[rows]
        half = xp.reshape(phi_md @ a, (-1, c * c, d)) @ phi_md[..., None]
        seen_mcc = xp.reshape(half, (-1, c, c))
        return xp.matrix_transpose(r_mcr) @ seen_mcc @ r_mcr

    return map_rows(chunk, n, _chunks(r_ncr, phi_nd))


class BAIT(LabelledStrategy):
    """Ask for labels that pin down the last layer where the pool depends on it [1]_.

    A batch is worth how far it lowers ``tr(M^-1 I)``: I is the Fisher information, in
    the weights of the last layer, of all points, M that of the labelled ones and the
    batch. Greedily, 2 n points are added, and n of them dropped again.

    Parameters
    ----------
    estimator : object
        Any classifier with ``predict_proba``, any regressor, or a sampler. The
        features are those of the sampler's ``embed``: the input of a net's last linear
        layer, the output of a pipeline's transforms, else the points themselves.
    ridge : float, default=1
        Added to the diagonal of M, where few labels leave it singular.
    noise : float, default=1
        Variance of the noise (regression); in classification it is not used.
    max_memory : float, default=4
        What the matrices may take, in GiB; see the notes.
    random_state : int, RandomState or None, default=None
        Source of all chance: the functions of a model that draws them.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The labels (classification).

    Notes
    -----
    The information of c classes in d features is a matrix of (c d)^2 numbers, of which
    up to nine exist at a time; where they take more than `max_memory`, a query raises
    ``ValueError``. That of all labelled points counts as one mean, that of each point
    of the batch in full.

    References
    ----------
    .. [1] Ash, Goel, Krishnamurthy and Kakade, "Gone fishing: neural active learning
       with Fisher embeddings", NeurIPS 2021.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skactive import BAIT
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = BAIT(LogisticRegression(max_iter=500)).fit(X[::2], y[::2])
    >>> strategy.query(X[1::2], n=3).shape
    (3,)
    """

    needs = "mean"

    _parameter_constraints = {
        **LabelledStrategy._parameter_constraints,
        "ridge": [Interval(Real, 0, None, closed="neither")],
        "noise": [Interval(Real, 0, None, closed="neither")],
        "max_memory": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        estimator=None,
        *,
        ridge=1.0,
        noise=1.0,
        max_memory=4.0,
        random_state=None,
    ):
        super().__init__(estimator, random_state=random_state)
        self.ridge = ridge
        self.noise = noise
        self.max_memory = max_memory

    def _objective(self, X_pool, rng):
        functions = self.sampler_.functions(rng)
        pool = self._roots(X_pool, functions)
        labelled = tuple(part[:0] for part in pool)
        if n_rows(self._X_labelled):  # a frozen model may have been shown none
            labelled = self._roots(self._X_labelled, functions)
        return FisherTrace.before_batch(pool, labelled, self.ridge)

    def _search(self, f, n, rng):
        n_points = f.gains(f.start()).shape[0]
        picks, _ = greedy(f, min(2 * n, n_points))
        of_picks = f.whole.take(f.in_pool(picks))
        kept = _pruned(of_picks, n)
        return picks[kept], gains_along(of_picks, kept)

    def _roots(self, X, functions):
        """R and the features of each point: (n, c, r) and (n, d), float64."""
        m_nc = mean_prediction(self.sampler_, X, functions)
        phi_nd, xp = features_of(self.sampler_, X, like=m_nc), namespace(m_nc)
        if self.sampler_.task == "regression":  # each target has the same information
            r_ncr = xp.full_like(m_nc[:, :1, None], self.noise**-0.5, dtype=xp.float64)
        else:
            r_ncr = _label_roots(xp.astype(m_nc, xp.float64))
        self._check_size(r_ncr.shape[1], phi_nd.shape[1])
        return r_ncr, xp.astype(phi_nd, xp.float64)

    def _check_size(self, c, d):
        needed = MATRICES * 8 * (c * d) ** 2 / 2**30
        if needed > self.max_memory:
            widest = math.isqrt(int(self.max_memory * 2**30 / (8 * MATRICES))) // c
            raise ValueError(
                f"BAIT needs {needed:.3g} GiB for the information of {c} outputs in "
                f"{d} features, more than max_memory={self.max_memory}: put a PCA that "
                f"leaves {widest} features before the model, name a narrower layer by "
                "DropoutSampler(embedding=...), or raise max_memory"
            )


def _label_roots(m_nc):
    """Columns ``sqrt(m_y) (e_y - m)``, whose square is ``diag m - m m'``: (n, c, c)."""
    xp, c = namespace(m_nc), m_nc.shape[1]
    e_cc = one_hot(xp.arange(c, device=device(m_nc)), c, m_nc.dtype)
    return xp.sqrt(m_nc)[:, None, :] * (e_cc - m_nc[:, :, None])


def _pruned(f, n):
    """Drop the cheapest of all points, one by one, until n are left; in order."""
    size = len(f.phi_nd)
    f = f.take(np.arange(size - 1, -1, -1))  # of equal costs, the latest pick's goes
    state = f.start()
    for i in range(size):
        state = f.add(state, i)
    kept = np.arange(size)
    for _ in range(size - n):
        costs = f.costs(state, carry(kept, f.phi_nd))
        place = best(-costs, namespace(costs).isfinite(costs))
        state, kept = f.drop(state, int(kept[place])), np.delete(kept, place)
    return size - 1 - kept[::-1]
