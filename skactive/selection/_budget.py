"""Batches whose costs fit a budget; layer 1.

Two greedy searches are run, by gain per cost and by gain, and the better set is taken:
for monotone submodular objectives at least (1 - 1/e) / 2 of the best [1]_. Either one
alone may be as bad as it likes: gain per cost prefers many cheap points to the one dear
point that is worth more than all of them, gain alone the reverse.

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

# relative: costs that add up to the budget but for rounding fit it. Half of what is
# promised, so that the rounding of a difference cannot break the promise
SLACK = 5e-10


def affordable(cost: np.ndarray, budget: float) -> np.ndarray:
    """Which points a budget affords, each on its own: a mask."""
    return cost <= budget * (1 + SLACK)


def number_of_equal(cost: float, budget: float, most: int) -> int:
    """How many points of one cost a budget affords, `most` at most."""
    n = int(min(most, budget * (1 + SLACK) / cost))
    # a quotient may round up to the next integer
    return n if math.fsum([cost] * n) <= budget * (1 + SLACK) else n - 1


def most_affordable(cost: np.ndarray, budget: float) -> int:
    """Number of points that a budget affords at most, the cheapest ones."""
    return int(affordable(np.cumsum(np.sort(cost)), budget).sum())


def in_order(scores, n, cost, budget):
    """Take the points from the largest score down, those that a budget still affords.

    Costs do not change the order: for scores that know of them, or are chance.
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
    """A budget: what it affords, and by what the points are compared.

    Parameters
    ----------
    cost : ndarray of shape (n_points,)
        Positive.
    budget : float
        Upper limit of the sum of costs.
    n : int or None
        Upper limit of the number of points.
    per_cost : bool
        Whether points are compared by gain per cost, or by gain.
    """

    def __init__(self, cost, budget, n, per_cost):
        self.cost, self.budget, self.n, self.per_cost = cost, budget, n, per_cost

    def is_spent(self, picks):
        """Whether nothing may be added to the picks, whatever it costs."""
        return self.n is not None and len(picks) >= self.n

    def affordable(self, available, picks):
        """Which of the available points may be added to the picks: a mask."""
        if self.is_spent(picks):
            return namespace(available).zeros_like(available)
        spent = math.fsum(self.cost[np.asarray(picks, dtype=np.intp)])
        rest = self.budget * (1 + SLACK) - spent
        return available & carry(self.cost <= rest, available)

    def worth(self, gains, rows=slice(None)):
        """By what points (of `rows`) are compared, given their gains."""
        if not self.per_cost:
            return gains
        if bool((gains < 0).any()):
            raise ValueError(
                "gain per cost needs gains that are not negative, and the least is "
                f"{float(gains.min()):.3g}; a strategy may define `worth(gains)`, on a "
                "scale that begins at zero"
            )
        return gains / carry(self.cost[rows], gains)

    def least_gain(self, worth):
        """Smallest gain by which a point is worth so much, whatever it costs."""
        return worth * float(self.cost.min()) if self.per_cost else worth

    def error(self, rounding):
        """Error of what points are compared by, given that of their gains."""
        return rounding / float(self.cost.min()) if self.per_cost else rounding

    def choose(self, f, gains, available, pick=best):
        """The next pick of `greedy` among what may be bought."""
        worth, error = self.worth(gains), self.error(f.rounding)
        if pick is not best:
            i = pick(worth, available)
            return Choice(i, float(gains[i]), False)
        i, undecided = settle(worth, available, f.tie_break, error)
        # the last point that the budget affords is no tie
        several = int(to_numpy(available).sum()) > 1
        return Choice(i, float(gains[i]), undecided and several)


def within_budget(search, f, n, cost, budget, both=True):
    """The better of two searches, by gain per cost and by gain; picks and gains.

    Parameters
    ----------
    search : callable
        ``search(purse)`` returns the `Trail` of a search that spends a purse.
    f : SetFunction
        What says which set is better.
    n, cost, budget
        See `skactive.selection.greedy`.
    both : bool, default=True
        False for rules of chance, which go by gain per cost alone.
    """
    cost = _check_costs(cost, budget)
    trails = [search(Purse(cost, budget, n, per_cost=True))]
    if both and cost.min() < cost.max():  # of equal costs, both are one search
        trails.append(search(Purse(cost, budget, n, per_cost=False)))
    better = max(trails, key=lambda trail: _worth_of(f, trail))
    return better.end(len(better.indices), len(cost))


def _worth_of(f, trail):
    if f.value is not None:
        return float(f.value(trail.state))
    return math.fsum(trail.gains)


def check_unlimited(n):
    """Raise ``TypeError`` unless the number of points is given."""
    if n is None:
        raise TypeError(
            "n must be an integer, not None: that is for searches with cost and budget"
        )


def _check_costs(cost, budget):
    """Costs as an array; ``ValueError`` where they, or the budget, cannot be."""
    if cost is None or budget is None:
        raise ValueError("cost and budget go together: give both, or neither")
    cost = to_numpy(cost).astype(float)
    if cost.ndim != 1 or not (np.isfinite(cost) & (cost > 0)).all():
        raise ValueError("cost must be 1-D, a positive number for each point")
    if not cost.min() <= budget * (1 + SLACK):
        raise ValueError(
            f"budget={budget} is below the cost of the cheapest point, {cost.min()}"
        )
    return cost
