"""Batches by chance: scores and Gumbel noise; layer 4.

The largest of ``log(weight) / beta`` and such noise are draws without replacement, in
proportion to the weights [1]_.

References
----------
.. [1] Kirsch, Farquhar, Atighehchian, Jesson, Branchaud-Charron and Gal, "Stochastic
   batch acquisition: a simple baseline for deep active learning", TMLR 2023.
"""

from collections.abc import Callable

import numpy as np

from skactive._utils.array import resolution
from skactive._utils.warnings import warn_caller

__all__ = ["KINDS", "log_weights", "warn_few"]

KINDS = ("power", "softmax", "softrank")


def log_weights(
    kind: str,
    score_n: np.ndarray,
    worth: Callable[[np.ndarray], np.ndarray] | None,
    name: str,
) -> np.ndarray:
    """Logarithm of what points are drawn in proportion to, for ``beta = 1``.

    Parameters
    ----------
    kind : {"power", "softmax", "softrank"}
        ``log s``, ``s`` or ``-log rank`` of scores s.
    score_n : ndarray of shape (n,)
        Scores.
    worth : callable or None
        ``worth(score_n)``: scores on a scale that begins at zero, for "power"; None
        where the scores do.
    name : str
        Name of the strategy, for the error.

    Returns
    -------
    ndarray of shape (n,)
        -inf where a point is never drawn while others are left.

    Raises
    ------
    ValueError
        If a score is negative, and `kind` is "power".
    """
    if kind == "softmax":
        return score_n
    if kind == "softrank":
        return -np.log(_ranks(score_n))
    worth_n = score_n if worth is None else worth(score_n)
    if (worth_n < 0).any():
        raise ValueError(
            f'batch="power" draws in proportion to scores, and {name} scores point '
            f'{int(worth_n.argmin())} with {worth_n.min():.3g}: use "softmax" or '
            '"softrank", which take scores below zero'
        )
    with np.errstate(divide="ignore"):
        return np.log(worth_n)


def _ranks(score_n):
    """1 for the largest; of those tied up to rounding, the smallest index first."""
    order = np.argsort(-score_n, kind="stable")
    larger, smaller = score_n[order][:-1], score_n[order][1:]
    error = resolution(score_n) * np.where(np.isfinite(larger), abs(larger), 0)
    with np.errstate(invalid="ignore"):  # of infinite scores that are equal
        differ = larger - smaller > error
    group = np.cumsum(np.r_[0, differ])
    rank_n = np.empty(len(score_n))
    rank_n[order[np.lexsort((order, group))]] = np.arange(1, len(score_n) + 1)
    return rank_n


def warn_few(score_n: np.ndarray, n: int) -> None:
    """Warn where fewer than `n` points, and not none, can be drawn at all."""
    n_finite = int((score_n > -np.inf).sum())
    if 0 < n_finite < n:  # none at all: the search warns
        warn_caller(
            f"only {n_finite} candidates have a positive score, and n={n} were asked "
            "for: the others follow by index. More draws, or a less confident model, "
            "would tell them apart."
        )
