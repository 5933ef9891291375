"""LCMD: largest cluster maximum distance; layer 5."""

from typing import Any, NamedTuple

import numpy as np

from skactive._utils.array import namespace, resolution, to_numpy
from skactive.base import LabelledStrategy
from skactive.objectives import distances
from skactive.selection import SetFunction, greedy
from skactive.selection._left import Left
from skactive.selection._picks import Trail
from skactive.selection._set_function import Choice
from skactive.selection._terms import PLAIN
from skactive.selection._ties import settle

__all__ = ["LCMD", "ClusterDistances"]


class _Clusters(NamedTuple):
    """State: squared distance of each point to its nearest centre, and its index."""

    squared_n: Any
    center_n: Any
    n_centers: int


class ClusterDistances(SetFunction):
    """Squared distance of each point to its nearest labelled or picked point.

    The state also holds the index of this centre, the earliest one for ties; points
    with the same centre form a cluster. Without any centre the gain is the squared
    norm, and all points form one cluster.

    Parameters
    ----------
    distances : FeatureDistances
        Distances between points of the pool, and to the labelled points.
    """

    costly = False  # a state holds the gains of all points
    remedy = (
        "They are copies of labelled or selected points, or all at the same distance: "
        "other features or a smaller batch may help."
    )

    def __init__(self, distances):
        self.distances = distances
        # without labels the gain before the first pick is the distance to the origin,
        # and the first pick may lie farther away from a point than the origin does
        self.diminishing = distances.labelled.shape[0] > 0

    def start(self):
        """Return the state of the empty set: only labelled points are centres."""
        n_labelled = self.distances.labelled.shape[0]
        xp = namespace(self.distances.origin)
        if n_labelled == 0:
            origin = xp.zeros_like(self.distances.origin)[None]
            squared_n = self.distances.to_point(origin) ** 2
            return _Clusters(squared_n, xp.zeros_like(squared_n, dtype=xp.int64), 0)
        found_n2 = self.distances.to_nearest_labelled()
        center_n = xp.astype(found_n2[:, 1], xp.int64)
        return _Clusters(found_n2[:, 0] ** 2, center_n, n_labelled)

    def gains(self, state, rows=None):
        """Return squared distances of points (of `rows`) to their nearest centre."""
        return state.squared_n if rows is None else state.squared_n[rows]

    def add(self, state, i):
        """Return the state with point `i` as a centre."""
        xp, (squared_n, center_n, n_centers) = namespace(state.squared_n), state
        d_n = self.distances.to_point(self.distances.pool[i : i + 1]) ** 2
        # of centres tied up to rounding the earlier one stays the nearest
        nearer_n = d_n < squared_n * (1 - resolution(d_n))
        if n_centers == 0:  # the first centre replaces the origin
            nearer_n = xp.ones_like(nearer_n)
        squared_n = xp.where(nearer_n, d_n, squared_n)
        center_n = xp.where(nearer_n, xp.full_like(center_n, n_centers), center_n)
        return _Clusters(squared_n, center_n, n_centers + 1)


class LCMD(LabelledStrategy):
    """Largest cluster maximum distance (LCMD) [1]_.

    Each point belongs to the cluster of its nearest labelled or picked point. From the
    cluster with the largest sum of squared distances, the point farthest from the
    centre is selected and becomes a new centre. Picks favour regions that are dense as
    well as far from labelled points.

    Parameters
    ----------
    estimator : object, default=None
        Model that provides the features between which distances are measured: the
        input of a net's last layer, the output of a pipeline's transformers, or the
        points themselves for other models. None to use the points themselves.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model's fit; the selection is deterministic.

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
    Scores are squared distances to the nearest centre. With `candidates`, clusters are
    formed from the whole pool, and the largest cluster that contains a candidate is
    used. Without labelled points the first pick is the point with the largest norm.

    References
    ----------
    .. [1] Holzmüller, Zaverkin, Kästner and Steinwart, "A framework and benchmark for
       deep batch active learning for regression", JMLR 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive import LCMD
    >>> X_labelled = np.array([[0.0], [10.0]])
    >>> X_pool = np.array([[1.0], [2.0], [3.0], [9.0], [14.0]])
    >>> LCMD().fit(X_labelled).query(X_pool, return_scores=True)
    (array([4]), array([16.]))
    """

    needs = "features"
    distributed = True  # features are gathered; the rest runs in this process
    copies_add_nothing = True
    pending_as_labelled = True

    def _objective(self, X_pool, rng):
        return ClusterDistances(distances(*self._embedded(X_pool), "euclidean"))

    def _search(self, f, n, rng, terms=PLAIN):
        if terms.cost is not None:
            return greedy(f, n, **terms.options)
        state = f.start() if terms.state is None else terms.state
        trail, left = Trail(f, state), Left()
        for step in range(n):
            choice = _farthest_of_largest(f, trail.state, left)
            left.take(choice.index)
            trail.follow(choice, more=step < n - 1)
        return trail.end(n, left.size)


def _farthest_of_largest(f, state, left):
    """Choose the farthest point of the largest cluster that has one to select."""
    gains = f.gains(state)
    available, gain_n = to_numpy(left.among(gains)), to_numpy(gains)
    of_all = settle(gain_n, available)
    if not (gain_n[available] > 0).any():
        return Choice(of_all[0], 0.0, of_all[1])
    squared_n, center_n = to_numpy(state.squared_n), to_numpy(state.center_n)
    total_m = np.bincount(center_n, weights=squared_n)
    own_n = center_n[f.in_pool(np.arange(len(gain_n)))]
    available = available & (gain_n > 0)
    has_m = np.bincount(own_n[available], minlength=len(total_m)) > 0
    largest, tied = settle(total_m, has_m)
    i, _ = settle(gain_n, available & (own_n == largest))
    return Choice(i, float(gain_n[i]), tied and of_all[1])
