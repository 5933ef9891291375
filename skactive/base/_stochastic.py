"""Stochastic batches: scores with Gumbel noise; layer 4.

The n largest sums of log-weights and Gumbel noise of scale ``1 / beta`` are a sample
without replacement, with probabilities proportional to ``weight ** beta`` [1]_.

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
    """Compute the logarithm of sampling weights, for ``beta = 1``.

    Parameters
    ----------
    kind : {"power", "softmax", "softrank"}
        Whether to return ``log s``, ``s`` or ``-log rank`` for scores s.
    score_n : ndarray of shape (n,)
        Scores.
    worth : callable or None
        ``worth(score_n)`` maps scores to non-negative values, for "power"; None if
        scores are non-negative.
    name : str
        Name of the strategy, for the error message.

    Returns
    -------
    ndarray of shape (n,)
        Log-weights; -inf for points that are sampled only after all others.

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
            f'batch="power" requires non-negative scores, but {name} scores point '
            f"{int(worth_n.argmin())} with {worth_n.min():.3g}: use "
            'batch="softmax" or "softrank"'
        )
    with np.errstate(divide="ignore"):
        return np.log(worth_n)


def _ranks(score_n):
    """Ranks from 1 for the largest score; ties up to rounding are ranked by index."""
    order = np.argsort(-score_n, kind="stable")
    larger, smaller = score_n[order][:-1], score_n[order][1:]
    error = resolution(score_n) * np.where(np.isfinite(larger), abs(larger), 0)
    with np.errstate(invalid="ignore"):  # inf - inf, for equal infinite scores
        differ = larger - smaller > error
    # scores in one group are tied, and ordered by index
    group = np.cumsum(np.r_[0, differ])
    rank_n = np.empty(len(score_n))
    rank_n[order[np.lexsort((order, group))]] = np.arange(1, len(score_n) + 1)
    return rank_n


def warn_few(score_n: np.ndarray, n: int) -> None:
    """Warn if only some points, but fewer than `n`, have a positive weight."""
    n_finite = int((score_n > -np.inf).sum())
    if 0 < n_finite < n:  # if there are none, the search itself warns
        warn_caller(
            f"only {n_finite} candidates have a positive score, fewer than n={n}: the "
            "others are selected by index. Use more draws or a less confident model."
        )
