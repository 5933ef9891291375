"""The search of herding: among reference points, and what follows when all is covered.

Layer 2.
"""

from typing import Any, NamedTuple

import numpy as np

from skactive._utils.array import carry, namespace, to_numpy
from skactive.selection import SetFunction, Terms, lazy_greedy
from skactive.selection._picks import Picks
from skactive.selection._terms import PLAIN
from skactive.selection._ties import warn_equal

__all__ = ["CoverageThenDistance", "draw_reference", "herd"]

FARTHEST = "the farthest from labelled and picked points first, then by index"
NEAREST = 1e-300  # squared distances whose reciprocal is a number


def draw_reference(
    n: int, n_reference: int | None, rng: np.random.Generator
) -> np.ndarray:
    """Rows of reference points, drawn without replacement: all where None is wanted."""
    if n_reference is None or n_reference >= n:
        return np.arange(n)
    return np.sort(rng.choice(n, n_reference, replace=False))


class CoverageThenDistance(SetFunction):
    """Growth of the coverage; of points that add none, the farthest from centres first.

    A point that adds nothing is worth minus one over its squared distance to the
    nearest labelled or picked point: less than any that adds something, and never more
    as the set grows, so that the search may still be lazy.

    Parameters
    ----------
    coverage : SetFunction
        A `KernelCoverage`, or a restriction of one.
    """

    diminishing = True

    def __init__(self, coverage):
        self.coverage, self.remedy = coverage, coverage.remedy

    def start(self):
        """State of the empty set: that of the coverage, and no pick."""
        return _Herd(self.coverage.start(), ())

    def add(self, state, i):
        """State with point `i` picked."""
        covered_r = self.coverage.add(state.covered_r, i)
        return _Herd(covered_r, (*state.picks, int(self.coverage.in_pool(i))))

    def gains(self, state, rows=None):
        """Growth of the coverage, negative where there is none: (n,)."""
        gains = self.coverage.gains(state.covered_r, rows)
        none = np.flatnonzero(~(to_numpy(gains) > 0))
        if none.size:
            points = none if rows is None else to_numpy(rows)[none]
            some, xp = self.coverage.in_pool(points), namespace(gains)
            away = self.coverage.whole.squared_distances(some, state.picks)
            apart = away > NEAREST
            below = -1 / xp.where(apart, away, xp.ones_like(away))
            gains[carry(none, gains)] = xp.where(apart, below, -xp.inf)
        return gains


class _Herd(NamedTuple):
    """What is covered, and the picks as rows of the pool."""

    covered_r: Any
    picks: tuple[int, ...]


def herd(
    f: Any, n: int | None, rng: np.random.Generator, terms: Terms = PLAIN
) -> Picks:
    """Lazy greedy search among the candidates that are reference points.

    Picks lie in the reference anyway once the bandwidth is small, for only there does a
    point cover anything; looking at these alone takes r^2 similarities in place of n r.
    Where fewer are left than are wanted, other candidates are drawn to make up. Within
    a budget all candidates are looked at, and what adds nothing is worth nothing.
    """
    if n is None or terms.cost is not None:
        return lazy_greedy(f, n, **terms.options)
    n_points, reference = f.whole.x_nd.shape[0], f.whole.reference
    rows = np.arange(n_points)[f.in_pool(slice(None))]
    size = max(n, min(len(reference), len(rows)))
    inside = np.isin(rows, reference)
    some, others = np.flatnonzero(inside), np.flatnonzero(~inside)
    some = np.sort(np.r_[some, rng.permutation(others)[: size - len(some)]])
    f = f if len(some) == len(rows) else f.restricted(some)
    state = None
    if terms.pending.size:
        state = _Herd(terms.state, tuple(terms.pending.tolist()))
    picks, gains = lazy_greedy(CoverageThenDistance(f), n, state=state)
    # copies, at -inf, are tied: the search has warned of them
    covered = np.flatnonzero(np.isfinite(gains) & (gains < 0))
    if covered.size:
        warn_equal(covered[0], n, len(some), f, FARTHEST)
    return some[picks], np.maximum(gains, 0)
