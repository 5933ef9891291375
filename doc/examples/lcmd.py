"""LCMD: the farthest point of the cluster with the largest sum of distances."""

from typing import Any, NamedTuple

from array_api_compat import array_namespace, device

from skactive import LabelledStrategy
from skactive.kernels import wide_squared_distances
from skactive.selection import SetFunction


class Clusters(NamedTuple):
    """Each point's squared distance to the nearest centre, and which centre that is."""

    distance_n: Any
    centre_n: Any
    n_centres: int


class LargestCluster(SetFunction):
    """Total distance of a point's cluster, times the point's share of the largest."""

    def __init__(self, x_nd, labelled_md):
        self.x_nd, self.labelled_md = x_nd, labelled_md
        self.xp = array_namespace(x_nd)

    def start(self):
        """State of the empty batch: the labelled points are the centres."""
        xp, n_centres = self.xp, len(self.labelled_md)
        if n_centres == 0:  # no centre yet: the first pick has the largest norm
            norm_n = xp.sum(self.x_nd**2, axis=1)
            return Clusters(norm_n, xp.zeros_like(norm_n, dtype=xp.int64), 0)
        d_nm = wide_squared_distances(self.x_nd, self.labelled_md)
        return Clusters(xp.min(d_nm, axis=1), xp.argmin(d_nm, axis=1), n_centres)

    def gains(self, state, rows=None):
        """Marginal gain of each point (of `rows`)."""
        xp, (distance_n, centre_n, m) = self.xp, state
        places_m = xp.arange(max(m, 1), device=device(distance_n))
        within_mn = xp.where(centre_n == places_m[:, None], distance_n, 0.0)
        total_m, largest_m = xp.sum(within_mn, axis=1), xp.max(within_mn, axis=1)
        weight_m = total_m / xp.where(largest_m > 0, largest_m, 1.0)
        rows = slice(None) if rows is None else rows
        return weight_m[centre_n[rows]] * distance_n[rows]

    def add(self, state, i):
        """State with point `i` added as a centre."""
        d_n = wide_squared_distances(self.x_nd, self.x_nd[i : i + 1])[:, 0]
        nearer_n = (d_n < state.distance_n) | (state.n_centres == 0)
        distance_n = self.xp.where(nearer_n, d_n, state.distance_n)
        centre_n = self.xp.where(nearer_n, state.n_centres, state.centre_n)
        return Clusters(distance_n, centre_n, state.n_centres + 1)


class ShortLCMD(LabelledStrategy):
    """Largest cluster maximum distance [1]_.

    Parameters
    ----------
    estimator : object, default=None
        Any model, which provides the features; None to use the points themselves.
    random_state : int, RandomState or None, default=None
        Seed of the model's fit; the selection is deterministic.

    References
    ----------
    .. [1] Holzmueller, Zaverkin, Kaestner and Steinwart, "A framework and benchmark for
       deep batch active learning for regression", JMLR 2023.
    """

    needs = "features"

    def _objective(self, X_pool, rng):
        return LargestCluster(*self._embedded(X_pool))
