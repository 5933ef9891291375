"""KMeansCoreSet: the points nearest to the centres of clusters; layer 4."""

from numbers import Integral

import numpy as np
from scipy.sparse import issparse
from sklearn.cluster import KMeans
from sklearn.utils import gen_batches

from skactive._utils.array import chunk_rows, to_numpy
from skactive._utils.scikit_learn import Interval, StrOptions
from skactive.base import LabelledStrategy
from skactive.kernels import wide_squared_distances
from skactive.objectives import KCenter, distances
from skactive.selection import best, gains_along

__all__ = ["KMeansCoreSet"]


class KMeansCoreSet(LabelledStrategy):
    """Ask for labels of the points nearest to the centres of the pool's clusters [1]_.

    As many clusters as points are asked for, found by k-means on the features of the
    pool; larger clusters come first. It goes where the points are, where `CoreSet`
    goes where they are sparse; what is labelled already does not matter.

    Parameters
    ----------
    estimator : object, default=None
        Any model: clusters are of its features (the input of a net's last layer, the
        output of a pipeline's transforms, else the points themselves). None for
        clusters of the points themselves.
    n_init : int or "auto", default="auto"
        Number of starts of k-means; see `sklearn.cluster.KMeans`.
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
    Scores are the distances to the nearest labelled or picked point, as those of
    `CoreSet`. With candidates, clusters are still of the whole pool, and the nearest
    candidates are asked.

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
    distributed = True  # its features are brought together

    _parameter_constraints = {
        **LabelledStrategy._parameter_constraints,
        "n_init": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, estimator=None, *, n_init="auto", random_state=None):
        super().__init__(estimator, random_state=random_state)
        self.n_init = n_init

    def _objective(self, X_pool, rng):
        return KCenter(distances(*self._embedded(X_pool), "euclidean"))

    def _search(self, f, n, rng):
        pool = f.whole.distances.pool
        pool = pool if issparse(pool) else to_numpy(pool)
        seed = int(rng.integers(2**31 - 1))
        found = KMeans(n, n_init=self.n_init, random_state=seed).fit(pool)
        size_b = np.bincount(found.labels_, minlength=n)
        centers_bd = found.cluster_centers_[np.argsort(-size_b, kind="stable")]
        picks = _nearest_of_each(centers_bd, pool[f.in_pool(slice(None))])
        return picks, gains_along(f, picks)


def _nearest_of_each(centers_bd, x_nd):
    """Row nearest to each centre in turn, of those not taken yet."""
    origin, picks, available = centers_bd.mean(axis=0), [], np.ones(x_nd.shape[0], bool)
    x_nd = (x_nd.toarray() if issparse(x_nd) else x_nd) - origin
    for some in gen_batches(len(centers_bd), chunk_rows(8 * x_nd.shape[0])):
        squared = wide_squared_distances(centers_bd[some] - origin, x_nd)
        for nearest in squared:
            picks.append(best(-nearest, available))
            available[picks[-1]] = False
    return np.asarray(picks, dtype=np.intp)
