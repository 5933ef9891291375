"""Restriction of a set function to candidates; layer 1, in `skactive.selection`."""

import numpy as np

from skactive._utils.array import to_numpy
from skactive.selection._bare import as_set_function
from skactive.selection._set_function import SetFunction

__all__ = ["Restricted"]


class Restricted(SetFunction):
    """A set function restricted to candidates.

    Points are numbered by their position in `candidates`. The objective is still
    defined over the whole pool, which also contains points that cannot be selected.

    Parameters
    ----------
    objective : SetFunction
        Set function over the whole pool.
    candidates : array of int, shape (n_candidates,)
        Points that may be selected, sorted.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.selection import Restricted, Scores, greedy
    >>> f = Restricted(Scores(np.array([0.1, 0.7, 0.3])), np.array([0, 2]))
    >>> greedy(f, 1)
    (array([1]), array([0.3]))
    """

    def __init__(self, objective: SetFunction, candidates: np.ndarray) -> None:
        self.objective = f = as_set_function(objective)
        self.candidates = candidates
        self.diminishing, self.rounding, self.costly = (
            f.diminishing,
            f.rounding,
            f.costly,
        )
        self.remedy, self.value, self.limit = f.remedy, f.value, f.limit
        if f.bounds is not None:
            self.bounds = lambda state, rows, *enough: f.bounds(
                state, self._rows(rows), *enough
            )
        if f.grown is not None:
            self.grown = lambda state, bounds, rows=None: f.grown(
                state, bounds, self._rows(rows)
            )
        if f.shift is not None:
            self.shift = lambda state: f.shift(state)[candidates]

    @property
    def tie_break(self):
        """Secondary scores that break ties, if the objective defines them."""
        own = self.objective.tie_break
        return None if own is None else own[self.candidates]

    @property
    def whole(self):
        """The objective over the whole pool."""
        return self.objective.whole

    def in_pool(self, picks):
        """Convert positions in `candidates` to rows of the whole pool."""
        return self.objective.in_pool(self.candidates[picks])

    def start(self):
        """Return the state of the empty set."""
        return self.objective.start()

    def gains(self, state, rows=None):
        """Compute the marginal gain of each candidate (of `rows`)."""
        return self.objective.gains(state, self._rows(rows))

    def add(self, state, i):
        """Return the state after adding candidate `i`."""
        return self.objective.add(state, int(self.candidates[i]))

    def _rows(self, rows):
        return self.candidates if rows is None else self.candidates[to_numpy(rows)]
