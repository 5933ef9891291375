"""Diverse batches by clustering the best points; layer 1."""

from collections.abc import Callable

import numpy as np
from sklearn.cluster import KMeans

from skactive._utils.array import resolution
from skactive.selection._picks import Picks
from skactive.selection._rules import best
from skactive.selection._set_function import SetFunction
from skactive.selection._ties import leveled
from skactive.selection._top import top_of

__all__ = ["diverse", "largest_without"]


def diverse(
    f: SetFunction,
    profiles: Callable[[np.ndarray], np.ndarray],
    size: int,
    n: int,
    rng: np.random.Generator,
    pending: np.ndarray | None = None,
) -> Picks:
    """Cluster the best points, and pick the one nearest to each of n centres.

    Pending points are clustered together with the best points, and the number of
    clusters is increased by their number. Clusters that contain a pending point are
    skipped, and the largest of the others are used.

    Parameters
    ----------
    f : SetFunction
        Modular objective that ranks the points.
    profiles : callable
        ``profiles(rows)``, of shape (m, r): features by which to cluster rows of the
        whole pool.
    size : int
        Number of best points to cluster; at least `n`.
    n : int
        Number of points to select.
    rng : numpy.random.Generator
        Seeds k-means.
    pending : array of int, default=None
        Pending rows of the whole pool; none by default.

    Returns
    -------
    indices : ndarray of intp, shape (n,)
        The selected points, by decreasing gain.
    gains : ndarray of shape (n,)
        Their gains.
    """
    first, gains = top_of(f, size)
    pending = np.empty(0, dtype=np.intp) if pending is None else pending
    profiles_mr = profiles(np.concatenate([f.in_pool(first), pending]))
    profiles_mr = _copies_made_equal(profiles_mr)
    n_clusters = n + len(pending)
    # k-means warns if there are fewer distinct points than clusters
    n_clusters = min(n_clusters, len(np.unique(profiles_mr, axis=0)))
    centers = _centers(profiles_mr, n_clusters, len(first), rng)[:n]
    picked, available = _nearest(profiles_mr[: len(first)], centers)
    # with fewer than n clusters, fill the batch with the best remaining points
    others = np.flatnonzero(available)
    # positions are by decreasing gain, so that sorting them orders the picks by gain
    picked = np.sort(np.concatenate([picked, others[: n - len(picked)]]).astype(int))
    return first[picked], gains[picked]


def largest_without(
    labels: np.ndarray, pending: np.ndarray, n_clusters: int
) -> np.ndarray:
    """Order clusters by size, those without a pending point first.

    Clusters with a pending point come last instead of being dropped, because the batch
    may be larger than the number of the others.

    Parameters
    ----------
    labels : array of int, shape (n,)
        Cluster of each point.
    pending : array of int
        Rows of the pending points.
    n_clusters : int
        Number of clusters; some may be empty.

    Returns
    -------
    array of int, shape (n_clusters,)
        Cluster numbers.
    """
    size = np.bincount(labels, minlength=n_clusters)
    held = np.bincount(labels[pending], minlength=n_clusters) > 0
    return np.lexsort((-size, held))  # the last key is the primary one


def _copies_made_equal(profiles_mr):
    """Replace rows that differ by rounding only by the first of them.

    Otherwise k-means would split copies of a point by their rounding errors, which
    depend on the processor.
    """
    wide_mr = profiles_mr.astype(float)
    norm_m = np.linalg.norm(wide_mr, axis=1)
    rounding = resolution(profiles_mr) * norm_m.max()
    by_norm = np.argsort(norm_m, kind="stable")
    # rows of about the norm of row i are by_norm[low_m[i] : high_m[i]]
    sides = norm_m - rounding, norm_m + rounding
    low_m, high_m = np.searchsorted(norm_m[by_norm], sides)
    first_m = np.arange(len(wide_mr))
    for i in np.flatnonzero(high_m - low_m > 1):
        earlier = np.sort(by_norm[low_m[i] : high_m[i]])
        earlier = earlier[(earlier < i) & (first_m[earlier] == earlier)]
        apart = np.linalg.norm(wide_mr[earlier] - wide_mr[i], axis=1)
        copied = earlier[apart <= rounding]
        first_m[i] = copied[0] if len(copied) else i
    return profiles_mr[first_m]


def _centers(profiles_mr, n_clusters, n_free, rng):
    """Cluster centres, without those of clusters with pending points (after n_free)."""
    wide_mr, seed = profiles_mr.astype(float), int(rng.integers(2**31))
    found = KMeans(n_clusters, n_init=1, random_state=seed).fit(wide_mr)
    if n_free == len(profiles_mr):
        return found.cluster_centers_
    pending = np.arange(n_free, len(profiles_mr))
    order = largest_without(found.labels_, pending, n_clusters)
    n_held = len(np.unique(found.labels_[pending]))
    return found.cluster_centers_[order[: n_clusters - n_held]]


def _nearest(profiles_mr, centers):
    """Pick the nearest point to each centre in turn; also return which are left."""
    wide_mr = profiles_mr.astype(float)
    rounding = resolution(profiles_mr) * np.linalg.norm(wide_mr, axis=1).max()
    picked, available = [], np.ones(len(wide_mr), dtype=bool)
    for center in centers:
        distances = np.linalg.norm(wide_mr - center, axis=1)
        # the two points of a cluster are equally near up to rounding: `leveled` makes
        # them tied, so that the one with the larger gain is picked
        nearness = leveled(-distances, available, rounding)
        picked.append(best(nearness.astype(profiles_mr.dtype), available))
        available[picked[-1]] = False
    return picked, available
