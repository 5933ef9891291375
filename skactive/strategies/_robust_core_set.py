"""RobustCoreSet: k-centre selection that is robust to outliers; layer 5."""

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
    """Robust k-centre core-set selection by mixed-integer programming [1]_.

    Starting from the batch of `CoreSet`, finds the batch with the smallest radius
    within which every point of the pool, apart from a share of outliers, has a labelled
    or picked point. The radius is found by bisection, with one mixed-integer programme
    per radius tried.

    Parameters
    ----------
    estimator : object, default=None
        Model that provides the features between which distances are measured, or None;
        see `CoreSet`.
    outliers : float, default=1e-4
        Share of the pool that may lie outside the radius; the number of points is
        rounded down.
    time_limit : float, default=60.0
        Time limit in seconds for all programmes of a query together. When it is
        reached, the best batch found so far, which may be that of `CoreSet`, is
        returned with a warning; it then depends on the speed of the machine.
    metric : {"euclidean", "cosine", "precomputed"} or callable, default="euclidean"
        Distance between two points; see `CoreSet`.
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
    All pairwise distances are held in memory, and a programme has one variable per
    point and per candidate. The strategy is therefore limited to pools of a few
    thousand points. If the batch improves on the greedy one, its picks are in the order
    of the pool.

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
    distributed = True  # features are gathered; the rest runs in this process
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
    """Size of the batch or, with costs, its budget and (maximum) size."""

    n: int | None
    cost: np.ndarray | None = None
    budget: float | None = None

    def constraints(self, m, p):
        """Return the constraints of a programme with m candidates and p variables."""
        others = np.zeros(p)
        if self.cost is None:
            return [LinearConstraint(np.r_[np.ones(m), others], lb=self.n, ub=self.n)]
        spent = LinearConstraint(np.r_[self.cost, others], ub=self.budget)
        if self.n is None:
            return [spent]
        return [spent, LinearConstraint(np.r_[np.ones(m), others], ub=self.n)]

    def cheapest_first(self, rows):
        """Return rows by increasing cost, ties in the order of the pool."""
        if self.cost is None:
            return rows
        return rows[np.argsort(self.cost[rows], kind="stable")]

    def allow(self, picks):
        """Whether a batch fits the budget exactly; the solver has its own tolerance."""
        if self.cost is None:
            return True
        return bool(affordable(math.fsum(self.cost[picks]), self.budget))


class _Radius:
    """Search for the smallest radius that covers all points but the outliers.

    Parameters
    ----------
    table_nm : ndarray of shape (n, m)
        Distance of each point to each candidate.
    labelled_n : ndarray of shape (n,)
        Distance of each point to its nearest labelled point.
    outliers : float
        Share of points that need not be covered.
    limits : _Limits
        Size or budget of the batch.
    """

    def __init__(self, table_nm, labelled_n, outliers, limits):
        self.limits = limits
        everything = _without_rounding(np.column_stack([table_nm, labelled_n]))
        self.table_nm, self.labelled_n = everything[:, :-1], everything[:, -1]
        self.n_outliers = int(outliers * len(table_nm))

    def of(self, picks):
        """Return the radius of a batch: its largest distance apart from outliers."""
        nearest_n = np.minimum(self.labelled_n, self.table_nm[:, picks].min(axis=1))
        return np.sort(nearest_n)[-1 - self.n_outliers]

    def search(self, picks, deadline):
        """Bisect over the distances; return a better batch than `picks`, or None."""
        best, high = None, self.of(picks)
        # greedy k-centre is a 2-approximation, so smaller radii need not be tried
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
        """Whether the greedy radius is at most twice the optimum.

        This holds without outliers and with equal costs, if every point is a candidate
        or a centre.
        """
        may_be = self.table_nm.shape[1] + int((self.labelled_n == 0).sum())
        whole = may_be >= len(self.table_nm)
        return whole and not self.n_outliers and self.limits.cost is None

    def _first_copies(self, picks):
        """Replace points by their cheapest, and then first, copies.

        Copies cover the same points, and which of them the solver returns is arbitrary.
        """
        kinds, counts = np.unique(self._kinds[picks], return_counts=True)
        first = [
            self.limits.cheapest_first(np.flatnonzero(self._kinds == kind))[:count]
            for kind, count in zip(kinds, counts, strict=True)
        ]
        return np.sort(np.concatenate(first))

    @functools.cached_property
    def _kinds(self):
        """Group number of each candidate, equal for copies: (m,)."""
        return np.unique(self.table_nm, axis=1, return_inverse=True)[1].ravel()

    def _cover(self, radius, seconds):
        """Find a batch with this radius, or None, and whether the answer is certain."""
        if seconds <= 0:
            return None, False
        # points within the radius of a labelled point are covered already
        near_pm = csr_array(self.table_nm[self.labelled_n > radius] <= radius)
        p, m = near_pm.shape
        covered = hstack([near_pm.astype(float), identity(p)], format="csr")
        # Outlier variables need not be integers: with integer picks, they are 1 for
        # points that are not covered, and may be 0 for all others.
        is_pick = np.r_[np.ones(m), np.zeros(p)]
        found = milp(
            np.zeros(m + p),  # no objective: any feasible batch has this radius
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
            return None, found.status == 2  # 2: infeasible, so no such batch exists
        picks = np.flatnonzero(found.x[:m] > 0.5)
        return (picks if self.limits.allow(picks) else None), True


def _without_rounding(distances):
    """Replace distances that differ only by rounding by the smallest of them.

    Sorted distances form a group as long as each step is no larger than the rounding
    error of the largest distance. Rounding then cannot decide between batches.
    """
    values, place = np.unique(distances, return_inverse=True)
    scale = values[np.isfinite(values)].max(initial=0.0)
    starts = np.diff(values, prepend=-np.inf) > resolution(values) * scale
    least = values[np.flatnonzero(starts)[np.cumsum(starts) - 1]]
    return least[place].reshape(distances.shape)


def _warn_time(radii, best):
    batch = "the greedy batch" if best is None else "the best batch found so far"
    warn_caller(
        f"time_limit was reached with {len(radii)} radii from {radii[0]:.4g} to "
        f"{radii[-1]:.4g} untried; {batch} is returned. Increase time_limit or use a "
        "smaller pool."
    )
