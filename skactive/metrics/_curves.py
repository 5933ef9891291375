"""Summaries of learning curves: labels to reach a score, area; layer 5."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import trapezoid

from skactive.metrics._checks import check_curves

__all__ = ["area_under_curve", "labels_to_reach", "quartiles_to_reach"]


def labels_to_reach(
    n_labels: ArrayLike, scores: ArrayLike, target: float
) -> np.ndarray:
    """Number of labels with which each split first reaches a target score.

    Parameters
    ----------
    n_labels : array-like of shape (rounds,)
        Number of labels in each round, in increasing order.
    scores : array-like of shape (n_splits, rounds)
        Score of each split in each round; higher is better.
    target : float
        The target score.

    Returns
    -------
    ndarray of shape (n_splits,)
        Number of labels; ``inf`` if the target is never reached.

    Raises
    ------
    ValueError
        If `n_labels` is not increasing, or `scores` does not have one column for each
        of its entries.

    Examples
    --------
    >>> from skactive.metrics import labels_to_reach
    >>> labels_to_reach([10, 20, 30], [[0.5, 0.9, 0.8], [0.1, 0.2, 0.3]], 0.8)
    array([20., inf])
    """
    n_labels, scores = check_curves(n_labels, scores)
    reached = scores >= target
    first = n_labels[reached.argmax(axis=1)]
    return np.where(reached.any(axis=1), first, np.inf)


def quartiles_to_reach(n_labels: ArrayLike, scores: ArrayLike, target: float) -> str:
    """Format the quartiles of the numbers of labels to reach a target score.

    As in the tables of BatchBALD [1]_. Splits that never reach the target are censored,
    not left out: a quartile that is not reached is written as ``>`` and the number of
    labels at the end of the curves.

    Parameters
    ----------
    n_labels : array-like of shape (rounds,)
        Number of labels in each round, in increasing order.
    scores : array-like of shape (n_splits, rounds)
        Score of each split in each round; higher is better.
    target : float
        The target score.

    Returns
    -------
    str
        Lower quartile, median and upper quartile: the smallest number of labels with
        which at least that fraction of the splits has reached the target.

    References
    ----------
    .. [1] Kirsch, van Amersfoort and Gal, "BatchBALD: efficient and diverse batch
       acquisition for deep Bayesian active learning", NeurIPS 2019, table 1.

    Examples
    --------
    >>> from skactive.metrics import quartiles_to_reach
    >>> scores = [[0.5, 0.9, 0.9], [0.6, 0.8, 0.9], [0.2, 0.6, 0.9], [0.1, 0.5, 0.7]]
    >>> quartiles_to_reach([10, 20, 30], scores, 0.8)
    '20/20/30'
    >>> quartiles_to_reach([10, 20, 30], scores, 0.9)
    '20/30/30'
    >>> quartiles_to_reach([10, 20, 30], scores, 0.95)
    '>30/>30/>30'
    """
    labels = labels_to_reach(n_labels, scores, target)
    # inverted_cdf returns an observed number of labels: interpolation would average
    # numbers with infinity
    quartiles = np.quantile(labels, [0.25, 0.5, 0.75], method="inverted_cdf")
    last = np.asarray(n_labels)[-1]
    return "/".join(f"{q:.0f}" if np.isfinite(q) else f">{last:.0f}" for q in quartiles)


def area_under_curve(n_labels: ArrayLike, scores: ArrayLike) -> np.ndarray:
    """Normalized area under learning curves, one number per split.

    The area by the trapezoidal rule is divided by the range of labels, so it is in the
    units of the score: a constant score of 0.8 has the area 0.8.

    Parameters
    ----------
    n_labels : array-like of shape (rounds,)
        Number of labels in each round, in increasing order.
    scores : array-like of shape (n_splits, rounds)
        Score of each split in each round.

    Returns
    -------
    ndarray of shape (n_splits,)
        Normalized areas.

    Raises
    ------
    ValueError
        If there are fewer than two rounds, `n_labels` is not increasing, or `scores`
        does not have one column for each of its entries.

    Examples
    --------
    >>> from skactive.metrics import area_under_curve
    >>> area_under_curve([10, 20, 40], [[0.5, 0.7, 0.9], [0.4, 0.4, 0.4]])
    array([0.733..., 0.4       ])
    """
    n_labels, scores = check_curves(n_labels, scores, least=2)
    return trapezoid(scores, n_labels, axis=1) / (n_labels[-1] - n_labels[0])
