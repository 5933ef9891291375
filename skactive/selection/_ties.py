"""One rule of ties for all searches; layer 1.

Points are tied when their gains lie within rounding of the largest. Of the tied, those
come first whose tie-break lies within rounding of the largest, and of these the one of
smallest index: neither the array library nor the size of a chunk decides about a batch.
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

# of a query whose cause of ties is known beforehand; of the thread, or task, alone
_REMEDY: ContextVar[str | None] = ContextVar("remedy", default=None)


@contextlib.contextmanager
def remedied(remedy: str | None) -> Iterator[None]:
    """Let warnings of ties in the block name this remedy; None leaves them theirs."""
    token = _REMEDY.set(remedy)
    try:
        yield
    finally:
        _REMEDY.reset(token)


class Tied(NamedTuple):
    """The points tied for the largest gain, and whether those are all."""

    mask: Any
    undecided: bool


def just_below(value, rounding):
    """Smallest number that counts as equal to `value`."""
    if np.isnan(value):
        raise ValueError("a gain is NaN")
    return value - rounding * abs(value) if np.isfinite(value) else value


def tied_with_best(gains, available, error=0.0):
    """Available points whose gain, right to `error`, is tied for the largest."""
    xp = namespace(gains)
    highest = float(xp.max(xp.where(available, gains, -xp.inf)))
    threshold = just_below(highest, resolution(gains)) - error
    mask = (gains >= threshold) & available
    # gains of +inf say that any start will do (no centre yet): nothing to warn of
    decided = highest == np.inf or bool(xp.any(mask != available))
    return Tied(mask, not decided)


def settle(gains, available, tie_break=None, error=0.0):
    """Index of the pick by the rule of ties, and whether all points were tied."""
    tied = tied_with_best(gains, available, error)
    mask = tied.mask
    if tie_break is not None and _count(mask) > 1:
        mask = tied_with_best(tie_break, mask).mask
    xp = namespace(mask)
    return int(xp.argmax(xp.astype(mask, xp.uint8))), tied.undecided


def _count(mask):
    xp = namespace(mask)
    return int(xp.sum(xp.astype(mask, xp.int64)))


def ranked(scores, n, tie_break=None, error=0.0):
    """The first n points in the order in which greedy picks them; on the host.

    A group of tied points that is tied with no other point is ordered at once. Where
    ties form a chain (a with b, b with c, not a with c), who is tied depends on who is
    left, and points are taken one by one.
    """
    if np.isnan(scores).any():
        raise ValueError(f"the score of point {int(np.isnan(scores).argmax())} is NaN")
    rounding, picked = resolution(scores), []
    # no other can be picked: the best of what is left is never below the n-th best
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
    """Place after the last value that is tied with the one at `place`."""
    threshold = just_below(float(descending[place]), rounding) - error
    return int(np.searchsorted(-descending, -threshold, side="right"))


def _by_tie_break(group, rows, tie_break, n):
    """The first n of some tied places: by tie-break, then by index."""
    group = group[np.argsort(rows[group])]
    if tie_break is None or len(group) == 1:
        return group[:n]
    return group[ranked(tie_break[rows[group]], n)]


def likeliest(p_nc):
    """Class of the largest probability (n,); of tied classes, the first.

    A bare argmax would let rounding, and so the array library, choose.
    """
    xp = namespace(p_nc)
    enough_n1 = (1 - resolution(p_nc)) * xp.max(p_nc, axis=-1, keepdims=True)
    return xp.argmax(xp.astype(p_nc >= enough_n1, xp.uint8), axis=-1)


def leveled(gains, available, error):
    """Gains, those that `error` cannot tell from the largest made as large."""
    if error == 0:
        return gains
    xp = namespace(gains)
    highest = xp.max(xp.where(available, gains, -xp.inf))
    return xp.where(gains >= highest - error, highest, gains)


def all_true(gains):
    """A mask of all points, beside their gains."""
    xp = namespace(gains)
    return xp.ones_like(gains, dtype=xp.bool)


def all_equal(gains, available):
    """Whether all available points are tied."""
    return tied_with_best(gains, available).undecided


def warn_equal(step, n, n_points, f=None, how=None):
    """Warn that picks from `step` on were decided by ties, and say what may help.

    Silent where the one point left was taken: there was nothing to decide. `how` says
    in which order points were taken, where the search has one of its own.
    """
    if step == n_points - 1:
        return
    own = f is not None and f.tie_break is not None
    if how is None:
        how = "by what each says on its own, then by index" if own else "by index"
    own_remedy = OF_DRAWS if f is None or f.remedy is None else f.remedy
    remedy = _REMEDY.get() or own_remedy
    warn_caller(
        f"all candidates have the same gain from pick {step + 1} of {n} on: they are "
        f"tied, and taken {how}. {remedy}"
    )
