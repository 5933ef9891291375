"""Kernels between the draws of each point, made from its labels or values; layer 2.

A kernel of k draws is symmetric with ones on the diagonal, so p = k (k - 1) / 2 pairs
of draws s < t hold it. Nothing of shape (n, k, k) is ever made: a point keeps its k
labels (or values), and pairs are computed for the rows asked.
"""

import copy
import functools
import operator
from typing import NamedTuple

import numpy as np
from sklearn.utils import gen_batches

from skactive._utils.array import (
    Array,
    carry,
    chunk_rows,
    device,
    float64,
    namespace,
    positive_or_one,
)
from skactive.information import variance
from skactive.kernels import rational_quadratic

__all__ = ["KernelProduct", "LabelKernels", "ValueKernels", "mean_variance_of"]

CACHED_ROWS = 1024  # pairs of more points leave the cache: a fifth slower at 4,096


class _DrawKernels:
    """What both kinds share: ``K_st = offset + slope * pair_st`` for draws s < t."""

    offset, slope = 0.0, 1.0

    def __init__(self, draws):
        n_draws = draws.shape[1]
        first, second = np.triu_indices(n_draws, 1)
        place = np.full(
            (n_draws, n_draws), len(first)
        )  # the diagonal: one past the last
        place[first, second] = place[second, first] = np.arange(len(first))
        self.draws = draws
        self.n_draws = n_draws
        self.first, self.second = carry(first, draws), carry(second, draws)
        self.place = carry(place, draws)

    def __len__(self):
        return self.draws.shape[0]

    def over(self, draws):
        """Return the same kernels between other draws, of the same number."""
        other = copy.copy(self)
        _DrawKernels.__init__(other, draws)
        return other

    @property
    def rows_per_chunk(self):
        """How many points' pairs, in float64, fit a chunk."""
        return min(chunk_rows(8 * max(len(self.first), 1)), CACHED_ROWS)

    def mean_pairs(self, rows=None):
        """Mean of the pairs over points (of `rows`): (p,)."""
        if rows is not None and len(rows) <= self.rows_per_chunk:
            return self._total(rows) / len(rows)
        n, total_p = len(self) if rows is None else len(rows), 0.0
        for some in gen_batches(n, self.rows_per_chunk):
            total_p = self._total(some if rows is None else rows[some]) + total_p
        return total_p / n

    def _total(self, rows):
        """Sum of the pairs over `rows`: (p,)."""
        pairs_np = self.pairs(rows)
        return namespace(pairs_np).sum(pairs_np, axis=0)

    def square(self, pairs):
        """Symmetric matrices (..., k, k), ones on the diagonal, of pairs (..., p)."""
        xp = namespace(pairs)
        one = xp.ones((*pairs.shape[:-1], 1), dtype=pairs.dtype, device=device(pairs))
        return xp.concat([pairs, one], axis=-1)[..., self.place]


class LabelKernels(_DrawKernels):
    """Kernels between one-hot labels, one label for each point and draw.

    Two labels are equal, or at squared distance 2: the kernel is 1 or ``offset``, and
    the pairs are the indicators of equality.

    Parameters
    ----------
    y_nk : array of int, shape (n, k)
        A label for each point and draw.
    length_scales : sequence of float
        The mixture of `skactive.kernels.rational_quadratic`.
    """

    def __init__(self, y_nk, length_scales):
        super().__init__(y_nk)
        self.offset = float(rational_quadratic(2.0, length_scales))
        self.slope = 1 - self.offset

    def pairs(self, rows):
        """Which draws of `rows` agree: (n_rows, p), 0 or 1, float64."""
        return float64(self._agree(rows))

    def _total(self, rows):
        # a product by ones counts faster than a sum of truth values; exact in float32
        xp, agree_np = namespace(self.draws), self._agree(rows)
        one_n = xp.ones(len(agree_np), dtype=xp.float32, device=device(agree_np))
        return float64(one_n @ xp.astype(agree_np, xp.float32))

    def _agree(self, rows):
        # taken draw by draw, so that the labels of many points are copied at once
        xp, y_kn = namespace(self.draws), self.draws[rows].T
        return (
            xp.take(y_kn, self.first, axis=0) == xp.take(y_kn, self.second, axis=0)
        ).T


class ValueKernels(_DrawKernels):
    """Kernels between predicted values, in units of their spread.

    Each output is divided by the root mean, over points, of its variance over draws;
    an output on which all draws agree says nothing.

    Parameters
    ----------
    f_nkc : array of shape (n, k, c)
        Predicted values.
    length_scales : sequence of float
        The mixture of `skactive.kernels.rational_quadratic`.
    variance_c : array of shape (c,), default=None
        The variances that give the units, where these points are a part of a pool.
    """

    def __init__(self, f_nkc, length_scales, variance_c=None):
        variance_c = mean_variance_of(f_nkc) if variance_c is None else variance_c
        super().__init__(f_nkc)
        self.spread_c = positive_or_one(variance_c**0.5)
        self.length_scales = length_scales

    def pairs(self, rows):
        """Kernels between the draws of `rows`: (n_rows, p), float64."""
        f_nkc = float64(self.draws[rows]) / self.spread_c
        differences = (
            f_nkc[:, self.first, j] - f_nkc[:, self.second, j]
            for j in range(f_nkc.shape[-1])
        )
        distances = functools.reduce(operator.add, (d * d for d in differences))
        return rational_quadratic(distances, self.length_scales)


def mean_variance_of(f_nkc: Array) -> Array:
    """Mean over points of each output's variance over draws: (c,)."""
    return namespace(f_nkc).mean(variance(f_nkc), axis=0)


class KernelProduct(NamedTuple):
    """Products, over some kernels, of their entries, their rows' means, their means."""

    entries_kk: Array
    rows_k: Array
    mean: Array

    @classmethod
    def of(
        cls, kernel_kk: Array, before: "KernelProduct | None" = None
    ) -> "KernelProduct":
        """Multiply one more kernel in."""
        xp = namespace(kernel_kk)
        own = cls(kernel_kk, xp.mean(kernel_kk, axis=1), xp.mean(kernel_kk))
        return own if before is None else cls(*map(operator.mul, before, own))

    def beside(self, kernel_kk: Array) -> Array:
        """M (k, k): dHSIC of these kernels, `kernel_kk` and K is ``<M, K> / k**2``.

        It is linear in each of its kernels (see `skactive.kernels.dhsic`).
        """
        entries_kk, rows_k, mean = self.of(kernel_kk, self)
        return entries_kk + mean - rows_k - rows_k[:, None]
