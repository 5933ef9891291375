"""ICAL of a distributed pool; layer 2.

The condensed points of a step depend on the seed and the step alone: the labels of
their draws, a few kilobytes, are brought here, and the centred mean kernel sent to the
parts. These keep the dependence of their points on it, and answer with their best
candidates.
"""

import numpy as np

from skactive._utils.array import carry, to_numpy
from skactive.distributed._objective import (
    Distributed,
    Leaders,
    gather_leaders,
    leading,
)
from skactive.objectives._condensation import Condensation, dependence

__all__ = ["DistributedCondensation", "condense"]


def condense(kernels, seed, **condensation):
    """The objective of ICAL over kernels of the parts of a pool, wherever they lie."""
    if kernels.is_distributed:
        return DistributedCondensation(kernels, seed, **condensation)
    return Condensation(kernels.here, seed, **condensation)


class DistributedCondensation(Distributed, Condensation):
    """Dependence between the batch and the condensed pool, by parts of the pool.

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
        self.size = len(kernels)

    def gains(self, state, rows=None):
        """``alpha`` of the batch with each point (of `rows`) added: (n,)."""
        held, own = self._worth(state)
        if rows is not None:
            return held.at(_gains_at, to_numpy(rows), *own)
        return held.map(_gains, *own).joined()

    def _leaders(self, state, available, n):
        held, own = self._worth(state)
        return gather_leaders(held, _leaders, available, n, shared=own)

    def _worth(self, state):
        """Dependences held by the parts; row, constant and size that make gains."""
        step, batch = self._step(state)
        if state.product is not None:
            return self._dependence(self._centered([step]) * state.product), (0, 0.0, 1)
        first, count = self._block(step)
        if self._held[0] != first:
            m_mkk = self._centered(range(first, first + count))
            self._held = (first, (m_mkk, self._dependence(m_mkk)))
        m_mkk, held = self._held[1]
        known = 0.0
        if len(batch):
            row = step - first
            h_1b = dependence(self.kernels.of(batch), m_mkk[row : row + 1])
            known = float(h_1b.sum())
        return held, (step - first, known, len(batch) + 1)

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


class _Kernels:
    """The kernels of all parts: those of few points are brought here."""

    def __init__(self, parts):
        self.parts = parts
        like = parts.with_parts(parts.parts[:1]).map(_outline).collect()[0]
        self.offset, self.slope = like.offset, like.slope
        self.square, self._like, self._brought = like.square, like, {}

    def __len__(self):
        return len(self.parts)

    def of(self, rows):
        """Kernels of few points."""
        new = np.setdiff1d(rows, list(self._brought)).astype(np.intp)
        if len(new):
            draws = self.parts.at(_draws, new)
            self._brought |= dict(zip(new.tolist(), draws, strict=True))
        return self._like.over(np.stack([self._brought[int(i)] for i in rows]))

    def pairs(self, rows):
        """Pairs of few points."""
        return self.of(rows).pairs(slice(None))

    def mean_pairs(self, rows=None):
        """Mean of the pairs over points; over the whole pool where there are none."""
        if rows is None:
            return self.parts.map(_total_pairs).total() / len(self)
        return self.of(rows).mean_pairs()


def _outline(kernels):
    return kernels.over(to_numpy(kernels.draws[:1]))


def _draws(kernels, rows):
    return to_numpy(kernels.draws[rows])


def _total_pairs(kernels):
    return to_numpy(kernels.mean_pairs() * len(kernels))
