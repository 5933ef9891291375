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

__all__ = ["diverse"]


def diverse(
    f: SetFunction,
    profiles: Callable[[np.ndarray], np.ndarray],
    size: int,
    n: int,
    rng: np.random.Generator,
) -> Picks:
    """Pick, of the best points, those nearest to the centres of n clusters of them.

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

    Returns
    -------
    indices : ndarray of intp, shape (n,)
        From the largest gain down.
    gains : ndarray of shape (n,)
        Their gains.
    """
    first, gains = top_of(f, size)
    profiles_mr = profiles(f.in_pool(first))
    n_clusters = min(n, len(np.unique(profiles_mr, axis=0)))
    picked, available = _nearest(profiles_mr, n_clusters, rng)
    others = np.flatnonzero(available)  # too few distinct points: the best of the rest
    picked = np.sort(np.concatenate([picked, others[: n - n_clusters]]).astype(int))
    return first[picked], gains[picked]


def _nearest(profiles_mr, n_clusters, rng):
    """Point nearest to each centre, of those not taken yet; which ones are left."""
    wide_mr, seed = profiles_mr.astype(float), int(rng.integers(2**31))
    clusters = KMeans(n_clusters, n_init=1, random_state=seed).fit(wide_mr)
    rounding = resolution(profiles_mr) * np.linalg.norm(wide_mr, axis=1).max()
    picked, available = [], np.ones(len(wide_mr), dtype=bool)
    for center in clusters.cluster_centers_:
        distances = np.linalg.norm(wide_mr - center, axis=1)
        # two points alone are equally near, but for rounding: take the better one
        nearness = leveled(-distances, available, rounding)
        picked.append(best(nearness.astype(profiles_mr.dtype), available))
        available[picked[-1]] = False
    return picked, available
