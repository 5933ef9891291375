"""How much the labels of a batch say about those of the pool: ICAL; layer 2.

Everything is linear in the kernels of single points. With M = H Kbar_R H, the centred
mean kernel of the condensed points R, the dependence between R and a point x is

    h(x) = <M, K_x> / k^2 = (tr M + 2 sum_{s<t} M_st K_x,st) / k^2,

so that many steps, each with an R of its own, are one matrix product over the pool.
"""

from typing import Any, NamedTuple

import numpy as np

from skactive._utils.array import device, map_rows, namespace, resolution, to_numpy
from skactive.kernels import center, dhsic
from skactive.objectives._draw_kernels import KernelProduct
from skactive.selection import SetFunction

__all__ = ["Condensation", "PointwiseCondensation", "dependence"]

BLOCK_BYTES = 256 * 2**20
ROUNDING = 1e-14
FIRST_BLOCK = 16  # steps; each block holds twice those of the one before


class _Picked(NamedTuple):
    """The picks so far, and the product of the kernels of the finished steps."""

    picks: np.ndarray
    product: KernelProduct | None = None


class _Condensed(SetFunction):
    """The condensed points of each step, and the pool's dependence on them.

    Parameters
    ----------
    kernels : LabelKernels or ValueKernels
        Kernels between the draws, of every point of the pool.
    seed : int
        Source of the condensed points: those of step t depend on it and t alone.
    n_condense : int
        Number of points the pool is condensed to (r in the paper).
    n_per_step : int
        Number of points picked with the same condensed points (L in the paper).
    resample : bool
        Whether each step draws its own condensed points.
    """

    def __init__(self, kernels, seed, *, n_condense, n_per_step, resample):
        self.kernels = kernels
        self.seed = seed
        self.n_condense = n_condense
        self.n_per_step = n_per_step
        self.one_set = not resample or n_condense >= len(kernels)
        self.size = len(kernels)

    def start(self):
        """State of the empty batch."""
        return _Picked(np.empty(0, dtype=np.intp))

    def add(self, state, i):
        """State with point `i` picked."""
        return state._replace(picks=np.append(state.picks, i))

    def _step(self, state):
        """Which step it is, and the batch as it was when the step began."""
        step = len(state.picks) // self.n_per_step
        batch = state.picks[: step * self.n_per_step]
        return (0 if self.one_set else step), batch

    def _condensed(self, step):
        """Rows of the condensed points of a step; None for the whole pool."""
        n = len(self.kernels)
        if self.n_condense >= n:
            return None
        rng = np.random.default_rng([self.seed, step])
        return rng.choice(n, self.n_condense, replace=False, shuffle=False)

    def _dependence(self, m_mkk, rows=slice(None)):
        return dependence(self.kernels, m_mkk, rows)


def dependence(kernels, m_mkk, rows=slice(None)):
    """``<M, K_x> / k**2`` for each matrix M and each point x of `rows`: (m, n)."""
    xp, k = namespace(m_mkk), kernels.n_draws
    one_kk = xp.eye(k, dtype=m_mkk.dtype, device=device(m_mkk))
    trace_m = xp.sum(m_mkk * one_kk, axis=(-2, -1))
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
    is the mean of its points' kernels (section 5.1) or their product; or the dHSIC of
    1 + b variables, the pool and every point of the batch (theorem 2).

    Parameters
    ----------
    kernels, seed, n_condense, n_per_step, resample
        See above.
    batch_kernel : {"mean", "product", "joint"}
        How the kernels of the batch's points make one, or that they remain several.
    """

    def __init__(self, kernels, seed, *, batch_kernel="mean", **condensed):
        super().__init__(kernels, seed, **condensed)
        self.batch_kernel = batch_kernel
        if batch_kernel == "joint":  # a sum of three terms, each at most 2
            self.rounding = ROUNDING
        # first step and dependences of the block last computed
        self._held = (None, None)

    def add(self, state, i):
        """State with point `i` picked; a finished step's kernels are multiplied in."""
        state = super().add(state, i)
        if self.batch_kernel == "mean" or len(state.picks) % self.n_per_step:
            return state
        product = state.product
        for j in state.picks[-self.n_per_step :]:
            product = KernelProduct.of(self._kernel(j), product)
        return state._replace(product=product)

    def gains(self, state, rows=None):
        """``alpha`` of the batch with each point (of `rows`) added: (n,)."""
        step, batch = self._step(state)
        if state.product is not None:
            m_1kk = self._beside(step, state.product)
            index = slice(None) if rows is None else to_numpy(rows)
            return self._dependence(m_1kk, index)[0]
        h_n = self._dependence_at(step)
        known = namespace(h_n).sum(h_n[batch])
        return (known + (h_n if rows is None else h_n[rows])) / (len(batch) + 1)

    def value(self, state):
        """``alpha`` of the batch itself, on the condensed points of the first step."""
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
        """Dependence of each point (of `rows`) alone on this step's pool: (n,).

        With the mean kernel, what tells the points apart.
        """
        h_n = self._dependence_at(self._step(state)[0])
        return h_n if rows is None else h_n[rows]

    def _kernel(self, i):
        pairs_p = self.kernels.pairs([i])[0]
        return self.kernels.square(self.kernels.offset + self.kernels.slope * pairs_p)

    def _mean_kernel(self, step):
        """Mean kernel of the condensed points of a step: (k, k)."""
        mean_p = self.kernels.mean_pairs(self._condensed(step))
        return self.kernels.offset + self.kernels.slope * self.kernels.square(mean_p)

    def _beside(self, step, product):
        """M of ``<M, K_x> / k**2``, the worth of a product and a point: (1, k, k)."""
        if self.batch_kernel == "product":
            return self._centered([step]) * product.entries_kk
        return product.beside(self._mean_kernel(step))[None]

    def _centered(self, steps):
        """``H Kbar_R H`` of the condensed points of m steps: (m, k, k)."""
        means = [self.kernels.mean_pairs(self._condensed(step)) for step in steps]
        mean_mp = namespace(*means).stack(means)
        return self.kernels.slope * center(self.kernels.square(mean_mp))

    def _dependence_at(self, step):
        """Dependence of every point at a step, from the block that holds it: (n,)."""
        start, size = self._block(step)
        if self._held[0] != start:
            self._held = (None, None)  # one block at a time
            h_mn = self._dependence(self._centered(range(start, start + size)))
            self._held = (start, h_mn)
        return self._held[1][step - start]

    def _block(self, step):
        """First step and number of steps of the block that holds `step`."""
        if self.one_set:
            return 0, 1
        largest = max(FIRST_BLOCK, BLOCK_BYTES // (8 * len(self.kernels)))
        start, size = 0, FIRST_BLOCK
        while step >= start + size:
            start, size = start + size, min(2 * size, largest)
        return start, size


class PointwiseCondensation(_Condensed):
    """Growth of the dependence on each condensed point alone: ICAL-pointwise.

    With ``d_i(B) = dHSIC(K_i, mean of K over B)`` for i in R, a point is worth
    ``alpha(B + x) * (M_x - 1)``, ``M_x = mean_i max(d_i(B + x) / d_i(B), 1)``; the
    first pick goes by alpha (appendix of the paper). Where no point of the pool is
    worth anything by this, all go by alpha.
    """

    def __init__(self, kernels, seed, **condensed):
        super().__init__(kernels, seed, **condensed)
        self._held = (None, None)

    def gains(self, state, rows=None):
        """Worth of adding each point (of `rows`) to the batch: (n,)."""
        step, batch = self._step(state)
        h_rn = self._dependence_at(step)
        xp = namespace(h_rn)
        before = Before.of(h_rn[:, batch], float(xp.max(h_rn)))
        # of all points: whether any grows is no matter of the rows that are asked
        index = np.arange(len(self.kernels))
        alpha_n, growth_n = before.worth(h_rn, index, self.kernels.rows_per_chunk)
        grows = bool(xp.any(growth_n[~np.isin(index, state.picks)] > 0))
        gains_n = alpha_n * growth_n if grows else alpha_n
        return gains_n if rows is None else gains_n[to_numpy(rows)]

    def _dependence_at(self, step):
        """h_i of every point for each condensed point i of the step: (r, n)."""
        if self._held[0] != step:
            self._held = (None, None)  # one matrix at a time
            rows = self._condensed(step)
            rows = np.arange(len(self.kernels)) if rows is None else rows
            self._held = (step, dependence_on_each(self.kernels, self.kernels, rows))
        return self._held[1]


def dependence_on_each(kernels, condensed, rows):
    """h_i of each point for `rows` i of other kernels: (r, n)."""
    matrices = condensed.square(condensed.pairs(rows))
    return dependence(kernels, condensed.slope * center(matrices))


class Before(NamedTuple):
    """What the batch says of each condensed point, before another is added to it.

    Dependences no larger than `floor` count as none, and differences no larger than
    `rounding` are none: where no point adds anything, that is then seen, whatever the
    chunk or the array library.
    """

    d_r1: Any
    size: int
    floor: float
    rounding: float

    @classmethod
    def of(cls, h_rb, most):
        """Make it of the dependences of the batch, and the largest of all."""
        xp, size = namespace(h_rb), h_rb.shape[1]
        d_r1 = xp.sum(h_rb, axis=1)[:, None] / max(size, 1)
        most = max(float(xp.max(d_r1)), most)
        return cls(d_r1, size, 1e-12 * most, resolution(h_rb) * most)

    def worth(self, h_rn, index, rows_per_chunk):
        """Alpha and ``M_x - 1`` of points of an index: (2, m)."""
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
        """What d_i(B + x) is divided by: (r, 1)."""
        xp = namespace(self.d_r1)
        return xp.clip(self.d_r1, min=self.floor if self.floor > 0 else 1.0)
