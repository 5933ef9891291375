"""Distance to the nearest centre, the objective of core-sets; layer 2."""

import numpy as np

from skactive._utils.array import carry, map_rows, namespace, to_numpy
from skactive.selection import DivisibleSetFunction, SetFunction

__all__ = ["DistributedCover", "KCenter"]


class KCenter(SetFunction):
    """Distance of each point to its nearest centre, labelled or picked.

    Greedy search is then the farthest-first traversal [1]_, whose radius is at most
    twice the optimum. Distances only shrink as the set grows, so that the search may be
    lazy: most distances between points and picks are never computed, and none twice.

    Parameters
    ----------
    distances : FeatureDistances, CallableDistances or PrecomputedDistances
        Distances between the points of the pool.

    References
    ----------
    .. [1] Gonzalez, "Clustering to minimize the maximum intercluster distance",
       Theoretical Computer Science, 1985.
    """

    diminishing = True
    remedy = (
        "They are copies of labelled or selected points, or all at the same distance: "
        "other features or a smaller batch may help."
    )

    def __init__(self, distances):
        self.distances = distances
        self.labelled_n = distances.to_labelled()

    def start(self):
        """Return the state of the empty set: only labelled points are centres."""
        return _Cover((), self.labelled_n, np.zeros(len(self.distances), dtype=int))

    def add(self, state, i):
        """Return the state with point `i` as a centre; known distances are shared."""
        return _Cover((*state.picks, int(i)), state.nearest_n, state.seen_n)

    def gains(self, state, rows=None):
        """Compute the distance of each point (of `rows`) to its nearest centre."""
        rows = np.arange(len(self.distances)) if rows is None else to_numpy(rows)
        self._look(state, rows)
        return state.nearest_n[carry(rows, state.nearest_n)]

    def _look(self, state, rows):
        """Update the distances of `rows` to picks that they do not account for yet.

        Rows that lag behind by similar numbers of picks are updated together, which
        avoids both many small products and many unneeded distances.
        """
        size = len(state.picks)
        behind = size - state.seen_n[rows]
        order = np.frexp(behind)[1]  # lag rounded to a power of two; 0 if up to date
        for some in (order == e for e in np.unique(order) if e > 0):
            since = state.picks[size - behind[some].max() :]
            state.learn(rows[some], self._nearest(rows[some], since), size)

    def _nearest(self, rows, picks):
        def chunk(some):
            table = self.distances.between(rows[some], picks)
            return namespace(table).min(table, axis=1)

        return map_rows(chunk, len(rows), self.distances.rows_per_chunk(len(picks)))


class _Cover:
    """State: the picks, and a cache of distances to the nearest centre.

    ``nearest_n`` is the distance of each point to the nearest of the labelled points
    and the first ``seen_n`` picks. The cache is filled on demand, in arrays owned by
    the state; the picks of a state never change.
    """

    def __init__(self, picks, nearest_n, seen_n):
        self.picks, self.nearest_n, self.seen_n = picks, nearest_n, seen_n
        self.shared = True

    def learn(self, rows, distances, size):
        """Update the cache with distances of `rows` to the nearest recent pick."""
        xp = namespace(self.nearest_n)
        if self.shared:  # copy on write: the arrays belong to an earlier state
            self.nearest_n = xp.asarray(self.nearest_n, copy=True)
            self.seen_n, self.shared = self.seen_n.copy(), False
        index = carry(rows, self.nearest_n)
        self.nearest_n[index] = xp.minimum(self.nearest_n[index], distances)
        self.seen_n[rows] = size


class DistributedCover(DivisibleSetFunction):
    """`KCenter` for one part of a pool; centres may lie in any part.

    The state is the distance of each point to its nearest centre.

    Parameters
    ----------
    distances : FeatureDistances
        Distances between the points of the part.
    """

    diminishing = True
    costly = False  # a state holds the gains of all points
    remedy = KCenter.remedy

    def __init__(self, distances):
        self.distances = distances
        self.labelled_n = distances.to_labelled()

    def start(self):
        """Return the state of the empty set: only labelled points are centres."""
        return self.labelled_n

    def gains(self, state, rows=None):
        """Return the distance of each point (of `rows`) to its nearest centre."""
        return state if rows is None else state[rows]

    def message(self, i):
        """Return what other parts need to know about point `i`: its features."""
        return self.distances.pool[i : i + 1]

    def receive(self, state, message):
        """Return the state with the point in `message` as a centre."""
        return namespace(state).minimum(state, self.distances.to_point(message))
