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
    """Greedy search by default; strategies may override `_search` and `worth`."""

    _takes_terms = True  # whether `_search` has a parameter `terms`

    def __init_subclass__(cls, **kwargs):
        """Determine whether an overridden `_search` has a parameter `terms`."""
        super().__init_subclass__(**kwargs)
        if "_search" in vars(cls):
            cls._takes_terms = "terms" in inspect.signature(cls._search).parameters

    def _check_takes_terms(self):
        if not self._takes_terms:
            raise TypeError(
                f"{type(self).__name__}._search(f, n, rng) does not support pending "
                "points or costs: add a fourth parameter, `terms`, and pass "
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
        # scores are reported on the scale of the objective, not of `worth`
        return picks, gains_along(f, picks, state=terms.state)

    def worth(self, gains: Array) -> Array:
        """Map gains to non-negative values, for selection within a budget.

        Points are compared by these values divided by their costs, and batches by their
        sum. Strategies with gains that may be negative override this method.

        Parameters
        ----------
        gains : array of shape (n,)
            Gains of the objective, or scores of a pointwise strategy.

        Returns
        -------
        array of shape (n,)
            Non-negative values in the same order as the gains, whose differences are no
            larger; by default the gains.
        """
        return gains

    @property
    def _scale(self):
        """The method `worth` if the strategy overrides it, else None."""
        return None if type(self).worth is SearchMixin.worth else self.worth
