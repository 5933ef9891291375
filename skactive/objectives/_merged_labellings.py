"""Few labellings in place of many, whose gains bound those of all; layer 2.

A labelling s leaves the weights w_s of the draws, and a point then adds
``H(w_s P) - w_s . H(P)``: concave in w_s, since entropy is. Labellings replaced by one
of their mean weights, with their total share, therefore never lower the mean gain of
any point. What it grows by is what these labellings tell apart and their merger does
not: little, where they lead to the same draws.
"""

from typing import NamedTuple

import numpy as np

from skactive._utils.array import Array, carry, to_numpy
from skactive.information import entropy

__all__ = ["LEVELS", "Level", "merged"]


class Level(NamedTuple):
    """How many labellings are left alone, and how many pairs of draws set groups."""

    apart: int
    pairs: int


# coarse enough for every point of the pool, and fine enough to leave few in a hundred
LEVELS = (Level(64, 256), Level(640, 1024))


def merged(weight_s: Array, w_sk: Array, level: Level) -> tuple[Array, Array]:
    """Merge labellings that leave nearly the same draws: shares (g,), weights (g, k).

    Those that leave most undecided, ``weight_s H(w_s)``, stay as they are; the others
    are merged where their two likeliest draws agree, or, beyond so many pairs of draws,
    the likeliest: ``apart + pairs + k`` groups at most. Few labellings stay as they
    are.
    """
    if len(weight_s) <= 2 * sum(level):
        return weight_s, w_sk
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
    """Group of each labelling, given what each leaves undecided: (s,) of int."""
    k, alone = w_sk.shape[1], np.argpartition(-undecided_s, level.apart)[: level.apart]
    first_s, second_s = _likeliest_draws(w_sk)
    pair_s = k + first_s * k + second_s
    pairs, place_s = np.unique(pair_s, return_inverse=True)
    undecided_p = np.bincount(place_s, undecided_s)
    heavy_p = np.zeros(len(pairs), dtype=bool)
    heavy_p[np.argsort(-undecided_p, kind="stable")[: level.pairs]] = True
    group_s = np.where(heavy_p[place_s], pair_s, first_s)
    group_s[alone] = k + k**2 + np.arange(level.apart)
    return group_s


def _likeliest_draws(w_sk):
    """The draw of largest weight, and the next: two arrays (s,)."""
    rows, w_sk = np.arange(len(w_sk)), w_sk.copy()
    first_s = w_sk.argmax(axis=1)
    w_sk[rows, first_s] = -1.0
    return first_s, w_sk.argmax(axis=1)
