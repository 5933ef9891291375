"""RobustCoreSet: the least radius that leaves a few outliers aside; layer 5."""

import functools
import time
from numbers import Real

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack, identity

from skactive._utils.array import resolution, to_numpy
from skactive._utils.scikit_learn import Interval, StrOptions
from skactive._utils.warnings import warn_caller
from skactive.base import LabelledStrategy
from skactive.distributed import as_pool
from skactive.objectives import KCenter, check_metric, distances
from skactive.selection import gains_along, lazy_greedy

__all__ = ["RobustCoreSet"]


class RobustCoreSet(LabelledStrategy):
    """Ask for labels that cover the pool with the least radius, but for outliers [1]_.

    Starts from the batch of `CoreSet` and searches for the least radius within which
    every point of the pool, but for a share of outliers, has a labelled or picked
    point: a mixed-integer programme for each radius tried, by bisection.

    Parameters
    ----------
    estimator : object, default=None
        Any model whose features the distances are between, or None; see `CoreSet`.
    outliers : float, default=1e-4
        Share of the pool that may be left further away; the number is rounded down.
    time_limit : float, default=60.0
        Seconds for all programmes of a query together. When they have passed, the best
        batch found so far is returned, with a warning: that of `CoreSet` if none was
        better. Only a query that ends before does not depend on the machine.
    metric : {"euclidean", "cosine", "precomputed"} or callable, default="euclidean"
        How far two points are apart; see `CoreSet`.
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
    All distances between points of the pool are held, and programmes have a variable
    for each point and candidate: for pools of thousands of points, not more. Picks that
    bettered the greedy batch are in the order of the pool.

    References
    ----------
    .. [1] Sener and Savarese, "Active learning for convolutional neural networks: a
       core-set approach", ICLR 2018, section 4.2 and algorithm 2.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive import RobustCoreSet
    >>> X_pool = np.array([[1.0], [4.0], [5.0], [6.0], [90.0]])
    >>> strategy = RobustCoreSet(outliers=0.2).fit(np.array([[0.0]]))
    >>> strategy.query(X_pool, n=1)
    array([2])
    """

    needs = "features"
    distributed = True  # its features are brought together

    _parameter_constraints = {
        **LabelledStrategy._parameter_constraints,
        "outliers": [Interval(Real, 0, 1, closed="left")],
        "time_limit": [Interval(Real, 0, None, closed="neither")],
        "metric": [StrOptions({"euclidean", "cosine", "precomputed"}), callable],
    }

    def __init__(
        self,
        estimator=None,
        *,
        outliers=1e-4,
        time_limit=60.0,
        metric="euclidean",
        random_state=None,
    ):
        super().__init__(estimator, random_state=random_state)
        self.outliers = outliers
        self.time_limit = time_limit
        self.metric = metric

    def _objective(self, X_pool, rng):
        check_metric(self.metric, as_pool(X_pool))
        return KCenter(distances(*self._embedded(X_pool), self.metric))

    def _search(self, f, n, rng):
        picks, gains = lazy_greedy(f, n)
        everyone = np.arange(len(f.whole.distances))
        candidates = everyone[f.in_pool(slice(None))]
        table_nm = to_numpy(f.whole.distances.between(everyone, tuple(candidates)))
        problem = _Radius(table_nm, to_numpy(f.whole.labelled_n), self.outliers)
        better = problem.search(picks, time.monotonic() + self.time_limit)
        return (picks, gains) if better is None else (better, gains_along(f, better))


class _Radius:
    """Least radius within which picks and labelled points cover all but outliers.

    Parameters
    ----------
    table_nm : ndarray of shape (n, m)
        Distance of each point to each candidate.
    labelled_n : ndarray of shape (n,)
        Distance of each point to its nearest labelled one.
    outliers : float
        Share of points that need not be covered.
    """

    def __init__(self, table_nm, labelled_n, outliers):
        everything = _without_rounding(np.column_stack([table_nm, labelled_n]))
        self.table_nm, self.labelled_n = everything[:, :-1], everything[:, -1]
        self.n_outliers = int(outliers * len(table_nm))

    def of(self, picks):
        """Radius of a batch: the largest distance but for those of the outliers."""
        nearest_n = np.minimum(self.labelled_n, self.table_nm[:, picks].min(axis=1))
        return np.sort(nearest_n)[-1 - self.n_outliers]

    def search(self, picks, deadline):
        """Bisect the distances; the best batch found, None if it is the one given."""
        b, best, high = len(picks), None, self.of(picks)
        n, m = self.table_nm.shape
        # greedy is at most twice the optimum, where every point counts and may be asked
        low = high / 2 if m == n and not self.n_outliers else 0.0
        radii = np.unique([*self.table_nm.ravel(), *self.labelled_n])
        radii = radii[(radii >= low * (1 - 1e-9)) & (radii < high)]
        while len(radii):
            middle = len(radii) // 2
            found, settled = self._cover(radii[middle], b, deadline - time.monotonic())
            if found is not None:
                best = self._first_copies(found)
                radii = radii[radii < self.of(found)]
            elif settled:
                radii = radii[middle + 1 :]
            else:
                _warn_time(radii, best)
                break
        return best

    def _first_copies(self, picks):
        """The same batch, of a point's copies the first: any of them covers as much."""
        kinds, counts = np.unique(self._kinds[picks], return_counts=True)
        first = [
            np.flatnonzero(self._kinds == kind)[:count]
            for kind, count in zip(kinds, counts, strict=True)
        ]
        return np.sort(np.concatenate(first))

    @functools.cached_property
    def _kinds(self):
        """A number for each candidate, that of its copies: (m,)."""
        return np.unique(self.table_nm, axis=1, return_inverse=True)[1].ravel()

    def _cover(self, radius, b, seconds):
        """Return a batch of `b` of this radius or None, and whether that is settled."""
        if seconds <= 0:
            return None, False
        # a point within the radius of a labelled one is covered
        near_pm = csr_array(self.table_nm[self.labelled_n > radius] <= radius)
        p, m = near_pm.shape
        covered = hstack([near_pm.astype(float), identity(p)], format="csr")
        is_pick = np.r_[np.ones(m), np.zeros(p)]
        found = milp(
            np.zeros(m + p),
            integrality=is_pick,
            bounds=Bounds(0, 1),
            constraints=[
                LinearConstraint(covered, lb=1),
                LinearConstraint(is_pick[None], lb=b, ub=b),
                LinearConstraint(1 - is_pick[None], ub=self.n_outliers),
            ],
            options={"time_limit": seconds},
        )
        picks = None if found.x is None else np.flatnonzero(found.x[:m] > 0.5)
        return picks, found.x is not None or found.status == 2  # 2: there is none


def _without_rounding(distances):
    """Distances, those that differ by rounding made one: it decides about no batch.

    Each is the least of those from which it can be reached by steps no longer than
    rounding of the largest distance.
    """
    values, place = np.unique(distances, return_inverse=True)
    scale = values[np.isfinite(values)].max(initial=0.0)
    starts = np.diff(values, prepend=-np.inf) > resolution(values) * scale
    least = values[np.flatnonzero(starts)[np.cumsum(starts) - 1]]
    return least[place].reshape(distances.shape)


def _warn_time(radii, best):
    batch = "the greedy batch" if best is None else "the best batch found so far"
    warn_caller(
        f"time_limit has passed with {len(radii)} radii from {radii[0]:.4g} to "
        f"{radii[-1]:.4g} untried: {batch} is returned. Raise time_limit, or query a "
        "smaller pool."
    )
