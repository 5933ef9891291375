"""Selection within a budget; layer 1.

Two greedy searches are run, by gain per cost and by gain, and the better set is
returned. For monotone submodular objectives its value is at least (1 - 1/e) / 2 of the
optimum [1]_. Either search alone may be arbitrarily bad: gain per cost may prefer a few
cheap points to an expensive one that is worth more, and gain alone the reverse.

References
----------
.. [1] Leskovec, Krause, Guestrin, Faloutsos, VanBriesen and Glance, "Cost-effective
   outbreak detection in networks", KDD 2007.
"""

import math

import numpy as np

from skactive._utils.array import carry, namespace, to_numpy
from skactive.selection._rules import best
from skactive.selection._set_function import Choice
from skactive.selection._ties import ranked, settle

__all__ = [
    "Purse",
    "affordable",
    "check_unlimited",
    "in_order",
    "most_affordable",
    "number_of_equal",
    "within_budget",
]

# Relative tolerance: costs that sum to the budget up to rounding fit it. The documented
# tolerance is twice this, so that rounding of a difference cannot exceed it.
SLACK = 5e-10


def affordable(cost: np.ndarray, budget: float) -> np.ndarray:
    """Mask of the points whose cost alone does not exceed the budget."""
    return cost <= budget * (1 + SLACK)


def number_of_equal(cost: float, budget: float, most: int) -> int:
    """Number of points of equal cost that a budget affords, but at most `most`."""
    n = int(min(most, budget * (1 + SLACK) / cost))
    # the quotient may have been rounded up to the next integer
    return n if math.fsum([cost] * n) <= budget * (1 + SLACK) else n - 1


def most_affordable(cost: np.ndarray, budget: float) -> int:
    """Maximum number of points that a budget affords, which are the cheapest ones."""
    return int(affordable(np.cumsum(np.sort(cost)), budget).sum())


def in_order(scores, n, cost, budget):
    """Select points by decreasing score, skipping those the budget does not afford.

    Costs do not change the order. Used for scores that are random or already divided by
    costs.
    """
    picks, spent = [], 0.0
    for i in ranked(scores, len(scores)).tolist():
        if len(picks) == n:
            break
        if affordable(cost[i] + spent, budget):
            picks.append(i)
            spent = math.fsum(cost[picks])
    return np.asarray(picks, dtype=np.intp), scores[picks].astype(float)


class Purse:
    """A budget with the costs of points and the criterion to compare them.

    Parameters
    ----------
    cost : ndarray of shape (n_points,)
        Positive cost of each point.
    budget : float
        Maximum sum of costs.
    n : int or None
        Maximum number of points.
    per_cost : bool
        Whether to compare points by gain per cost instead of gain.
    """

    def __init__(self, cost, budget, n, per_cost):
        self.cost, self.budget, self.n, self.per_cost = cost, budget, n, per_cost

    def is_spent(self, picks):
        """Whether the picks have reached the maximum number of points."""
        return self.n is not None and len(picks) >= self.n

    def affordable(self, available, picks):
        """Mask of the available points that can be added to the picks."""
        if self.is_spent(picks):
            return namespace(available).zeros_like(available)
        # fsum is exact, so that the result does not depend on the order of the picks
        spent = math.fsum(self.cost[np.asarray(picks, dtype=np.intp)])
        rest = self.budget * (1 + SLACK) - spent
        return available & carry(self.cost <= rest, available)

    def worth(self, gains, rows=slice(None)):
        """Values by which points (of `rows`) are compared: gains, or gains per cost."""
        if not self.per_cost:
            return gains
        if bool((gains < 0).any()):
            raise ValueError(
                "selection by gain per cost requires gains that are not negative, but "
                f"the smallest gain is {float(gains.min()):.3g}; override "
                "`worth(gains)` in the strategy to make them non-negative"
            )
        return gains / carry(self.cost[rows], gains)

    def least_gain(self, worth):
        """Smallest gain with which any point can reach a value of `worth`."""
        return worth * float(self.cost.min()) if self.per_cost else worth

    def error(self, rounding):
        """Rounding error of the compared values, given that of the gains."""
        return rounding / float(self.cost.min()) if self.per_cost else rounding

    def choose(self, f, gains, available, pick=best):
        """Choose the next pick of `greedy` from the points that can be afforded."""
        worth, error = self.worth(gains), self.error(f.rounding)
        if pick is not best:
            i = pick(worth, available)
            return Choice(i, float(gains[i]), False)
        i, undecided = settle(worth, available, f.tie_break, error)
        # a single affordable point is not a tie
        several = int(to_numpy(available).sum()) > 1
        return Choice(i, float(gains[i]), undecided and several)


def within_budget(search, f, n, cost, budget, both=True):
    """Search by gain per cost and by gain, and return the better picks with gains.

    Parameters
    ----------
    search : callable
        ``search(purse)`` returns the `Trail` of a search within the budget of `purse`.
    f : SetFunction
        Objective by which the two sets are compared.
    n, cost, budget
        See `skactive.selection.greedy`.
    both : bool, default=True
        Whether to run both searches; False for random pick rules, which use only gain
        per cost.
    """
    cost = _check_costs(cost, budget)
    trails = [search(Purse(cost, budget, n, per_cost=True))]
    if both and cost.min() < cost.max():  # with equal costs both searches are the same
        trails.append(search(Purse(cost, budget, n, per_cost=False)))
    # of equal values, max returns the first: the search by gain per cost
    better = max(trails, key=lambda trail: _value_of(f, trail))
    return better.end(len(better.indices), len(cost))


def _value_of(f, trail):
    if f.value is not None:
        return float(f.value(trail.state))
    return math.fsum(trail.gains)


def check_unlimited(n):
    """Raise ``TypeError`` if the number of points is None."""
    if n is None:
        raise TypeError(
            "n must be an integer, not None; n=None requires cost and budget"
        )


def _check_costs(cost, budget):
    """Return costs as an array, after checking them and the budget."""
    if cost is None or budget is None:
        raise ValueError("cost and budget go together: pass both or neither")
    cost = to_numpy(cost).astype(float)
    if cost.ndim != 1 or not (np.isfinite(cost) & (cost > 0)).all():
        raise ValueError("cost must be 1-D, with a positive number for each point")
    if not cost.min() <= budget * (1 + SLACK):
        raise ValueError(
            f"budget={budget} is below the cost of the cheapest point, {cost.min()}: "
            "increase the budget"
        )
    return cost
