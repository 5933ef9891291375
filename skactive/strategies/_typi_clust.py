"""TypiClust: the most typical point of each cluster that has no label yet; layer 5."""

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
AT_ONCE = 4096  # points among which neighbours are looked for at a time
SMALL = 5  # clusters of no more points are taken last
NEAR = 1e-5  # added to distances: copies are typical, not infinitely so


class Typicality(SetFunction):
    """How close a point's nearest neighbours in the pool are: modular.

    One over the mean distance to the 20 nearest, to which 1e-5 is added; computed for
    the points asked.

    Parameters
    ----------
    x_nd : array or sparse matrix of shape (n, d)
        Features of the pool.
    labelled : array or sparse matrix of shape (n_labelled, d)
        Those of the labelled points, which clusters are of too.
    """

    diminishing = True

    def __init__(self, x_nd, labelled):
        self.x_nd, self.labelled = x_nd, labelled
        self.origin = np.asarray(x_nd.mean(axis=0, dtype=np.float64)).ravel()

    def start(self):
        """State of the empty set: there is nothing to remember."""
        return ()

    def add(self, state, i):
        """Return the state unchanged."""
        return state

    def gains(self, state, rows=None):
        """Typicality of each point (of `rows`) in the pool: (n,)."""
        everyone = np.arange(self.x_nd.shape[0])
        rows = everyone if rows is None else to_numpy(rows)
        return 1 / (self.to_neighbors(rows, everyone, N_NEIGHBORS) + NEAR)

    def to_neighbors(self, rows, others, k):
        """Mean distance to the `k` nearest other points.

        Parameters
        ----------
        rows : array of int, shape (m,)
            Points of the pool.
        others : array of int, shape (l,)
            Among which neighbours are looked for; they hold `rows`.
        k : int
            How many neighbours, or all others where these are fewer.

        Returns
        -------
        array of shape (m,)
            Zeros where there are no others.
        """
        k = min(k, len(others) - 1)
        if k == 0:
            return np.zeros(len(rows))

        def chunk(some):
            # the nearest of all is the point itself, at distance 0
            return self._least(rows[some], others, k + 1).sum(axis=1) / k

        return map_rows(chunk, len(rows), chunk_rows(16 * min(len(others), AT_ONCE)))

    def _least(self, rows, others, n_least):
        """Least distances of points to some of `others`, in order: (m, n_least)."""
        x_md, least = self._dense(rows), np.empty((len(rows), 0))
        for some in gen_batches(len(others), AT_ONCE):
            squared = wide_squared_distances(x_md, self._dense(others[some]))
            least = np.sort(np.concatenate([least, squared], axis=1), axis=1)
            least = least[:, :n_least]
        return least**0.5

    def _dense(self, rows):
        """Rows of features about the origin, in float64."""
        x_md = self.x_nd[rows]
        return (x_md.toarray() if issparse(x_md) else x_md) - self.origin


class TypiClust(LabelledStrategy):
    """Query the most typical point of each cluster that has no label yet [1]_.

    Pool and labelled points together are clustered by k-means, into as many clusters as
    there will be labels. Clusters with the fewest labels come first, of these the
    largest; from each in turn the point is taken whose neighbours in the cluster are
    closest. For first batches, where a model knows nothing yet.

    Parameters
    ----------
    estimator : object, default=None
        Any model: clusters are of its features (the input of a net's last layer, the
        output of a pipeline's transforms, else the points themselves). None for
        clusters of the points themselves.
    random_state : int, RandomState or None, default=None
        Source of all chance: the starts of k-means, and the model's fit.

    Attributes
    ----------
    sampler_ : PosteriorSampler or None
        The fitted sampler, if there is a model.
    estimator_ : estimator or None
        The fitted model, if there is one.
    classes_ : ndarray of shape (c,)
        The labels (classification).

    Notes
    -----
    There are at most 500 clusters. Those of five points or fewer are left for when all
    others are used up. Neighbours are the nearest 20, at most half of what may be
    picked in the cluster. With candidates, clusters are of the whole pool, and only
    candidates are neighbours and picks. Scores are the typicality in the whole pool.

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
    distributed = True  # its features are brought together

    def _objective(self, X_pool, rng):
        found = pool_and_labelled(*self._embedded(X_pool))
        return Typicality(*(x if issparse(x) else to_numpy(x) for x in found))

    def _search(self, f, n, rng, terms=PLAIN):
        if terms.cost is not None:
            return top_of(f, n, **terms.options)
        whole = f.whole
        n_pool, n_labelled = whole.x_nd.shape[0], whole.labelled.shape[0]
        n_clusters = min(n_labelled + len(terms.pending) + n, MOST_CLUSTERS)
        found = KMeans(n_clusters, random_state=int(rng.integers(2**31 - 1)))
        pool, labelled = np.split(found.fit(_joined(whole)).labels_, [n_pool])
        free = np.arange(n_pool)[f.in_pool(slice(None))]
        groups = [
            [free[pool[free] == cluster] for cluster in group]
            for group in _in_order(pool, labelled, n_clusters, pool[terms.pending])
        ]
        picks = _in_turn(groups, n, whole)
        return np.searchsorted(free, picks), whole.gains((), picks)


def _joined(f):
    """Features of pool and labelled points; dense ones about a point amid them."""
    if issparse(f.x_nd):
        return vstack([f.x_nd, f.labelled], format="csr")
    return np.concatenate([f.x_nd, f.labelled]) - f.origin


def _in_order(pool, labelled, n_clusters, pending=()):
    """Large clusters, then small ones: those with the fewest labels, the largest first.

    Parameters
    ----------
    pool, labelled : arrays of int
        Cluster of each point.
    n_clusters : int
        How many there are.
    pending : array of int, default=()
        Cluster of each pending point; they count as labelled.
    """
    n_labelled = np.bincount(labelled, minlength=n_clusters)
    n_labels = n_labelled + np.bincount(
        np.asarray(pending, dtype=int), minlength=n_clusters
    )
    size = np.bincount(pool, minlength=n_clusters) + n_labelled
    order = np.lexsort((-size, n_labels))
    return order[size[order] > SMALL], order[size[order] <= SMALL]


def _in_turn(groups, n, f):
    """One point of each cluster in turn; the second group once the first is used up."""
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
    """Place of the point whose neighbours among the free ones are closest."""
    k = min(N_NEIGHBORS, max(1, len(free) // 2))
    return best(-f.to_neighbors(free, free, k), np.ones(len(free), dtype=bool))
