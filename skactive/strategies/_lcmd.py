"""LCMD: the farthest point of the cluster that is worst covered; layer 5."""

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
    """Squared distance of each point to its nearest centre, and which that is."""

    squared_n: Any
    center_n: Any
    n_centers: int


class ClusterDistances(SetFunction):
    """Squared distance of each point to the nearest centre, labelled or picked.

    The state knows which centre that is, the earliest of those equally near: points of
    one centre are a cluster. Without a centre it is the squared norm, of one cluster.

    Parameters
    ----------
    distances : FeatureDistances
        Between the points of the pool, and to the labelled ones.
    """

    costly = False  # a state holds the gains of all points
    remedy = (
        "They are copies of points that are labelled or picked, or all as far away: "
        "other features or a smaller batch may help."
    )

    def __init__(self, distances):
        self.distances = distances
        # the first pick may lie farther from a point than the origin does
        self.diminishing = distances.labelled.shape[0] > 0

    def start(self):
        """State of the empty set: the labelled points are the only centres."""
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
        """Squared distance of each point (of `rows`) to its nearest centre."""
        return state.squared_n if rows is None else state.squared_n[rows]

    def add(self, state, i):
        """State with point `i` a centre."""
        xp, (squared_n, center_n, n_centers) = namespace(state.squared_n), state
        d_n = self.distances.to_point(self.distances.pool[i : i + 1]) ** 2
        # of centres equally near but for rounding, the earlier stays the nearest
        nearer_n = d_n < squared_n * (1 - resolution(d_n))
        if n_centers == 0:
            nearer_n = xp.ones_like(nearer_n)
        squared_n = xp.where(nearer_n, d_n, squared_n)
        center_n = xp.where(nearer_n, xp.full_like(center_n, n_centers), center_n)
        return _Clusters(squared_n, center_n, n_centers + 1)


class LCMD(LabelledStrategy):
    """Query the farthest points of the worst covered clusters: LCMD [1]_.

    Each point belongs to the nearest labelled or picked point. Of the cluster whose
    squared distances have the largest sum, the farthest point is taken and becomes a
    centre itself (largest cluster maximum distance). It goes both where points are many
    and where they lie far from labels.

    Parameters
    ----------
    estimator : object, default=None
        Any model: distances are between its features (the input of a net's last
        layer, the output of a pipeline's transforms, else the points themselves). None
        for distances between the points themselves.
    random_state : int, RandomState or None, default=None
        Seeds the model's fit; the choice leaves nothing to chance.

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
    Scores are squared distances to the nearest centre. With candidates, clusters are of
    the whole pool, and the one of largest sum that holds a candidate is taken. Without
    labels the first pick has the largest norm.

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
    distributed = True  # its features are brought together
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
    """The next pick: of the largest cluster that has a point left to gain by."""
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
