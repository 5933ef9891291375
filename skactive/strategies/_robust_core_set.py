"""RobustCoreSet: the least radius that leaves a few outliers aside; layer 5."""

import functools
import math
import time
from numbers import Real
from typing import NamedTuple

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
from skactive.selection._budget import affordable
from skactive.selection._terms import PLAIN

__all__ = ["RobustCoreSet"]


class RobustCoreSet(LabelledStrategy):
    """Select points that cover the pool with the least radius, but for outliers [1]_.

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
    copies_add_nothing = True
    pending_as_labelled = True

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

    def _search(self, f, n, rng, terms=PLAIN):
        picks, gains = lazy_greedy(f, n, **terms.options)
        everyone = np.arange(len(f.whole.distances))
        candidates = everyone[f.in_pool(slice(None))]
        table_nm = to_numpy(f.whole.distances.between(everyone, tuple(candidates)))
        state = f.start() if terms.state is None else terms.state
        nearest_n = to_numpy(f.whole.gains(state))  # labelled or pending
        limits = _Limits(n, terms.cost, terms.budget)
        problem = _Radius(table_nm, nearest_n, self.outliers, limits)
        better = problem.search(picks, time.monotonic() + self.time_limit)
        if better is None:
            return picks, gains
        return better, gains_along(f, better, state=terms.state)


class _Limits(NamedTuple):
    """How many points a batch has, or what it may cost and how many it has at most."""

    n: int | None
    cost: np.ndarray | None = None
    budget: float | None = None

    def constraints(self, m, p):
        """Rows of a programme of m candidates and p more variables."""
        others = np.zeros(p)
        if self.cost is None:
            return [LinearConstraint(np.r_[np.ones(m), others], lb=self.n, ub=self.n)]
        spent = LinearConstraint(np.r_[self.cost, others], ub=self.budget)
        if self.n is None:
            return [spent]
        return [spent, LinearConstraint(np.r_[np.ones(m), others], ub=self.n)]

    def cheapest_first(self, rows):
        """Rows in order of what they cost, and then of the pool."""
        if self.cost is None:
            return rows
        return rows[np.argsort(self.cost[rows], kind="stable")]

    def allow(self, picks):
        """Whether a batch fits: a programme is solved up to a tolerance of its own."""
        if self.cost is None:
            return True
        return bool(affordable(math.fsum(self.cost[picks]), self.budget))


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
    limits : _Limits
        How large a batch may be.
    """

    def __init__(self, table_nm, labelled_n, outliers, limits):
        self.limits = limits
        everything = _without_rounding(np.column_stack([table_nm, labelled_n]))
        self.table_nm, self.labelled_n = everything[:, :-1], everything[:, -1]
        self.n_outliers = int(outliers * len(table_nm))

    def of(self, picks):
        """Radius of a batch: the largest distance but for those of the outliers."""
        nearest_n = np.minimum(self.labelled_n, self.table_nm[:, picks].min(axis=1))
        return np.sort(nearest_n)[-1 - self.n_outliers]

    def search(self, picks, deadline):
        """Bisect the distances; the best batch found, None if it is the one given."""
        best, high = None, self.of(picks)
        low = high / 2 if self._greedy_is_bounded() else 0.0
        radii = np.unique([*self.table_nm.ravel(), *self.labelled_n])
        radii = radii[(radii >= low * (1 - 1e-9)) & (radii < high)]
        while len(radii):
            middle = len(radii) // 2
            found, settled = self._cover(radii[middle], deadline - time.monotonic())
            if found is not None:
                best = self._first_copies(found)
                radii = radii[radii < self.of(found)]
            elif settled:
                radii = radii[middle + 1 :]
            else:
                _warn_time(radii, best)
                break
        return best

    def _greedy_is_bounded(self):
        """Whether greedy is at most twice the optimum.

        It is where every point counts, costs the same, and may be asked or is a centre.
        """
        may_be = self.table_nm.shape[1] + int((self.labelled_n == 0).sum())
        whole = may_be >= len(self.table_nm)
        return whole and not self.n_outliers and self.limits.cost is None

    def _first_copies(self, picks):
        """The same batch, of a point's copies the cheapest, and of these the first.

        Any of them covers as much.
        """
        kinds, counts = np.unique(self._kinds[picks], return_counts=True)
        first = [
            self.limits.cheapest_first(np.flatnonzero(self._kinds == kind))[:count]
            for kind, count in zip(kinds, counts, strict=True)
        ]
        return np.sort(np.concatenate(first))

    @functools.cached_property
    def _kinds(self):
        """A number for each candidate, that of its copies: (m,)."""
        return np.unique(self.table_nm, axis=1, return_inverse=True)[1].ravel()

    def _cover(self, radius, seconds):
        """Return a batch of this radius or None, and whether that is settled."""
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
                *self.limits.constraints(m, p),
                LinearConstraint(1 - is_pick[None], ub=self.n_outliers),
            ],
            options={"time_limit": seconds},
        )
        if found.x is None:
            return None, found.status == 2  # there is none
        picks = np.flatnonzero(found.x[:m] > 0.5)
        return (picks if self.limits.allow(picks) else None), True


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
