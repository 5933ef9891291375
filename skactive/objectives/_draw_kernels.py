"""Kernels between the draws of each point, from its labels or values; layer 2.

A kernel matrix of k draws is symmetric with ones on the diagonal, so it is represented
by p = k (k - 1) / 2 pairs of draws s < t. No array of shape (n, k, k) is ever created:
only the k labels (or values) of each point are stored, and pairs are computed on
demand.
"""

import copy
import functools
import operator
from typing import NamedTuple

import numpy as np
from scipy.linalg import helmert
from sklearn.utils import gen_batches

from skactive._utils.array import (
    Array,
    carry,
    chunk_rows,
    device,
    float64,
    namespace,
    one_hot,
    positive_or_one,
)
from skactive.information import variance
from skactive.kernels import rational_quadratic

__all__ = ["KernelProduct", "LabelKernels", "ValueKernels", "mean_variance_of"]

CACHED_ROWS = 1024  # pairs of more points exceed the CPU cache: 20 % slower at 4,096


class _DrawKernels:
    """Base class: kernels ``K_st = offset + slope * pair_st`` for draws s < t."""

    offset, slope = 0.0, 1.0

    def __init__(self, draws):
        n_draws = draws.shape[1]
        first, second = np.triu_indices(n_draws, 1)
        # the diagonal refers to an entry after the last pair, which `square` sets to 1
        place = np.full((n_draws, n_draws), len(first))
        place[first, second] = place[second, first] = np.arange(len(first))
        self.draws = draws
        self.n_draws = n_draws
        self.first, self.second = carry(first, draws), carry(second, draws)
        self.place = carry(place, draws)

    def __len__(self):
        return self.draws.shape[0]

    @property
    def has_few_classes(self):
        """Whether draws are labels of so few classes that these are counted instead."""
        return False

    def over(self, draws):
        """Return the kernels of other points with the same number of draws."""
        other = copy.copy(self)
        _DrawKernels.__init__(other, draws)
        return other

    @property
    def rows_per_chunk(self):
        """Number of points per chunk, with their pairs in float64."""
        return min(chunk_rows(8 * max(len(self.first), 1)), CACHED_ROWS)

    def mean_pairs(self, rows=None):
        """Compute the mean of the pairs over points (of `rows`): (p,)."""
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
        """Convert pairs (..., p) to symmetric matrices (..., k, k), unit diagonal."""
        xp = namespace(pairs)
        one = xp.ones((*pairs.shape[:-1], 1), dtype=pairs.dtype, device=device(pairs))
        return xp.concat([pairs, one], axis=-1)[..., self.place]


class LabelKernels(_DrawKernels):
    """Kernels between one-hot labels, with one label for each point and draw.

    The squared distance of two one-hot labels is 0 or 2, so that the kernel is 1 or
    ``offset``; the pairs are indicators of equal labels.

    Parameters
    ----------
    y_nk : array of int, shape (n, k)
        One label for each point and draw.
    length_scales : sequence of float
        Length scales of `skactive.kernels.rational_quadratic`.
    n_classes : int, default=None
        Number of classes in all parts of a pool. If there are few, co-occurrence tables
        of the labels replace the pairs of draws; by default they never do.
    """

    def __init__(self, y_nk, length_scales, n_classes=None):
        super().__init__(y_nk)
        self.offset = float(rational_quadratic(2.0, length_scales))
        self.slope = 1 - self.offset
        self.n_classes = n_classes

    @property
    def has_few_classes(self):
        """Whether the dependence of two points takes less time by a table of labels.

        Pairs of draws are k (k - 1) / 2 multiplications. The centred table of joint
        shares, c x c, has rows and columns that sum to zero, and so (c - 1)^2 numbers
        in an orthonormal basis: each a sum of k products, which is then squared and
        added. Measured, one takes as long as 2 (k + 16) multiplications of pairs: short
        sums make slower products of matrices than long ones.
        """
        if self.n_classes is None or self.n_classes < 2:  # one class has no table
            return False
        k = self.n_draws
        return 4 * (self.n_classes - 1) ** 2 * (k + 16) < k * (k - 1)

    def indicators(self, rows):
        """Centred labels of `rows`, in an orthonormal basis: (c - 1, n_rows, k)."""
        xp, c = namespace(self.draws), self.n_classes
        one_nkc = one_hot(self.draws[rows], c)
        # of a label that all draws share exactly zero
        centered_nkc = one_nkc - xp.mean(one_nkc, axis=1, keepdims=True)
        basis_cc = carry(helmert(c), one_nkc)
        return xp.permute_dims(centered_nkc @ basis_cc.T, (2, 0, 1))

    def pairs(self, rows):
        """Indicators of equal labels of two draws: (n_rows, p), 0 or 1, float64."""
        return float64(self._agree(rows))

    def _total(self, rows):
        # a product with ones is faster than a sum of booleans, and exact in float32
        xp, agree_np = namespace(self.draws), self._agree(rows)
        one_n = xp.ones(len(agree_np), dtype=xp.float32, device=device(agree_np))
        return float64(one_n @ xp.astype(agree_np, xp.float32))

    def _agree(self, rows):
        # transposed, so that `take` copies contiguous labels of many points
        xp, y_kn = namespace(self.draws), self.draws[rows].T
        return (
            xp.take(y_kn, self.first, axis=0) == xp.take(y_kn, self.second, axis=0)
        ).T


class ValueKernels(_DrawKernels):
    """Kernels between predicted values, in units of their standard deviation.

    Each output is divided by the square root of its variance over the draws, averaged
    over points. Outputs on which all draws agree do not contribute.

    Parameters
    ----------
    f_nkc : array of shape (n, k, c)
        Predicted values.
    length_scales : sequence of float
        Length scales of `skactive.kernels.rational_quadratic`.
    variance_c : array of shape (c,), default=None
        Mean variances over the whole pool; None if these points are the whole pool.
    """

    def __init__(self, f_nkc, length_scales, variance_c=None):
        variance_c = mean_variance_of(f_nkc) if variance_c is None else variance_c
        super().__init__(f_nkc)
        self.spread_c = positive_or_one(variance_c**0.5)
        self.length_scales = length_scales

    def pairs(self, rows):
        """Compute kernels between the draws of `rows`: (n_rows, p), float64."""
        f_nkc = float64(self.draws[rows]) / self.spread_c
        differences = (
            f_nkc[:, self.first, j] - f_nkc[:, self.second, j]
            for j in range(f_nkc.shape[-1])
        )
        distances = functools.reduce(operator.add, (d * d for d in differences))
        return rational_quadratic(distances, self.length_scales)


def mean_variance_of(f_nkc: Array) -> Array:
    """Compute the variance of each output over draws, averaged over points: (c,)."""
    return namespace(f_nkc).mean(variance(f_nkc), axis=0)


class KernelProduct(NamedTuple):
    """Products over several kernels: of entries, of row means and of overall means."""

    entries_kk: Array
    rows_k: Array
    mean: Array

    @classmethod
    def of(
        cls, kernel_kk: Array, before: "KernelProduct | None" = None
    ) -> "KernelProduct":
        """Multiply the product `before`, if any, by one more kernel."""
        xp = namespace(kernel_kk)
        own = cls(kernel_kk, xp.mean(kernel_kk, axis=1), xp.mean(kernel_kk))
        return own if before is None else cls(*map(operator.mul, before, own))

    def beside(self, kernel_kk: Array) -> Array:
        """Compute M (k, k) such that ``<M, K> / k**2`` is dHSIC(self, kernel_kk, K).

        It exists because dHSIC is linear in each kernel (see `skactive.kernels.dhsic`).
        """
        entries_kk, rows_k, mean = self.of(kernel_kk, self)
        return entries_kk + mean - rows_k - rows_k[:, None]
