"""The checked arguments of a query: n, candidates, pending, cost, budget; layer 4."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from skactive._utils.validation import (
    check_batch_size,
    check_candidates,
    check_cost,
    check_pending,
)
from skactive.selection import SetFunction, Terms
from skactive.selection._budget import affordable, check_unlimited, number_of_equal

__all__ = ["Request"]


@dataclass(frozen=True, eq=False)
class Request:
    """The arguments of a query, checked.

    Parameters
    ----------
    n : int or None
        Number of points to select; with unequal costs an upper limit, or None.
    rows : ndarray of int or None
        Points that may be selected: candidates that are not pending and whose cost does
        not exceed the budget. None for the whole pool.
    pending : ndarray of int
        Rows of the pool, in the order in which they were queried.
    cost : ndarray or None
        Costs of `rows`, if they are unequal.
    budget : float or None
        Budget, together with `cost`.
    """

    n: int | None
    rows: np.ndarray | None
    pending: np.ndarray
    cost: np.ndarray | None = None
    budget: float | None = None

    @classmethod
    def of(
        cls,
        n_pool: int,
        n: int | None,
        candidates: Any,
        pending: Any,
        cost: Any,
        budget: Any,
    ) -> Self:
        """Check the arguments of a query of `n_pool` points."""
        candidates = check_candidates(candidates, n_pool)
        pending = check_pending(pending, n_pool)
        cost_n = check_cost(cost, budget, n_pool)
        rows = _not_pending(n_pool, candidates, pending) if pending.size else None
        if n is not None:
            check_batch_size(n, n_pool, candidates, rows)
        elif cost_n is None:
            check_unlimited(n)
        rows = candidates if rows is None else rows
        if rows is not None and not rows.size:  # where n is None
            raise ValueError("all candidates are pending: none is left to select")
        if cost_n is None:
            return cls(n, rows, pending)
        return cls._within(n, rows, pending, cost_n, budget)

    @classmethod
    def _within(cls, n, rows, pending, cost_n, budget):
        """Create the request for the points that the budget affords."""
        everyone = np.arange(len(cost_n)) if rows is None else rows
        affords = affordable(cost_n[everyone], budget)
        if not affords.any():
            raise ValueError(
                f"budget={budget} is below the cost of the cheapest candidate, "
                f"{cost_n[everyone].min()}: increase the budget"
            )
        if not affords.all():
            everyone = rows = everyone[affords]
        cost_n = cost_n[everyone]
        if cost_n.min() < cost_n.max():
            return cls(n, rows, pending, cost_n, float(budget))
        # with equal costs the budget only limits the batch size
        most = len(everyone) if n is None else min(n, len(everyone))
        return cls(number_of_equal(cost_n[0], budget, most), rows, pending)

    @property
    def has_terms(self) -> bool:
        """Whether points are pending or costs differ: not all searches support it."""
        return bool(self.pending.size) or self.cost is not None

    def terms(self, f: SetFunction) -> Terms:
        """Create the search terms for `f`, the objective over the whole pool."""
        state = None
        if self.pending.size:
            state = f.start()
            for i in self.pending.tolist():
                state = f.add(state, i)
        return Terms(state, self.pending, self.cost, self.budget)


def _not_pending(n_pool, candidates, pending):
    everyone = np.arange(n_pool) if candidates is None else candidates
    # both have been checked for repetitions
    return np.setdiff1d(everyone, pending, assume_unique=True)
