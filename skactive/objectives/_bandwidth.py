"""Bandwidths of kernels, chosen from the data; layer 2.

References
----------
.. [1] Bae, Oliveira and Sutherland, "Uncertainty herding: one active learning method
   for all label budgets", ICLR 2025.
.. [2] Yehuda, Dekel, Hacohen and Weinshall, "Active learning through a covering lens",
   NeurIPS 2022.
"""

from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.cluster import KMeans

from skactive._utils.array import carry, chunk_rows, map_rows, to_numpy
from skactive.kernels import wide_squared_distances

__all__ = ["label_spacing", "pure_radius", "sample", "scaled"]

PURE = 0.95  # share of balls that contain a single pseudo-label
MOST = 2_000  # maximum number of points from which a bandwidth is estimated


def sample(rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Sample rows from which to estimate a bandwidth, without replacement."""
    if len(rows) <= MOST:
        return rows
    return np.sort(rng.choice(rows, MOST, replace=False))


def scaled(z_rd: Any, *others: Any) -> tuple[Any, ...]:
    """Divide the features of `others` by their standard deviation over `z_rd`.

    The mean is not subtracted, because distances do not depend on it and sparse
    features then stay sparse. Constant features are not scaled.
    """
    sd_d = _centred(z_rd).std(axis=0)
    # the deviation of a constant column may be positive due to rounding
    size_d = np.abs(to_numpy(z_rd.toarray() if issparse(z_rd) else z_rd)).max(axis=0)
    varies_d = sd_d > 1e-12 * size_d
    factor_d = 1 / np.where(varies_d, sd_d, 1.0)
    return tuple(_times(x, factor_d) for x in others)


def _times(x, factor_d):
    if issparse(x):
        return x.multiply(factor_d[None]).tocsr()
    return x * carry(factor_d, x)


def label_spacing(labelled: Any, z_rd: Any) -> float:
    """Smallest positive distance between labelled points.

    With this bandwidth coverage dominates while labels are few and far apart, and
    uncertainty later. If no two labelled points differ, the median distance of points
    to their nearest neighbour is returned, or 1 if all points are equal.
    """
    apart = _to_neighbours(labelled)
    if apart.size:
        return float(apart.min())
    nearest = _to_neighbours(z_rd)
    return float(np.median(nearest)) if nearest.size else 1.0


def _to_neighbours(x_nd):
    """Distance of points to the nearest different point; points without one omitted."""
    x_nd = _centred(x_nd)
    n = len(x_nd)
    if not n:
        return np.empty(0)

    def chunk(some):
        squared = wide_squared_distances(x_nd[some], x_nd)
        return np.where(squared > 0, squared, np.inf).min(axis=1)

    nearest = map_rows(chunk, n, chunk_rows(8 * n)) ** 0.5
    return nearest[np.isfinite(nearest)]


def pure_radius(z_rd: Any, n_clusters: int, seed: int) -> float:
    """Largest radius for which 95 % of balls contain points of a single cluster.

    Clusters replace the unknown labels. A ball is pure until its radius reaches the
    nearest point of another cluster. With a single cluster, the radius is the largest
    distance, or 1 if all points are equal.
    """
    x_md = _centred(z_rd)
    squared = wide_squared_distances(x_md, x_md)
    # k-means warns if there are fewer distinct points than clusters
    n_clusters = min(n_clusters, len(np.unique(x_md, axis=0)))
    found = KMeans(n_clusters, n_init=10, random_state=seed).fit(x_md)
    other = found.labels_[:, None] != found.labels_
    if not other.any():
        return float(squared.max() ** 0.5) or 1.0
    to_other = np.sort(np.where(other, squared, np.inf).min(axis=1) ** 0.5)
    # balls are closed, so the radius must stay below the distance to the other cluster
    return float(to_other[int((1 - PURE) * len(to_other))] * (1 - 1e-9))


def _centred(x_nd):
    """Centred dense features, as a NumPy array of float64."""
    x_nd = x_nd.toarray() if issparse(x_nd) else to_numpy(x_nd)
    x_nd = x_nd.astype(np.float64)
    return x_nd - x_nd.mean(axis=0) if len(x_nd) else x_nd
