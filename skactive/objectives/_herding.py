"""Search of MaxHerding and UncertaintyHerding, also once all is covered; layer 2."""

from typing import Any, NamedTuple

import numpy as np

from skactive._utils.array import carry, namespace, to_numpy
from skactive.selection import SetFunction, Terms, lazy_greedy
from skactive.selection._picks import Picks
from skactive.selection._terms import PLAIN
from skactive.selection._ties import warn_equal

__all__ = ["CoverageThenDistance", "draw_reference", "herd"]

FARTHEST = (
    "by distance, the farthest from labelled and selected points first, then by index"
)
NEAREST = 1e-300  # smaller squared distances have no finite reciprocal


def draw_reference(
    n: int, n_reference: int | None, rng: np.random.Generator
) -> np.ndarray:
    """Sample rows as reference points, without replacement; None for all rows."""
    if n_reference is None or n_reference >= n:
        return np.arange(n)
    return np.sort(rng.choice(n, n_reference, replace=False))


class CoverageThenDistance(SetFunction):
    """Gain of coverage; points without any are ranked by distance to the centres.

    The gain of a point that adds no coverage is minus one over its squared distance to
    the nearest labelled or picked point. It is less than that of any point that adds
    coverage, and does not grow with the set, so that lazy search stays valid.

    Parameters
    ----------
    coverage : SetFunction
        A `KernelCoverage`, or a restriction of one.
    """

    diminishing = True

    def __init__(self, coverage):
        self.coverage, self.remedy = coverage, coverage.remedy

    def start(self):
        """Return the state of the empty set: the coverage, and no picks."""
        return _Herd(self.coverage.start(), ())

    def add(self, state, i):
        """Return the state after picking point `i`."""
        covered_r = self.coverage.add(state.covered_r, i)
        return _Herd(covered_r, (*state.picks, int(self.coverage.in_pool(i))))

    def gains(self, state, rows=None):
        """Compute the gain of coverage, or a negative number if there is none: (n,)."""
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
    """State: the coverage of the reference points, and the picks as pool rows."""

    covered_r: Any
    picks: tuple[int, ...]


def herd(
    f: Any, n: int | None, rng: np.random.Generator, terms: Terms = PLAIN
) -> Picks:
    """Lazy greedy search over the candidates that are reference points.

    With a small bandwidth, points only cover themselves, so that picks are reference
    points anyway; restricting the search to them takes r^2 similarities instead of n r.
    If fewer than n candidates are reference points, others are sampled to fill up.
    Within a budget all candidates are searched, and gains are not negative.
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
    # copies of centres have gains of -inf, and the search has already warned of the tie
    covered = np.flatnonzero(np.isfinite(gains) & (gains < 0))
    if covered.size:
        warn_equal(covered[0], n, len(some), f, FARTHEST)
    return some[picks], np.maximum(gains, 0)
