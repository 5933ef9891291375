"""What counts as equal but for rounding, and what then decides; layer 1."""

import warnings

import numpy as np

from skactive._utils.array import namespace, resolution

__all__ = [
    "all_equal",
    "all_true",
    "just_below",
    "largest",
    "leveled",
    "likeliest",
    "warn_equal",
]

OF_DRAWS = (
    "More draws, a model that is less sure of itself (min_samples_leaf of a forest, "
    "more dropout) or a smaller batch may help."
)


def largest(scores, n, tie_break=None, error=0.0):
    """The n largest of scores, right to `error`, and their indices; on the host."""
    rounding = resolution(scores)
    if np.isnan(scores).any():
        raise ValueError(f"the score of point {int(np.isnan(scores).argmax())} is NaN")
    nth = -np.partition(-scores, n - 1)[n - 1]
    rows = np.flatnonzero(scores >= just_below(nth, rounding) - error)
    rows = rows[np.argsort(-scores[rows], kind="stable")]
    ranks = tied_ranks(scores[rows], n, rounding, error)
    ties = np.zeros(len(rows)) if tie_break is None else -tie_break[rows]
    indices = rows[np.lexsort((rows, ties, ranks))][:n]
    return indices.astype(np.intp), scores[indices].astype(float)


def tied_ranks(descending, n, rounding, error=0.0):
    """Rank sorted values; all within rounding of a rank's first value share it."""
    ranks = np.zeros(len(descending), dtype=np.intp)
    start = 0
    while start < n:
        threshold = just_below(float(descending[start]), rounding) - error
        stop = np.searchsorted(-descending, -threshold, side="right")
        ranks[stop:] += 1
        start = stop
    return ranks


def just_below(value, rounding):
    """Smallest number that counts as equal to `value`."""
    if np.isnan(value):
        raise ValueError("a gain is NaN")
    return value - rounding * abs(value) if np.isfinite(value) else value


def likeliest(p_nc):
    """Class of the largest probability (n,); equal ones, but for rounding, the first.

    A bare argmax would let rounding, and so the array library, choose.
    """
    xp = namespace(p_nc)
    enough_n1 = (1 - resolution(p_nc)) * xp.max(p_nc, axis=-1, keepdims=True)
    return xp.argmax(xp.astype(p_nc >= enough_n1, xp.uint8), axis=-1)


def leveled(gains, available, rounding):
    """Gains, those that `rounding` cannot tell from the largest made as large."""
    if rounding == 0:
        return gains
    xp = namespace(gains)
    highest = xp.max(xp.where(available, gains, -xp.inf))
    return xp.where(gains >= highest - rounding, highest, gains)


def all_true(gains):
    """A mask of all points, beside their gains."""
    xp = namespace(gains)
    return xp.ones_like(gains, dtype=xp.bool)


def all_equal(gains, available):
    """Whether nothing tells the points that are left apart.

    Gains of +inf say that any start will do (no centre yet), which is nothing to warn
    of.
    """
    xp = namespace(gains)
    high = float(xp.max(xp.where(available, gains, -xp.inf)))
    low = float(xp.min(xp.where(available, gains, xp.inf)))
    return high < np.inf and low >= just_below(high, resolution(gains))


def warn_equal(step, n, available, f=None):
    """Warn that picks from `step` on were decided by index, and say what may help.

    Silent where the one point left was taken: there was nothing to decide.
    """
    if step == available.shape[0] - 1:
        return
    own = getattr(f, "tie_break", None) is not None
    how = "what each says on its own, then by index" if own else "index"
    warnings.warn(
        f"all candidates have the same gain from pick {step + 1} of {n} on, so that "
        f"they are taken by {how}: nothing tells them apart. "
        f"{getattr(f, 'remedy', None) or OF_DRAWS}",
        UserWarning,
        stacklevel=4,
    )
