"""TypiClust: the most typical points of uncovered clusters; layer 5."""

import numpy as np
from scipy.sparse import issparse, vstack
from sklearn.cluster import KMeans
from sklearn.utils import gen_batches

from skactive._utils.array import chunk_rows, map_rows, to_numpy
from skactive.base import LabelledStrategy
from skactive.kernels import wide_squared_distances
from skactive.objectives import pool_and_labelled
from skactive.selection import SetFunction, best, top_of
from skactive.selection._terms import PLAIN

__all__ = ["TypiClust", "Typicality"]

N_NEIGHBORS = 20
MOST_CLUSTERS = 500
AT_ONCE = 4096  # points per block in the search for neighbours
SMALL = 5  # clusters with at most this many points are used last
NEAR = 1e-5  # added to distances, so that the typicality of copies is finite


class Typicality(SetFunction):
    """Typicality: the inverse of the mean distance to the nearest neighbours; modular.

    The mean is over the 20 nearest neighbours in the pool, plus 1e-5, and is computed
    only for the points that are evaluated.

    Parameters
    ----------
    x_nd : array or sparse matrix of shape (n, d)
        Features of the pool.
    labelled : array or sparse matrix of shape (n_labelled, d)
        Features of the labelled points, which are clustered together with the pool.
    """

    diminishing = True

    def __init__(self, x_nd, labelled):
        self.x_nd, self.labelled = x_nd, labelled
        self.origin = np.asarray(x_nd.mean(axis=0, dtype=np.float64)).ravel()

    def start(self):
        """Return the state of the empty set, which holds nothing."""
        return ()

    def add(self, state, i):
        """Return the state unchanged."""
        return state

    def gains(self, state, rows=None):
        """Compute the typicality of each point (of `rows`) in the pool: (n,)."""
        everyone = np.arange(self.x_nd.shape[0])
        rows = everyone if rows is None else to_numpy(rows)
        return 1 / (self.to_neighbors(rows, everyone, N_NEIGHBORS) + NEAR)

    def to_neighbors(self, rows, others, k):
        """Compute the mean distance to the `k` nearest neighbours.

        Parameters
        ----------
        rows : array of int, shape (m,)
            Points of the pool.
        others : array of int, shape (l,)
            Points in which to search for neighbours; they include `rows`.
        k : int
            Number of neighbours, or all other points if there are fewer.

        Returns
        -------
        array of shape (m,)
            Mean distances; zero if there are no other points.
        """
        k = min(k, len(others) - 1)
        if k == 0:
            return np.zeros(len(rows))

        def chunk(some):
            # the nearest of all is the point itself, at distance 0
            return self._least(rows[some], others, k + 1).sum(axis=1) / k

        return map_rows(chunk, len(rows), chunk_rows(16 * min(len(others), AT_ONCE)))

    def _least(self, rows, others, n_least):
        """Smallest distances of points to `others`, in order: (m, n_least)."""
        x_md, least = self._dense(rows), np.empty((len(rows), 0))
        for some in gen_batches(len(others), AT_ONCE):
            squared = wide_squared_distances(x_md, self._dense(others[some]))
            least = np.sort(np.concatenate([least, squared], axis=1), axis=1)
            least = least[:, :n_least]
        return least**0.5

    def _dense(self, rows):
        """Features of some rows, centred, dense and in float64."""
        x_md = self.x_nd[rows]
        return (x_md.toarray() if issparse(x_md) else x_md) - self.origin


class TypiClust(LabelledStrategy):
    """Typical clustering (TypiClust) [1]_.

    Pool and labelled points are clustered by k-means, into as many clusters as there
    will be labels after the query. From each cluster in turn, starting with those with
    the fewest labels and among these with the largest, the most typical point is
    selected: the one closest to its neighbours in the cluster. Suited to the first
    batches, for which the model is not yet reliable.

    Parameters
    ----------
    estimator : object, default=None
        Model that provides the features to cluster: the input of a net's last layer,
        the output of a pipeline's transformers, or the points themselves for other
        models. None to cluster the points themselves.
    random_state : int, RandomState or None, default=None
        Controls the randomness of k-means and of the model's fit. Pass an int for
        reproducible results.

    Attributes
    ----------
    sampler_ : PosteriorSampler or None
        The fitted posterior sampler; None if `estimator` is None.
    estimator_ : estimator or None
        The fitted model; None if `estimator` is None.
    classes_ : ndarray of shape (c,)
        The class labels (classification only).

    Notes
    -----
    There are at most 500 clusters. Clusters of at most five points are used only after
    all others are exhausted. Neighbours are the 20 nearest points, but at most half of
    the points left in the cluster. With `candidates`, the whole pool is clustered, but
    neighbours and picks are candidates only. Scores are the typicality in the whole
    pool.

    References
    ----------
    .. [1] Hacohen, Dekel and Weinshall, "Active learning on a budget: opposite
       strategies suit high and low budgets", ICML 2022.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive import TypiClust
    >>> X_pool = np.array([[0.0], [1.0], [1.1], [1.3], [9.0], [9.2], [9.3]])
    >>> TypiClust(random_state=0).fit(X_pool[:1]).query(X_pool)
    array([5])
    """

    needs = "features"
    distributed = True  # features are gathered; the rest runs in this process

    def _objective(self, X_pool, rng):
        found = pool_and_labelled(*self._embedded(X_pool))
        # In one memory layout: a mean is rounded by the order in which it is summed,
        # and k-means can make other clusters of tied points from the last digit.
        rows = (x if issparse(x) else np.ascontiguousarray(to_numpy(x)) for x in found)
        return Typicality(*rows)

    def _search(self, f, n, rng, terms=PLAIN):
        if terms.cost is not None:
            return top_of(f, n, **terms.options)
        whole = f.whole
        n_pool, n_labelled = whole.x_nd.shape[0], whole.labelled.shape[0]
        # as many clusters as there will be labels after the query, up to a limit
        n_clusters = min(n_labelled + len(terms.pending) + n, MOST_CLUSTERS)
        seed = int(rng.integers(2**31 - 1))
        # the joined features are a copy already
        found = KMeans(n_clusters, random_state=seed, copy_x=False)
        pool, labelled = np.split(found.fit(_joined(whole)).labels_, [n_pool])
        free = np.arange(n_pool)[f.in_pool(slice(None))]
        groups = [
            [free[pool[free] == cluster] for cluster in group]
            for group in _in_order(pool, labelled, n_clusters, pool[terms.pending])
        ]
        picks = _in_turn(groups, n, whole)
        return np.searchsorted(free, picks), whole.gains((), picks)


def _joined(f):
    """Features of pool and labelled points; dense features are centred."""
    if issparse(f.x_nd):
        return vstack([f.x_nd, f.labelled], format="csr")
    return np.concatenate([f.x_nd, f.labelled]) - f.origin


def _in_order(pool, labelled, n_clusters, pending=()):
    """Order clusters by fewest labels, then by size; return large and small ones.

    Parameters
    ----------
    pool, labelled : arrays of int
        Cluster of each point.
    n_clusters : int
        Number of clusters.
    pending : array of int, default=()
        Cluster of each pending point; pending points count as labelled.
    """
    n_labelled = np.bincount(labelled, minlength=n_clusters)
    n_labels = n_labelled + np.bincount(
        np.asarray(pending, dtype=int), minlength=n_clusters
    )
    size = np.bincount(pool, minlength=n_clusters) + n_labelled
    order = np.lexsort((-size, n_labels))  # the last key is the primary one
    return order[size[order] > SMALL], order[size[order] <= SMALL]


def _in_turn(groups, n, f):
    """Pick one point per cluster in turn; small clusters after all large ones."""
    picks = []
    for clusters in groups:
        while len(picks) < n and any(len(free) for free in clusters):
            for place, free in enumerate(clusters):
                if len(free) and len(picks) < n:
                    i = _most_typical(free, f)
                    picks.append(free[i])
                    clusters[place] = np.delete(free, i)
    return np.asarray(picks, dtype=np.intp)


def _most_typical(free, f):
    """Position in `free` of the point that is closest to its neighbours there."""
    k = min(N_NEIGHBORS, max(1, len(free) // 2))
    return best(-f.to_neighbors(free, free, k), np.ones(len(free), dtype=bool))
