"""Batches by clusters of the best points; layer 1."""

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
    """Pick, of the best points, those nearest to the centres of n clusters of them.

    Pending points are clustered with them, into as many clusters more; clusters that
    hold one are left out, and the largest others taken.

    Parameters
    ----------
    f : SetFunction
        Modular; says which points are the best.
    profiles : callable
        ``profiles(rows)`` (m, r): by what rows of the whole pool are compared.
    size : int
        How many of the best points are clustered; at least `n`.
    n : int
        Number of points to pick.
    rng : numpy.random.Generator
        Seeds the clusters.
    pending : array of int, default=None
        Rows of the whole pool; none by default.

    Returns
    -------
    indices : ndarray of intp, shape (n,)
        From the largest gain down.
    gains : ndarray of shape (n,)
        Their gains.
    """
    first, gains = top_of(f, size)
    pending = np.empty(0, dtype=np.intp) if pending is None else pending
    profiles_mr = profiles(np.concatenate([f.in_pool(first), pending]))
    n_clusters = n + len(pending)
    n_clusters = min(n_clusters, len(np.unique(profiles_mr, axis=0)))
    centers = _centers(profiles_mr, n_clusters, len(first), rng)[:n]
    picked, available = _nearest(profiles_mr[: len(first)], centers)
    others = np.flatnonzero(available)  # too few distinct points: the best of the rest
    picked = np.sort(np.concatenate([picked, others[: n - len(picked)]]).astype(int))
    return first[picked], gains[picked]


def largest_without(
    labels: np.ndarray, pending: np.ndarray, n_clusters: int
) -> np.ndarray:
    """Clusters that hold no pending point, the largest first.

    Those that hold one follow: a batch may be larger than the number of the others.

    Parameters
    ----------
    labels : array of int, shape (n,)
        Cluster of each point.
    pending : array of int
        Rows of the points that are pending.
    n_clusters : int
        How many clusters there are; some may be empty.

    Returns
    -------
    array of int, shape (n_clusters,)
        Numbers of clusters.
    """
    size = np.bincount(labels, minlength=n_clusters)
    held = np.bincount(labels[pending], minlength=n_clusters) > 0
    return np.lexsort((-size, held))


def _centers(profiles_mr, n_clusters, n_free, rng):
    """Centres of clusters; where points after `n_free` are pending, see above."""
    wide_mr, seed = profiles_mr.astype(float), int(rng.integers(2**31))
    found = KMeans(n_clusters, n_init=1, random_state=seed).fit(wide_mr)
    if n_free == len(profiles_mr):
        return found.cluster_centers_
    pending = np.arange(n_free, len(profiles_mr))
    order = largest_without(found.labels_, pending, n_clusters)
    n_held = len(np.unique(found.labels_[pending]))
    return found.cluster_centers_[order[: n_clusters - n_held]]


def _nearest(profiles_mr, centers):
    """Point nearest to each centre, of those not taken yet; which ones are left."""
    wide_mr = profiles_mr.astype(float)
    rounding = resolution(profiles_mr) * np.linalg.norm(wide_mr, axis=1).max()
    picked, available = [], np.ones(len(wide_mr), dtype=bool)
    for center in centers:
        distances = np.linalg.norm(wide_mr - center, axis=1)
        # two points alone are equally near, but for rounding: take the better one
        nearness = leveled(-distances, available, rounding)
        picked.append(best(nearness.astype(profiles_mr.dtype), available))
        available[picked[-1]] = False
    return picked, available
