"""KMeansCoreSet: the points nearest to k-means cluster centres; layer 5."""

from numbers import Integral

import numpy as np
from scipy.sparse import issparse
from sklearn.cluster import KMeans
from sklearn.utils import gen_batches

from skactive._utils.array import block_rows, chunk_rows, map_rows, to_numpy
from skactive._utils.scikit_learn import Interval, StrOptions
from skactive.base import LabelledStrategy
from skactive.kernels import wide_squared_distances
from skactive.objectives import KCenter, distances
from skactive.selection import best, gains_along, lazy_greedy
from skactive.selection._diverse import largest_without
from skactive.selection._terms import PLAIN

__all__ = ["KMeansCoreSet"]

# Squared distances below this share of |x|^2 + |c|^2 are recomputed directly, since
# |x|^2 + |c|^2 - 2 x'c has then lost too many digits to cancellation.
CLOSE = 1e-3


class KMeansCoreSet(LabelledStrategy):
    """Select the points nearest to k-means cluster centres of the pool [1]_.

    The features of the pool are clustered into n clusters, and the point nearest to
    each centre is selected, starting with the largest cluster. Picks follow the density
    of the pool, whereas `CoreSet` prefers sparse regions. Labelled points are ignored.

    Parameters
    ----------
    estimator : object, default=None
        Model that provides the features to cluster: the input of a net's last layer,
        the output of a pipeline's transformers, or the points themselves for other
        models. None to cluster the points themselves.
    n_init : int or "auto", default="auto"
        Number of initialisations of k-means; see `sklearn.cluster.KMeans`.
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
    Scores are the distances to the nearest labelled or picked point, as in `CoreSet`.
    With `candidates`, the whole pool is still clustered, and the candidates nearest to
    the centres are selected.

    References
    ----------
    .. [1] The "closest-K-means" of "Improving greedy core-set configurations for
       active learning with uncertainty-scaled distances", under review, 2022, figure 2.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive import KMeansCoreSet
    >>> X_pool = np.array([[0.0], [1.0], [2.0], [9.0], [10.0]])
    >>> KMeansCoreSet(random_state=0).fit(X_pool[:1]).query(X_pool, n=2)
    array([1, 3])
    """

    needs = "features"
    distributed = True  # features are gathered; the rest runs in this process
    copies_add_nothing = True

    _parameter_constraints = {
        **LabelledStrategy._parameter_constraints,
        "n_init": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, estimator=None, *, n_init="auto", random_state=None):
        super().__init__(estimator, random_state=random_state)
        self.n_init = n_init

    def _objective(self, X_pool, rng):
        return KCenter(distances(*self._embedded(X_pool), "euclidean"))

    def _search(self, f, n, rng, terms=PLAIN):
        if terms.cost is not None:
            return lazy_greedy(f, n, **terms.options)
        pool = f.whole.distances.pool
        pool = pool if issparse(pool) else to_numpy(pool)
        seed = int(rng.integers(2**31 - 1))
        # clusters with a pending point are left out, so there are as many more
        n_clusters = n + len(terms.pending)
        found = KMeans(n_clusters, n_init=self.n_init, random_state=seed).fit(pool)
        some_b = largest_without(found.labels_, terms.pending, n_clusters)[:n]
        centers_bd = found.cluster_centers_[some_b]
        picks = _nearest_of_each(centers_bd, pool[f.in_pool(slice(None))])
        return picks, gains_along(f, picks, state=terms.state)


def _nearest_of_each(centers_bd, x_nd):
    """Return the row nearest to each centre, in turn and without repetition.

    Computed in float64, because in float32 rounding errors that depend on the chunk
    size would decide between rows at nearly equal distances.
    """
    squared_to = _of_sparse(x_nd) if issparse(x_nd) else _of_dense(x_nd, centers_bd)
    picks, available = [], np.ones(x_nd.shape[0], bool)
    for some in gen_batches(len(centers_bd), chunk_rows(8 * x_nd.shape[0])):
        for squared_n in squared_to(centers_bd[some].astype(np.float64)):
            picks.append(best(-squared_n, available))
            available[picks[-1]] = False
    return np.asarray(picks, dtype=np.intp)


def _of_dense(x_nd, centers_bd):
    """Make a function that returns squared distances of centres to all rows: (b, n)."""
    n, d = x_nd.shape
    # an origin amid the data keeps the norms small, and so the cancellation
    origin_d = centers_bd.astype(np.float64).mean(axis=0)

    def squared_to(centers_md):
        def block(rows):
            x_rd = x_nd[rows].astype(np.float64) - origin_d
            return wide_squared_distances(centers_md - origin_d, x_rd)

        return map_rows(block, n, block_rows(16 * d, origin_d), axis=-1)

    return squared_to


def _of_sparse(x_nd):
    """`_of_dense` for sparse rows; only rows close to a centre are made dense."""
    x_nd = x_nd.astype(np.float64, copy=False)
    norms_n = np.asarray(x_nd.multiply(x_nd).sum(axis=1)).ravel()

    def squared_to(centers_md):
        scale_mn = (centers_md**2).sum(axis=1)[:, None] + norms_n
        squared_mn = scale_mn - 2 * (x_nd @ centers_md.T).T
        i, j = np.nonzero(squared_mn <= CLOSE * scale_mn)

        def directly(some):
            return ((x_nd[j[some]].toarray() - centers_md[i[some]]) ** 2).sum(axis=1)

        if len(i):
            size = chunk_rows(32 * x_nd.shape[1])
            squared_mn[i, j] = map_rows(directly, len(i), size)
        return squared_mn

    return squared_to
