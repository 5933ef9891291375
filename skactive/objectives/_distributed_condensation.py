"""ICAL for distributed pools; layer 2.

The condensed points of a step depend only on the seed and the step. The labels of their
draws, a few kilobytes, are gathered in this process, and the centred mean kernel is
sent to the parts. Each part stores the dependence of its points on it, and returns its
best candidates.
"""

from typing import Any

import numpy as np

from skactive._utils.array import carry, to_numpy
from skactive.distributed._objective import (
    Distributed,
    Leaders,
    _packed,
    _unpacked,
    gather_leaders,
    leading,
)
from skactive.distributed._parts import Parts
from skactive.objectives._condensation import (
    Baseline,
    Condensation,
    PointwiseCondensation,
    dependence,
    dependence_on_each,
)

__all__ = [
    "DistributedCondensation",
    "DistributedPointwiseCondensation",
    "condense",
    "condense_pointwise",
]


def condense(kernels: Parts, seed: int, **condensation: Any) -> Condensation:
    """Create the objective of ICAL, from kernels of a local or distributed pool."""
    if kernels.is_distributed:
        return DistributedCondensation(kernels, seed, **condensation)
    return Condensation(kernels.here, seed, **condensation)


def condense_pointwise(
    kernels: Parts, seed: int, **condensation: Any
) -> PointwiseCondensation:
    """Create the objective of ICAL-pointwise, for a local or distributed pool."""
    if kernels.is_distributed:
        return DistributedPointwiseCondensation(kernels, seed, **condensation)
    return PointwiseCondensation(kernels.here, seed, **condensation)


class DistributedCondensation(Distributed, Condensation):
    """`Condensation` for a distributed pool.

    Parameters
    ----------
    kernels : Parts
        Kernels between the draws of each part.
    seed, **condensation
        See `Condensation`.
    """

    costly = False

    def __init__(self, kernels, seed, **condensation):
        super().__init__(_Kernels(kernels), seed, **condensation)

    def gains(self, state, rows=None):
        """Compute ``alpha`` of the batch with each point (of `rows`) added: (n,)."""
        held, own = self._worth(state)
        if rows is not None:
            return held.at(_gains_at, to_numpy(rows), *own)
        return held.map(_gains, *own).joined()

    def _leaders(self, state, available, n):
        held, own = self._worth(state)
        return gather_leaders(held, _leaders, available, n, shared=own)

    def dependence(self, state, rows=None):
        """Compute the dependence of each single point (of `rows`): (n,)."""
        step = self._step(state)[0]
        own = (step - self._block(step)[0], 0.0, 1)
        held = self.dependence_at(step)[1]
        if rows is not None:
            return held.at(_gains_at, to_numpy(rows), *own)
        return held.map(_gains, *own).joined()

    def _worth(self, state):
        """Dependences held by the parts; row, constant and size that give the gains."""
        step, batch = self._step(state)
        if state.product is not None:
            return self._dependence(self._beside(step, state.product)), (0, 0.0, 1)
        m_mkk, held = self.dependence_at(step)
        row, known = step - self._block(step)[0], 0.0
        if len(batch):
            h_1b = dependence(self.kernels.of(batch), m_mkk[row : row + 1])
            known = float(h_1b.sum())
        return held, (row, known, len(batch) + 1)

    def dependence_at(self, step):
        """Matrices M of the block that contains `step`, and the parts' dependences."""
        first, count = self._block(step)
        if self._held[0] != first:
            m_mkk = self.centered(range(first, first + count))
            self._held = (first, (m_mkk, self._dependence(m_mkk)))
        return self._held[1]

    def _dependence(self, m_mkk, rows=slice(None)):
        parts = self.kernels.parts
        return parts.map(_dependence, parts.where.share(m_mkk))


def _dependence(kernels, m_mkk):
    return to_numpy(dependence(kernels, carry(m_mkk, kernels.draws)))


def _gains(h_mn, row, known, size):
    return to_numpy((known + h_mn[row]) / size)


def _gains_at(h_mn, rows, row, known, size):
    return _gains(h_mn[:, rows], row, known, size)


def _leaders(h_mn, available, n, *own) -> Leaders:
    return leading(_gains(h_mn, *own), None, available, n)


class DistributedPointwiseCondensation(Distributed, PointwiseCondensation):
    """`PointwiseCondensation` for a distributed pool.

    The labels of the condensed points are sent to the parts, which store the dependence
    of their points on each of them. The dependences of the batch are computed in this
    process; whether any point has a positive gain is determined from all parts.

    Parameters
    ----------
    kernels : Parts
        Kernels between the draws of each part.
    seed, **condensation
        See `PointwiseCondensation`.
    """

    costly = False

    def __init__(self, kernels, seed, **condensation):
        super().__init__(_Kernels(kernels), seed, **condensation)

    def gains(self, state, rows=None):
        """Compute the gain of each point (of `rows`): (n,)."""
        worth, grows = self._worth(state)
        if rows is None:
            return worth.map(_product, grows).joined()
        return worth.at(_product_at, to_numpy(rows), grows)

    def _leaders(self, state, available, n):
        worth, grows = self._worth(state)
        return gather_leaders(worth, _leaders_by_growth, available, n, shared=(grows,))

    def _worth(self, state):
        """Alpha and ``M_x - 1``, held by the parts; whether any is positive."""
        step, batch = self._step(state)
        condensed, held, most = self.dependence_at(step)
        if len(batch):
            h_rb = dependence_on_each(self.kernels.of(batch), *condensed)
        else:
            h_rb = np.empty((len(condensed[1]), 0))
        parts, before = self.kernels.parts, Baseline.of(h_rb, most)
        worth = held.map(_worth_of_part, before, beside=parts)
        left = np.ones(self.size, dtype=bool)
        left[state.picks] = False
        shares = [_packed(share) for share in parts.cut(left)]
        return worth, any(worth.map(_grows, each=shares).collect())

    def dependence_at(self, step):
        """Condensed points; h for each of them, held by the parts; the largest h."""
        if self._held[0] != step:
            self._held = (None, None)  # free the old matrices before computing new ones
            rows = self._condensed(step)
            rows = np.arange(self.size) if rows is None else rows
            kernels, parts = self.kernels.of(rows), self.kernels.parts
            held = parts.map(_on_each, parts.where.share(kernels.draws))
            most = max(held.map(_largest).collect())
            self._held = (step, ((kernels, np.arange(len(rows))), held, most))
        return self._held[1]


def _on_each(kernels, draws):
    condensed = kernels.over(carry(draws, kernels.draws))
    return to_numpy(dependence_on_each(kernels, condensed, slice(None)))


def _largest(h_rn):
    return float(h_rn.max())


def _worth_of_part(h_rn, kernels, before):
    return before.worth(h_rn, np.arange(h_rn.shape[1]), kernels.rows_per_chunk)


def _grows(worth_2n, available):
    return bool((worth_2n[1][_unpacked(available, worth_2n.shape[1])] > 0).any())


def _product(worth_2n, grows):
    return worth_2n[0] * worth_2n[1] if grows else worth_2n[0]


def _product_at(worth_2n, rows, grows):
    return _product(worth_2n[:, rows], grows)


def _leaders_by_growth(worth_2n, available, n, grows) -> Leaders:
    return leading(_product(worth_2n, grows), None, available, n)


class _Kernels:
    """The kernels of all parts; those of few points are gathered in this process."""

    def __init__(self, parts):
        self.parts = parts
        like = parts.with_parts(parts.parts[:1]).map(_outline).collect()[0]
        self.offset, self.slope = like.offset, like.slope
        self.square, self._like, self._brought = like.square, like, {}

    def __len__(self):
        return len(self.parts)

    def of(self, rows):
        """Return the kernels of a few points, gathering those not cached yet."""
        new = np.setdiff1d(rows, list(self._brought)).astype(np.intp)
        if len(new):
            draws = self.parts.at(_draws, new)
            self._brought |= dict(zip(new.tolist(), draws, strict=True))
        return self._like.over(np.stack([self._brought[int(i)] for i in rows]))

    def pairs(self, rows):
        """Return the pairs of a few points."""
        return self.of(rows).pairs(slice(None))

    def mean_pairs(self, rows=None):
        """Compute the mean of the pairs over `rows`, or over the whole pool if None."""
        if rows is None:
            return self.parts.map(_total_pairs).total() / len(self)
        return self.of(rows).mean_pairs()


def _outline(kernels):
    return kernels.over(to_numpy(kernels.draws[:1]))


def _draws(kernels, rows):
    return to_numpy(kernels.draws[rows])


def _total_pairs(kernels):
    return to_numpy(kernels.mean_pairs() * len(kernels))
