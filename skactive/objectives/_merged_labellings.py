"""Merged joint labellings, which give upper bounds of gains; layer 2.

Given a labelling s with weights w_s of the draws, the gain of a point is
``H(w_s P) - w_s . H(P)``, which is concave in w_s, since entropy is. If labellings are
replaced by one with their mean weights and total probability, the mean gain of any
point therefore does not decrease (Jensen's inequality). The bound is tight if the
merged labellings have similar weights.
"""

from typing import NamedTuple

import numpy as np

from skactive._utils.array import Array, carry, to_numpy
from skactive.information import entropy

__all__ = ["LEVELS", "Level", "merged"]


class Level(NamedTuple):
    """Number of labellings that are not merged, and of groups by pairs of draws."""

    apart: int
    pairs: int


# the first is coarse enough to be applied to all points of the pool, the second fine
# enough to rule out all but a few per cent of them
LEVELS = (Level(64, 256), Level(640, 1024))


def merged(weight_s: Array, w_sk: Array, level: Level) -> tuple[Array, Array]:
    """Merge labellings with similar weights: probabilities (g,) and weights (g, k).

    Labellings with the largest remaining entropy, ``weight_s H(w_s)``, are not merged.
    The others are merged if their two most likely draws agree; for pairs of draws
    beyond the `pairs` most important ones, if their most likely draw agrees. There are
    at most ``apart + pairs + k`` groups. Few labellings are returned unchanged.
    """
    if len(weight_s) <= 2 * sum(level):
        return weight_s, w_sk
    # grouping has no equivalent in the array API; there are few labellings to transfer
    own_s, own_sk = to_numpy(weight_s), to_numpy(w_sk)
    group_s = _groups(own_s * entropy(own_sk), own_sk, level)
    order = np.argsort(group_s, kind="stable")
    start_g = np.flatnonzero(np.diff(group_s[order], prepend=-1))
    weight_g = np.add.reduceat(own_s[order], start_g)
    w_gk = np.add.reduceat((own_s[:, None] * own_sk)[order], start_g, axis=0)
    possible = weight_g > 0
    weight_g = weight_g[possible]
    w_gk = w_gk[possible] / weight_g[:, None]
    return carry(weight_g, weight_s), carry(w_gk, w_sk)


def _groups(undecided_s, w_sk, level):
    """Group of each labelling, given its remaining entropy: (s,), int."""
    k, alone = w_sk.shape[1], np.argpartition(-undecided_s, level.apart)[: level.apart]
    first_s, second_s = _likeliest_draws(w_sk)
    pair_s = k + first_s * k + second_s
    pairs, place_s = np.unique(pair_s, return_inverse=True)
    undecided_p = np.bincount(place_s, undecided_s)
    heavy_p = np.zeros(len(pairs), dtype=bool)
    heavy_p[np.argsort(-undecided_p, kind="stable")[: level.pairs]] = True
    group_s = np.where(heavy_p[place_s], pair_s, first_s)
    # numbers above those of single draws (below k) and of pairs (below k + k^2)
    group_s[alone] = k + k**2 + np.arange(level.apart)
    return group_s


def _likeliest_draws(w_sk):
    """The draws with the largest and second largest weight: two arrays (s,)."""
    rows, w_sk = np.arange(len(w_sk)), w_sk.copy()
    first_s = w_sk.argmax(axis=1)
    w_sk[rows, first_s] = -1.0
    return first_s, w_sk.argmax(axis=1)
