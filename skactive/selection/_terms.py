"""The terms of a search: pending points, costs and budget; layer 1.

Public in `skactive.selection`.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["PLAIN", "Terms"]


@dataclass(frozen=True, eq=False)
class Terms:
    """The terms of a search: pending points, costs and budget.

    `skactive.QueryStrategy` passes them to ``_search``. The searches of this package
    take ``**terms.options``; a strategy with a search of its own uses what it needs.

    Parameters
    ----------
    state : object, default=None
        State to start from, which includes the pending points; None if there are none.
    pending : array of int, shape (n_pending,), default=()
        Pending rows of the whole pool, in the order in which they were queried. The
        objective has already been restricted to other points.
    cost : array of shape (n_points,), default=None
        Cost of labelling each point of the restricted objective. None if all costs are
        equal, since the batch size then limits the cost.
    budget : float, default=None
        Maximum sum of costs; requires `cost`.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import Scores, Terms, greedy
    >>> terms = Terms(cost=np.array([1.0, 10.0]), budget=10.0)
    >>> greedy(Scores(np.array([2.0, 10.0])), None, **terms.options)
    (array([1]), array([10.]))
    """

    state: Any = None
    pending: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    cost: np.ndarray | None = None
    budget: float | None = None

    @property
    def options(self) -> dict[str, Any]:
        """Keyword arguments of the searches: ``state``, ``cost`` and ``budget``."""
        return {"state": self.state, "cost": self.cost, "budget": self.budget}


PLAIN = Terms()  # no pending points and no costs
