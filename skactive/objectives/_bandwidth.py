"""How far a labelled point reaches: bandwidths of coverage, chosen by the data; layer 2.

References
----------
.. [1] Bae, Oliveira and Sutherland, "Uncertainty herding: one active learning method
   for all label budgets", ICLR 2025.
.. [2] Yehuda, Dekel, Hacohen and Weinshall, "Active learning through a covering lens",
   NeurIPS 2022.
"""

import numpy as np
from scipy.sparse import issparse
from sklearn.cluster import KMeans
from sklearn.utils import gen_batches

from skactive._utils.array import chunk_rows, to_numpy
from skactive.kernels import wide_squared_distances

__all__ = ["label_spacing", "nearest_neighbours", "pure_radius", "scaled"]

PURE = 0.95  # share of balls that hold one pseudo-label alone [2]_
MOST = 2_000  # points that a spacing or a radius is read off


def scaled(z_rd, *others):
    """Features divided by their standard deviation over the first; all of them.

    Distances do not change with the origin, so that nothing is subtracted and sparse
    features stay sparse.
    """
    x_rd = z_rd.toarray() if issparse(z_rd) else to_numpy(z_rd)
    sd_d = x_rd.astype(np.float64).std(axis=0)
    factor_d = 1 / np.where(sd_d > 0, sd_d, 1.0)
    return tuple(_times(x, factor_d) for x in (z_rd, *others))


def _times(x, factor_d):
    if issparse(x):
        return x.multiply(factor_d[None]).tocsr()
    return to_numpy(x) * factor_d


def label_spacing(labelled, z_rd):
    """Least positive distance between labelled points [1]_.

    Coverage thus comes first, while labels are far apart, and uncertainty later. Where
    no two labelled points differ, the median distance of points to their nearest
    neighbour; 1 where all points are equal.
    """
    apart = nearest_neighbours(labelled)
    if apart.size:
        return float(apart.min())
    nearest = nearest_neighbours(z_rd[:MOST])
    return float(np.median(nearest)) if nearest.size else 1.0


def nearest_neighbours(x_nd):
    """Distance of points to the nearest one that differs from them; none has: left out."""
    x_nd, least = _dense(x_nd), []
    for some in gen_batches(len(x_nd), chunk_rows(8 * max(1, len(x_nd)))):
        squared = wide_squared_distances(x_nd[some], x_nd)
        least.append(np.where(squared > 0, squared, np.inf).min(axis=1))
    nearest = np.concatenate(least) ** 0.5 if least else np.empty(0)
    return nearest[np.isfinite(nearest)]


def pure_radius(z_rd, n_classes, seed):
    """Largest radius at which 95 % of balls hold points of one cluster alone [2]_.

    Clusters, as many as classes, stand for the labels that are not known yet. A ball
    stays pure until its radius reaches the nearest point of another cluster.
    """
    x_md = _dense(z_rd[:MOST])
    found = KMeans(min(n_classes, len(x_md)), n_init=10, random_state=seed).fit(x_md)
    squared = wide_squared_distances(x_md, x_md)
    other = found.labels_[:, None] != found.labels_
    to_other = np.where(other, squared, np.inf).min(axis=1) ** 0.5
    if not np.isfinite(to_other).any():
        return float(squared.max() ** 0.5) or 1.0
    # the ball is closed: the radius stays below the distance that would break it
    allowed = np.sort(to_other)[int(np.floor((1 - PURE) * len(to_other)))]
    return float(allowed * (1 - 1e-9))


def _dense(x_nd):
    x_nd = x_nd.toarray() if issparse(x_nd) else to_numpy(x_nd)
    x_nd = x_nd.astype(np.float64)
    return x_nd - x_nd.mean(axis=0) if len(x_nd) else x_nd
