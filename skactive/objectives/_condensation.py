"""Dependence between the labels of a batch and those of the pool (ICAL); layer 2.

The dependence is linear in the kernel of each point. With M = H Kbar_R H, the centred
mean kernel of the condensed points R, the dependence between R and a point x is

    h(x) = <M, K_x> / k^2 = (tr M + 2 sum_{s<t} M_st K_x,st) / k^2,

so that many steps, each with its own R, are computed by one matrix product.
"""

import functools
import itertools
import operator
from typing import Any, NamedTuple

import numpy as np

from skactive._utils.array import (
    block_rows,
    device,
    map_rows,
    namespace,
    resolution,
    to_numpy,
)
from skactive.kernels import center, dhsic
from skactive.objectives._draw_kernels import KernelProduct
from skactive.selection import SetFunction

__all__ = ["Condensation", "PointwiseCondensation", "dependence"]

BLOCK_BYTES = 256 * 2**20  # of the dependences of one block of steps
ROUNDING = 1e-14
FIRST_BLOCK = 16  # steps in the first block; each further block is twice as large


class _Picked(NamedTuple):
    """State: the picks, and the product of the kernels of completed steps."""

    picks: np.ndarray
    product: KernelProduct | None = None


class _Condensed(SetFunction):
    """Base class: the condensed points of each step, and dependences on them.

    Parameters
    ----------
    kernels : LabelKernels or ValueKernels
        Kernels between the draws of each point of the pool.
    seed : int
        Seed of the condensed points; those of step t depend only on it and on t.
    n_condense : int
        Number of condensed points (r in the paper).
    n_per_step : int
        Number of picks with the same condensed points (L in the paper).
    resample : bool
        Whether to sample new condensed points at each step.
    """

    def __init__(self, kernels, seed, *, n_condense, n_per_step, resample):
        self.kernels = kernels
        self.seed = seed
        self.n_condense = n_condense
        self.n_per_step = n_per_step
        self.one_set = not resample or n_condense >= len(kernels)
        self.size = len(kernels)

    def start(self):
        """Return the state of the empty batch."""
        return _Picked(np.empty(0, dtype=np.intp))

    def add(self, state, i):
        """Return the state after picking point `i`."""
        return state._replace(picks=np.append(state.picks, i))

    def step_after(self, n_picks):
        """Number of the step after some picks, and how many it begins with."""
        step = n_picks // self.n_per_step
        return (0 if self.one_set else step), step * self.n_per_step

    def _step(self, state):
        """Number of the current step, and the batch at the beginning of the step."""
        step, begun = self.step_after(len(state.picks))
        return step, state.picks[:begun]

    def _condensed(self, step):
        """Sample the condensed points of a step (rows); None for the whole pool."""
        n = len(self.kernels)
        if self.n_condense >= n:
            return None
        # seeded by the step, so that steps can be computed in any order, by any process
        rng = np.random.default_rng([self.seed, step])
        return rng.choice(n, self.n_condense, replace=False, shuffle=False)

    def _dependence(self, m_mkk, rows=slice(None)):
        return dependence(self.kernels, m_mkk, rows)


def dependence(kernels, m_mkk, rows=slice(None)):
    """Compute ``<M, K_x> / k**2`` for each matrix M and point x of `rows`: (m, n)."""
    xp, k = namespace(m_mkk), kernels.n_draws
    one_kk = xp.eye(k, dtype=m_mkk.dtype, device=device(m_mkk))
    # the diagonal of K_x is 1, and contributes tr M
    trace_m = xp.sum(m_mkk * one_kk, axis=(-2, -1))
    # M and K_x are symmetric: each pair s < t counts twice
    m_mp = 2 * m_mkk[:, kernels.first, kernels.second]
    constant_m = (trace_m + kernels.offset * xp.sum(m_mp, axis=-1)) / k**2
    m_mp = kernels.slope / k**2 * m_mp
    index = np.arange(len(kernels))[rows]

    def chunk(some):
        dependence_mn = m_mp @ kernels.pairs(index[some]).T
        dependence_mn += constant_m[:, None]  # in place: as large as the product
        return dependence_mn

    return map_rows(chunk, len(index), kernels.rows_per_chunk, axis=-1)


class Condensation(_Condensed):
    """Dependence between the batch and the condensed pool: ICAL, eq. of section 5.

    ``alpha(B) = dHSIC(mean of K over R, kernel of B)``, where the kernel of the batch
    is the mean (section 5.1) or the product of the kernels of its points. With
    ``batch_kernel="joint"`` it is the dHSIC of 1 + b variables: the pool and each point
    of the batch (theorem 2).

    Parameters
    ----------
    kernels, seed, n_condense, n_per_step, resample
        See `_Condensed`.
    batch_kernel : {"mean", "product", "joint"}
        How to combine the kernels of the points of a batch.
    """

    def __init__(self, kernels, seed, *, batch_kernel="mean", **condensed):
        super().__init__(kernels, seed, **condensed)
        self.batch_kernel = batch_kernel
        if batch_kernel == "joint":  # dHSIC is then a sum of three terms, each <= 2
            self.rounding = ROUNDING
        # the last block computed: its first step, and the dependences of all points
        self._held = (None, None)

    def add(self, state, i):
        """Return the state after picking `i`, with the kernels of completed steps."""
        state = super().add(state, i)
        if self.batch_kernel == "mean" or len(state.picks) % self.n_per_step:
            return state
        product = state.product
        for j in state.picks[-self.n_per_step :]:
            product = KernelProduct.of(self._kernel(j), product)
        return state._replace(product=product)

    def gains(self, state, rows=None):
        """Compute ``alpha`` of the batch with each point (of `rows`) added: (n,)."""
        step, batch = self._step(state)
        if state.product is not None:
            m_1kk = self._beside(step, state.product)
            index = slice(None) if rows is None else to_numpy(rows)
            return self._dependence(m_1kk, index)[0]
        # alpha(B + x) = (|B| alpha(B) + h(x)) / (|B| + 1), and |B| alpha(B) = sum of h
        h_n = self.dependence_at(step)
        known = namespace(h_n).sum(h_n[batch])
        return (known + (h_n if rows is None else h_n[rows])) / (len(batch) + 1)

    def value(self, state):
        """Compute ``alpha`` of the batch, with the condensed points of step 0."""
        if not len(state.picks):
            return 0.0
        kernels, product = [self._kernel(i) for i in state.picks], None
        if self.batch_kernel == "joint":
            return float(dhsic(self._mean_kernel(0), *kernels))
        if self.batch_kernel == "mean":
            return float(dhsic(self._mean_kernel(0), sum(kernels) / len(kernels)))
        for kernel in kernels:
            product = KernelProduct.of(kernel, product)
        return float(dhsic(self._mean_kernel(0), product.entries_kk))

    def dependence(self, state, rows=None):
        """Compute the dependence of each single point (of `rows`): (n,).

        With the mean kernel, gains are an increasing function of it.
        """
        h_n = self.dependence_at(self._step(state)[0])
        return h_n if rows is None else h_n[rows]

    def _kernel(self, i):
        pairs_p = self.kernels.pairs([i])[0]
        return self.kernels.square(self.kernels.offset + self.kernels.slope * pairs_p)

    def _mean_kernel(self, step):
        """Mean kernel of the condensed points of a step: (k, k)."""
        mean_p = self.kernels.mean_pairs(self._condensed(step))
        return self.kernels.offset + self.kernels.slope * self.kernels.square(mean_p)

    def _beside(self, step, product):
        """M with which ``<M, K_x> / k**2`` is alpha of batch and point: (1, k, k)."""
        if self.batch_kernel == "product":
            return self.centered([step]) * product.entries_kk
        return product.beside(self._mean_kernel(step))[None]

    def centered(self, steps):
        """``H Kbar_R H`` for the condensed points of m steps: (m, k, k)."""
        means = [self.kernels.mean_pairs(self._condensed(step)) for step in steps]
        mean_mp = namespace(*means).stack(means)
        return self.kernels.slope * center(self.kernels.square(mean_mp))

    def dependence_at(self, step):
        """Dependence of every point at a step, from the cached block: (n,)."""
        start, size = self._block(step)
        if self._held[0] != start:
            self._held = (None, None)  # free the old block before computing the next
            h_mn = self._dependence(self.centered(range(start, start + size)))
            self._held = (start, h_mn)
        return self._held[1][step - start]

    def _block(self, step):
        """First step and number of steps of the block that contains `step`.

        Blocks double in size: a small batch computes few steps in advance, and a large
        one needs few products.
        """
        if self.one_set:
            return 0, 1
        largest = max(FIRST_BLOCK, BLOCK_BYTES // (8 * len(self.kernels)))
        start, size = 0, FIRST_BLOCK
        while step >= start + size:
            start, size = start + size, min(2 * size, largest)
        return start, size


class PointwiseCondensation(_Condensed):
    """Increase of the dependence on each single condensed point: ICAL-pointwise.

    With ``d_i(B) = dHSIC(K_i, mean of K over B)`` for i in R, the gain of a point is
    ``alpha(B + x) * (M_x - 1)``, where ``M_x = mean_i max(d_i(B + x) / d_i(B), 1)``
    (appendix of the paper). For the first pick, and if this is zero for all points,
    the gain is alpha.
    """

    def __init__(self, kernels, seed, **condensed):
        super().__init__(kernels, seed, **condensed)
        self._held = (None, None)

    def gains(self, state, rows=None):
        """Compute the gain of each point (of `rows`): (n,)."""
        step, batch = self._step(state)
        h_rn = self.dependence_at(step)
        xp = namespace(h_rn)
        before = Baseline.of(h_rn[:, batch], float(xp.max(h_rn)))
        # for all points, since the fallback to alpha must not depend on `rows`
        index = np.arange(len(self.kernels))
        alpha_n, growth_n = before.worth(h_rn, index, self.kernels.rows_per_chunk)
        grows = bool(xp.any(growth_n[~np.isin(index, state.picks)] > 0))
        gains_n = alpha_n * growth_n if grows else alpha_n
        return gains_n if rows is None else gains_n[to_numpy(rows)]

    def dependence_at(self, step):
        """h_i of every point for each condensed point i of the step: (r, n)."""
        if self._held[0] != step:
            self._held = (None, None)  # free the old matrix before computing the next
            rows = self._condensed(step)
            rows = np.arange(len(self.kernels)) if rows is None else rows
            self._held = (step, dependence_on_each(self.kernels, self.kernels, rows))
        return self._held[1]


def dependence_on_each(kernels, condensed, rows):
    """Compute h_i of each point, for rows i of the kernels `condensed`: (r, n)."""
    if kernels.has_few_classes:
        return dependence_of_labels(kernels, condensed, rows)
    matrices = condensed.square(condensed.pairs(rows))
    return dependence(kernels, condensed.slope * center(matrices))


def dependence_of_labels(kernels, condensed, rows):
    """The same of labels: ``h_i(x) = slope^2 |C_ix|^2``, C their covariance.

    C is the table of joint shares, less the products of shares; here in orthonormal
    bases of the classes of each point, which leave its norm as it is.
    """
    indicators = condensed.indicators(rows)  # of each condensed point: (c - 1, r, k)
    factor = (kernels.slope / kernels.n_draws) ** 2
    index = np.arange(len(kernels))

    def chunk(some):
        pairs = itertools.product(indicators, kernels.indicators(index[some]))
        squares = ((u_rk @ v_mk.T) ** 2 for u_rk, v_mk in pairs)
        return factor * functools.reduce(operator.iadd, squares)

    size = block_rows(8 * (3 * len(indicators[0]) + kernels.n_draws), kernels.draws)
    return map_rows(chunk, len(index), size, axis=-1)


class Baseline(NamedTuple):
    """Dependence of the batch on each condensed point, before adding another point.

    Dependences up to `floor` and increases up to `rounding` count as zero, so that
    whether any point adds something depends neither on the chunk size nor on the array
    library.
    """

    d_r1: Any
    size: int
    floor: float
    rounding: float

    @classmethod
    def of(cls, h_rb, most):
        """Create it from the dependences of the batch and the largest of all points."""
        xp, size = namespace(h_rb), h_rb.shape[1]
        d_r1 = xp.sum(h_rb, axis=1)[:, None] / max(size, 1)
        most = max(float(xp.max(d_r1)), most)
        return cls(d_r1, size, 1e-12 * most, resolution(h_rb) * most)

    def worth(self, h_rn, index, rows_per_chunk):
        """Compute alpha and ``M_x - 1`` for the points in `index`: (2, m)."""
        xp = namespace(h_rn)
        known, least_r1 = self.size * xp.mean(self.d_r1), self._least()
        # d_i(B + x) - d_i(B), times the size of the new batch
        from_r1 = self.d_r1 + (self.size + 1) * (least_r1 - self.d_r1)

        def chunk(some):
            h_rm = h_rn[:, index[some]]
            alpha_m = (known + xp.mean(h_rm, axis=0)) / (self.size + 1)
            more_rm = h_rm - from_r1
            more_rm = xp.where(more_rm > self.rounding, more_rm / least_r1, 0.0)
            growth_m = xp.mean(more_rm, axis=0) / (self.size + 1)
            return xp.stack([alpha_m, growth_m if self.size else 0 * growth_m])

        return map_rows(chunk, len(index), rows_per_chunk, axis=-1)

    def _least(self):
        """Denominator of d_i(B + x) / d_i(B), bounded away from zero: (r, 1)."""
        xp = namespace(self.d_r1)
        return xp.clip(self.d_r1, min=self.floor if self.floor > 0 else 1.0)
