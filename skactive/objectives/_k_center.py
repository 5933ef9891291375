"""Distance to the nearest centre: what core-sets are worth; layer 2."""

import numpy as np

from skactive._utils.array import carry, map_rows, namespace, to_numpy
from skactive.selection import DivisibleSetFunction, SetFunction

__all__ = ["DistributedCover", "KCenter"]


class KCenter(SetFunction):
    """Distance of each point to the nearest centre, labelled or picked.

    Greedy on it is the farthest-first traversal [1]_: its radius is at most twice the
    least one. Distances only shrink, so the search may be lazy; then distances between
    most points and most picks are never computed, and none is computed twice.

    Parameters
    ----------
    distances : FeatureDistances, CallableDistances or PrecomputedDistances
        Between the points of the pool.

    References
    ----------
    .. [1] Gonzalez, "Clustering to minimize the maximum intercluster distance",
       Theoretical Computer Science, 1985.
    """

    diminishing = True
    remedy = (
        "They are copies of points that are labelled or picked, or all as far away: "
        "other features or a smaller batch may help."
    )

    def __init__(self, distances):
        self.distances = distances
        self.labelled_n = distances.to_labelled()

    def start(self):
        """State of the empty set: the labelled points are the only centres."""
        return _Cover((), self.labelled_n, np.zeros(len(self.distances), dtype=int))

    def add(self, state, i):
        """State with point `i` a centre; what is known of distances is shared."""
        return _Cover((*state.picks, int(i)), state.nearest_n, state.seen_n)

    def gains(self, state, rows=None):
        """Distance of each point (of `rows`) to its nearest centre: float64."""
        rows = np.arange(len(self.distances)) if rows is None else to_numpy(rows)
        self._look(state, rows)
        return state.nearest_n[carry(rows, state.nearest_n)]

    def _look(self, state, rows):
        """Bring the distances of `rows` up to date; those alike in lag at once."""
        size = len(state.picks)
        behind = size - state.seen_n[rows]
        order = np.frexp(behind)[1]  # lags of one power of two; 0 where up to date
        for some in (order == e for e in np.unique(order) if e > 0):
            since = state.picks[size - behind[some].max() :]
            state.learn(rows[some], self._nearest(rows[some], since), size)

    def _nearest(self, rows, picks):
        def chunk(some):
            table = self.distances.between(rows[some], picks)
            return namespace(table).min(table, axis=1)

        return map_rows(chunk, len(rows), self.distances.rows_per_chunk(len(picks)))


class _Cover:
    """Picks, and what is known so far of the distances to them.

    ``nearest_n`` is the distance to the nearest of the labelled points and the first
    ``seen_n`` picks. It is learnt when it is asked for, in arrays of the state's own:
    the value of a state, its picks, never changes.
    """

    def __init__(self, picks, nearest_n, seen_n):
        self.picks, self.nearest_n, self.seen_n = picks, nearest_n, seen_n
        self.shared = True

    def learn(self, rows, distances, size):
        """Take in the distances of `rows` to their nearest among the last picks."""
        xp = namespace(self.nearest_n)
        if self.shared:
            self.nearest_n = xp.asarray(self.nearest_n, copy=True)
            self.seen_n, self.shared = self.seen_n.copy(), False
        index = carry(rows, self.nearest_n)
        self.nearest_n[index] = xp.minimum(self.nearest_n[index], distances)
        self.seen_n[rows] = size


class DistributedCover(DivisibleSetFunction):
    """The same for one part of a pool: centres are points of any part.

    Its state is the distance of each point to the nearest centre.

    Parameters
    ----------
    distances : FeatureDistances
        Between the points of the part.
    """

    diminishing = True
    costly = False  # a state holds the gains of all points
    remedy = KCenter.remedy

    def __init__(self, distances):
        self.distances = distances
        self.labelled_n = distances.to_labelled()

    def start(self):
        """State of the empty set: the labelled points are the only centres."""
        return self.labelled_n

    def gains(self, state, rows=None):
        """Distance of each point (of `rows`) to its nearest centre: float64."""
        return state if rows is None else state[rows]

    def message(self, i):
        """What other parts have to know of point `i`: its features."""
        return self.distances.pool[i : i + 1]

    def receive(self, state, message):
        """State with a point of these features a centre."""
        return namespace(state).minimum(state, self.distances.to_point(message))
