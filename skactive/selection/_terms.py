"""The terms of a search: where it begins, and what it may spend; layer 1.

Public in `skactive.selection`.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["PLAIN", "Terms"]


@dataclass(frozen=True, eq=False)
class Terms:
    """The terms of a search: the points that are pending, and what may be spent.

    `skactive.QueryStrategy` hands them to ``_search``. A search of this module takes
    ``**terms.options``; a search of a strategy's own looks at what it needs.

    Parameters
    ----------
    state : object, default=None
        Of the pending points, where the search begins; None where none are pending.
    pending : array of int, shape (n_pending,), default=()
        Rows of the whole pool, in the order in which they were queried. The objective
        is restricted to other points already.
    cost : array of shape (n_points,), default=None
        What the label of each point of the restricted objective costs. None where all
        labels cost the same: there is nothing to weigh then.
    budget : float, default=None
        Upper limit of the sum of costs; with `cost`.

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


PLAIN = Terms()  # nothing is pending, and labels cost nothing
