"""Kernel coverage, the objective of MaxHerding and UncertaintyHerding; layer 2.

With k_ij the similarity of points i and j, u_i the weight of reference point i and m_i
its largest similarity to a centre (a labelled or picked point), the gain of point j is

    mean_i u_i max(k_ij - m_i, 0).

This facility location objective is monotone and submodular, so that the search may be
lazy [1]_ [2]_.

References
----------
.. [1] Bae, Noh, Kim and Sutherland, "Generalized coverage for more robust low-budget
   active learning", ECCV 2024.
.. [2] Bae, Oliveira and Sutherland, "Uncertainty herding: one active learning method
   for all label budgets", ICLR 2025.
"""

import functools
from collections.abc import Callable
from typing import Any

from scipy.sparse import issparse

from skactive._utils.array import (
    Array,
    carry,
    chunk_rows,
    float64,
    map_rows,
    namespace,
    to_numpy,
)
from skactive._utils.scikit_learn import n_rows
from skactive.kernels import wide_squared_distances
from skactive.objectives._distances import as_features
from skactive.selection import DivisibleSetFunction

__all__ = ["KernelCoverage", "ball", "gaussian", "pool_and_labelled", "similarity"]

NOTHING = 1e-12  # smaller differences of similarities are rounding errors
OF_WEIGHTS = (
    "The model is certain about all reference points that are not covered by labelled "
    "or selected points: a less confident model (min_samples_leaf of a forest, more "
    "dropout), a smaller bandwidth or a smaller batch may help."
)
BLOCK_BYTES = 8 * 2**20  # of similarities per block, which fits the CPU cache


def gaussian(squared: Array, bandwidth: float) -> Array:
    """Compute the Gaussian similarity ``exp(-d^2 / bandwidth^2)``."""
    # divided twice, since the square of a small bandwidth may underflow to 0
    return namespace(squared).exp(-(squared / bandwidth) / bandwidth)


def ball(squared: Array, bandwidth: float) -> Array:
    """Compute the ball similarity: 1 up to a distance of the bandwidth, else 0."""
    xp = namespace(squared)
    # with a tolerance, so that a point exactly at the radius is always inside
    return xp.astype(squared <= bandwidth**2 * (1 + NOTHING), squared.dtype)


_KERNELS = {"gaussian": gaussian, "ball": ball}


def similarity(kernel: str, bandwidth: float) -> Callable[[Array], Array]:
    """Return the similarity, a function of squared distances, for a kernel name."""
    return functools.partial(_KERNELS[kernel], bandwidth=bandwidth)


class KernelCoverage(DivisibleSetFunction):
    """Mean similarity of reference points to their nearest centre.

    Parameters
    ----------
    x_nd : array, tensor or sparse matrix of shape (n, d)
        Features of the pool; rows are converted to dense float64 chunk by chunk.
    reference : array of int, shape (r,)
        Rows of the pool that are reference points.
    labelled : array, tensor or sparse matrix of shape (n_labelled, d)
        Features of the labelled points, which are the initial centres.
    kernel : callable
        ``kernel(squared_distances) -> similarities`` in [0, 1].
    weight_r : array of shape (r,), default=None
        Weights of the reference points; 1 by default.
    """

    diminishing = True
    remedy = (
        "All reference points are covered by labelled or picked points: a smaller "
        "bandwidth or a smaller batch may help."
    )

    def __init__(self, x_nd, reference, labelled, kernel, weight_r=None):
        self.x_nd, self.labelled, self.kernel = x_nd, labelled, kernel
        self.reference, z_rd = reference, _dense(x_nd[reference])
        xp = namespace(z_rd)
        # centred, so that |x|^2 + |y|^2 - 2 x'y does not suffer from cancellation
        self.origin = xp.mean(z_rd, axis=0)
        self.z_rd = z_rd - self.origin
        ones_r = xp.ones_like(self.z_rd[:, 0])
        if weight_r is not None:
            self.remedy = OF_WEIGHTS
            ones_r = ones_r * carry(weight_r, ones_r)
        self.weight_r = ones_r / z_rd.shape[0]
        self.covered_r = self._by_labels()

    def start(self):
        """Return the state of the empty set: similarities to the labelled points."""
        return self.covered_r

    def gains(self, state, rows=None):
        """Compute the gain of coverage of each point (of `rows`): (n,), float64."""
        xp = namespace(state)
        index = None if rows is None else to_numpy(rows)

        def chunk(some):
            x_md = self.x_nd[some if index is None else index[some]]
            growth_mr = self._similarities(x_md) - state
            # so that copies of centres add exactly nothing
            growth_mr = xp.where(growth_mr > NOTHING, growth_mr, 0.0)
            return growth_mr @ self.weight_r

        n = self.x_nd.shape[0] if index is None else len(index)
        return map_rows(chunk, n, self._rows_at_once(self.z_rd.shape[0]))

    def message(self, i):
        """Return what other parts need to know about point `i`: its features."""
        return self.x_nd[i : i + 1]

    def receive(self, state, message):
        """Return the state with the point in `message` as a centre."""
        return namespace(state).maximum(state, self._similarities(message)[0])

    def squared_distances(self, rows, picks):
        """Compute squared distances of points to their nearest centre.

        Parameters
        ----------
        rows : array of int, shape (m,)
            Points of the pool.
        picks : sequence of int
            Points that are centres in addition to the labelled ones.

        Returns
        -------
        array of shape (m,)
            Squared distances, float64; infinite if there is no centre.
        """
        centers = [self._prepare(self.labelled), self._prepare(self.x_nd[list(picks)])]
        xp = namespace(self.z_rd)
        center_ld = xp.concat(centers)
        if not center_ld.shape[0]:
            return xp.full_like(self._prepare(self.x_nd[rows])[:, 0], xp.inf)

        def chunk(some):
            x_md = self._prepare(self.x_nd[rows[some]])
            return xp.min(wide_squared_distances(x_md, center_ld), axis=1)

        return map_rows(chunk, len(rows), self._rows_at_once(center_ld.shape[0]))

    def _similarities(self, x):
        """Similarities of points to the reference points: (m, r)."""
        return self.kernel(wide_squared_distances(self._prepare(x), self.z_rd))

    def _prepare(self, x):
        return _dense(x) - self.origin

    def _by_labels(self):
        """Largest similarity of each reference point to a labelled point: (r,)."""
        xp = namespace(self.z_rd)
        covered_r, n = xp.zeros_like(self.z_rd[:, 0]), self.labelled.shape[0]
        size = self._rows_at_once(self.z_rd.shape[0])
        for first in range(0, n, size):
            near_mr = self._similarities(self.labelled[first : first + size])
            covered_r = xp.maximum(covered_r, xp.max(near_mr, axis=0))
        return covered_r

    def _rows_at_once(self, n_others):
        row_bytes = 8 * (2 * n_others + self.z_rd.shape[1])
        return min(chunk_rows(row_bytes), max(1, BLOCK_BYTES // row_bytes))


def _dense(x):
    """Convert features to a dense array of float64."""
    x = x.toarray() if issparse(x) else x
    return float64(x)


def pool_and_labelled(pool: Any, labelled: Any) -> tuple[Any, Any]:
    """Convert pool and labelled points, possibly none, to numeric features."""
    pool = as_features(pool)
    return pool, as_features(labelled) if n_rows(labelled) else pool[:0]
