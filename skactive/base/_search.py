"""The search of a strategy, with pending points and within a budget; layer 4."""

import inspect

import numpy as np

from skactive._utils.array import Array
from skactive.selection import SetFunction, Terms, gains_along, greedy
from skactive.selection._picks import Picks
from skactive.selection._rescaled import Rescaled
from skactive.selection._terms import PLAIN

__all__ = ["SearchMixin"]


class SearchMixin:
    """Greedy search, and what a strategy may say of its own."""

    _takes_terms = True  # whether `_search` does; set for each class that has its own

    def __init_subclass__(cls, **kwargs):
        """Read off the parameters of a search whether it takes the terms."""
        super().__init_subclass__(**kwargs)
        if "_search" in vars(cls):
            cls._takes_terms = "terms" in inspect.signature(cls._search).parameters

    def _check_takes_terms(self):
        if not self._takes_terms:
            raise TypeError(
                f"{type(self).__name__}._search(f, n, rng) knows no pending points and "
                "no costs: let it take a fourth argument, `terms`, and hand "
                "**terms.options to its search"
            )

    def _search(
        self,
        f: SetFunction,
        n: int | None,
        rng: np.random.Generator,
        terms: Terms = PLAIN,
    ) -> Picks:
        scale = self._scale
        if terms.cost is None or scale is None:
            return greedy(f, n, **terms.options)
        picks, _ = greedy(Rescaled(f, scale), n, **terms.options)
        return picks, gains_along(f, picks, state=terms.state)

    def worth(self, gains: Array) -> Array:
        """Gains on a scale that begins at zero, for batches within a budget.

        Points are compared by their worth per cost, and batches by its sum. A strategy
        whose gains may be negative overrides it.

        Parameters
        ----------
        gains : array of shape (n,)
            Gains of the objective, or the scores of a pointwise strategy.

        Returns
        -------
        array of shape (n,)
            In the same order, not negative, and no farther apart than the gains; the
            gains themselves by default.
        """
        return gains

    @property
    def _scale(self):
        """The worth, where the strategy has one of its own."""
        return None if type(self).worth is SearchMixin.worth else self.worth
