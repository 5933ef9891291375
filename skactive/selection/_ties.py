"""The tie-breaking rule of all searches; layer 1.

Points are tied if their gains equal the largest one up to rounding. Among tied points,
those with the largest tie-break (up to rounding) come first, and among these the one
with the smallest index. This way the selected batch depends neither on the array
library nor on the chunk size.
"""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, NamedTuple

import numpy as np

from skactive._utils.array import namespace, resolution
from skactive._utils.warnings import warn_caller

__all__ = [
    "all_equal",
    "all_true",
    "just_below",
    "leveled",
    "likeliest",
    "ranked",
    "remedied",
    "settle",
    "tied_with_best",
    "warn_equal",
]

OF_DRAWS = (
    "More draws, a less confident model (min_samples_leaf of a forest, more dropout) "
    "or a smaller batch may help."
)

# Remedy for a query for which the cause of ties is known in advance. It is a context
# variable, since queries may run in several threads at the same time.
_REMEDY: ContextVar[str | None] = ContextVar("remedy", default=None)


@contextlib.contextmanager
def remedied(remedy: str | None) -> Iterator[None]:
    """Use `remedy` in warnings about ties in this context; None for the default."""
    token = _REMEDY.set(remedy)
    try:
        yield
    finally:
        _REMEDY.reset(token)


class Tied(NamedTuple):
    """The points tied for the largest gain, and whether these are all points."""

    mask: Any
    undecided: bool


def just_below(value, rounding):
    """Smallest number that counts as equal to `value`."""
    if np.isnan(value):
        raise ValueError("the objective returned a gain of NaN")
    return value - rounding * abs(value) if np.isfinite(value) else value


def tied_with_best(gains, available, error=0.0):
    """Find the available points tied for the largest gain, up to `error`."""
    xp = namespace(gains)
    highest = float(xp.max(xp.where(available, gains, -xp.inf)))
    threshold = just_below(highest, resolution(gains)) - error
    mask = (gains >= threshold) & available
    # gains of +inf mean that there is no centre yet and any first pick is equally good,
    # which is not worth a warning
    decided = highest == np.inf or bool(xp.any(mask != available))
    return Tied(mask, not decided)


def settle(gains, available, tie_break=None, error=0.0):
    """Pick an index by the tie-breaking rule; also return whether all were tied."""
    tied = tied_with_best(gains, available, error)
    mask = tied.mask
    if tie_break is not None and _count(mask) > 1:
        mask = tied_with_best(tie_break, mask).mask
    xp = namespace(mask)
    # the first True; torch has no argmax of booleans
    return int(xp.argmax(xp.astype(mask, xp.uint8))), tied.undecided


def _count(mask):
    xp = namespace(mask)
    return int(xp.sum(xp.astype(mask, xp.int64)))


def ranked(scores, n, tie_break=None, error=0.0):
    """Rank the first n points as greedy search would pick them, with NumPy.

    A group of tied points that is tied with no other point is ordered in one step. If
    ties form a chain (a with b, b with c, but not a with c), which points are tied
    depends on the points left, and points are taken one by one.
    """
    if np.isnan(scores).any():
        raise ValueError(f"the score of point {int(np.isnan(scores).argmax())} is NaN")
    rounding, picked = resolution(scores), []
    # points below the n-th largest score, up to rounding, can never be picked
    nth = -np.partition(-scores, n - 1)[n - 1]
    rows = np.flatnonzero(scores >= just_below(float(nth), rounding) - error)
    rows = rows[np.argsort(-scores[rows], kind="stable")]
    descending, left, start = scores[rows], np.ones(len(rows), dtype=bool), 0
    while len(picked) < n:
        start += int(left[start:].argmax())
        stop = _end_of_ties(descending, start, rounding, error)
        group = start + np.flatnonzero(left[start:stop])
        chained = _end_of_ties(descending, group[-1], rounding, error) > stop
        wanted = 1 if chained else min(n - len(picked), len(group))
        chosen = _by_tie_break(group, rows, tie_break, wanted)
        left[chosen] = False
        picked.extend(rows[chosen].tolist())
    return np.asarray(picked, dtype=np.intp)


def _end_of_ties(descending, place, rounding, error):
    """Position after the last value that is tied with the one at `place`."""
    threshold = just_below(float(descending[place]), rounding) - error
    return int(np.searchsorted(-descending, -threshold, side="right"))


def _by_tie_break(group, rows, tie_break, n):
    """Return the first n of tied positions: by tie-break, then by index."""
    group = group[np.argsort(rows[group])]
    if tie_break is None or len(group) == 1:
        return group[:n]
    return group[ranked(tie_break[rows[group]], n)]


def likeliest(p_nc):
    """Most likely class of each point (n,); the first one if tied up to rounding.

    With a plain argmax the result would depend on rounding, and thus on the array
    library.
    """
    xp = namespace(p_nc)
    enough_n1 = (1 - resolution(p_nc)) * xp.max(p_nc, axis=-1, keepdims=True)
    return xp.argmax(xp.astype(p_nc >= enough_n1, xp.uint8), axis=-1)


def leveled(gains, available, error):
    """Set gains within `error` of the largest one equal to it."""
    if error == 0:
        return gains
    xp = namespace(gains)
    highest = xp.max(xp.where(available, gains, -xp.inf))
    return xp.where(gains >= highest - error, highest, gains)


def all_true(gains):
    """Mask of all points, on the library and device of `gains`."""
    xp = namespace(gains)
    return xp.ones_like(gains, dtype=xp.bool)


def all_equal(gains, available, error=0.0):
    """Whether all available points are tied, up to `error`."""
    return tied_with_best(gains, available, error).undecided


def warn_equal(step, n, n_points, f=None, how=None):
    """Warn that picks from `step` on were decided by ties, with a remedy.

    Does not warn if only the last remaining point was picked. `how` describes how ties
    were broken, if the search does not follow the general rule.
    """
    if step == n_points - 1:
        return
    own = f is not None and f.tie_break is not None
    if how is None:
        how = "by their individual scores, then by index" if own else "by index"
    own_remedy = OF_DRAWS if f is None or f.remedy is None else f.remedy
    remedy = _REMEDY.get() or own_remedy
    warn_caller(
        f"all candidates have the same gain from pick {step + 1} of {n} on: ties are "
        f"broken {how}. {remedy}"
    )
