"""Metrics of finding all points of a class, as in screening; layer 5."""

import math
from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_scalar

__all__ = ["average_time_to_discovery", "recall_curve", "work_saved_over_sampling"]


def recall_curve(
    y: ArrayLike, target: ArrayLike, *, n_relevant: int | None = None
) -> np.ndarray:
    """Recall after each label: the fraction of the relevant points found so far.

    Parameters
    ----------
    y : array-like of shape (..., n)
        Labels in the order in which they were acquired, such as ``y[curve.indices]``.
    target : label or array-like of labels
        The relevant class or classes.
    n_relevant : int, default=None
        Total number of relevant points; by default the number in `y`, which is right
        if all points have been labelled.

    Returns
    -------
    ndarray of shape (..., n)
        Recall after the first label, after the second, and so on.

    Raises
    ------
    ValueError
        If no point is relevant, or more are found than `n_relevant`.

    Examples
    --------
    >>> from skactive.metrics import recall_curve
    >>> recall_curve(["no", "yes", "no", "yes"], "yes")
    array([0. , 0.5, 0.5, 1. ])
    >>> recall_curve(["no", "yes", "no", "yes"], "yes", n_relevant=4)
    array([0.  , 0.25, 0.25, 0.5 ])
    """
    found = _is_target(y, target).cumsum(axis=-1)
    return found / _n_relevant(found, n_relevant)


def work_saved_over_sampling(
    y: ArrayLike,
    target: ArrayLike,
    *,
    recall: float = 0.95,
    n_relevant: int | None = None,
    n_points: int | None = None,
) -> np.ndarray:
    """Work saved over sampling (WSS): labels saved at a recall over random order [1]_.

    If the recall is reached after k of N labels, this is ``1 - k / N - (1 - recall)``:
    in random order, a fraction of the points equal to the recall would have to be read.
    At a recall of 0.95 it is known as WSS@95.

    Parameters
    ----------
    y : array-like of shape (..., n)
        Labels in the order in which they were acquired.
    target : label or array-like of labels
        The relevant class or classes.
    recall : float, default=0.95
        Fraction of the relevant points that must be found.
    n_relevant : int, default=None
        Total number of relevant points; the number in `y` by default.
    n_points : int, default=None
        Total number of points, N above; n by default.

    Returns
    -------
    float or ndarray of shape (...)
        The fraction saved, for each leading index of `y`; NaN if the recall is not
        reached.

    Raises
    ------
    ValueError
        If no point is relevant, more are found than `n_relevant`, or there are more
        labels than `n_points`.

    References
    ----------
    .. [1] Cohen, Hersh, Peterson and Yen, "Reducing workload in systematic review
       preparation using automated document classification", JAMIA 2006.

    Examples
    --------
    >>> from skactive.metrics import work_saved_over_sampling
    >>> float(work_saved_over_sampling([1, 1, 0, 0, 0, 0, 0, 0, 0, 0], 1))
    0.75
    """
    check_scalar(
        recall, "recall", Real, min_val=0, max_val=1, include_boundaries="right"
    )
    relevant = _is_target(y, target)
    found, n = relevant.cumsum(axis=-1), relevant.shape[-1]
    # a count of points, rounded up; the factor makes .95 of 20 points 19, which
    # rounding errors might raise to 20
    needed = math.ceil(recall * _n_relevant(found, n_relevant) * (1 - 1e-12))
    reached = found >= needed
    read = reached.argmax(axis=-1) + 1
    saved = recall - read / _n_points(n, n_points)
    return np.where(reached.any(axis=-1), saved, np.nan)[()]


def average_time_to_discovery(
    y: ArrayLike, target: ArrayLike, *, n_points: int | None = None
) -> np.ndarray:
    """Average time to discovery (ATD): mean fraction read when a point is found [1]_.

    Parameters
    ----------
    y : array-like of shape (..., n)
        Labels in the order in which they were acquired. It must include all relevant
        points: those that are never found have no time of discovery.
    target : label or array-like of labels
        The relevant class or classes.
    n_points : int, default=None
        Total number of points; n by default. 1 gives the time in labels.

    Returns
    -------
    float or ndarray of shape (...)
        The average, for each leading index of `y`; about a half for random order.

    Raises
    ------
    ValueError
        If no point is relevant.

    References
    ----------
    .. [1] Ferdinands et al., "Performance of active learning models for screening
       prioritization in systematic reviews", Systematic Reviews 2023.

    Examples
    --------
    >>> from skactive.metrics import average_time_to_discovery
    >>> float(average_time_to_discovery(["yes", "no", "yes", "no"], "yes"))
    0.5
    >>> float(average_time_to_discovery(["yes", "no", "yes", "no"], "yes", n_points=1))
    2.0
    """
    relevant = _is_target(y, target)
    n = relevant.shape[-1]
    count = relevant.sum(axis=-1)
    if (count == 0).any():
        raise ValueError(
            f"target={target!r} occurs nowhere in a row of y, so the time to its "
            "discovery is not defined"
        )
    total = (relevant * np.arange(1, n + 1)).sum(axis=-1)
    return (total / count / (n if n_points is None else n_points))[()]


def _is_target(y, target):
    """Mask of the relevant labels: (..., n)."""
    y = np.asarray(y)
    if y.ndim < 1 or not y.shape[-1]:
        raise ValueError(
            "y must have shape (..., n) with at least one label, but has shape "
            f"{y.shape}"
        )
    return np.isin(y, np.atleast_1d(np.asarray(target)))


def _n_relevant(found, n_relevant):
    """Number of relevant points, which must be the same for all leading indices."""
    most, least = int(found[..., -1].max()), int(found[..., -1].min())
    if n_relevant is None:
        if most != least:
            raise ValueError(
                f"the rows of y have from {least} to {most} relevant labels; pass "
                "n_relevant, the number in all"
            )
        n_relevant = most
    check_scalar(n_relevant, "n_relevant", Integral)
    if not n_relevant:
        raise ValueError("no label of y is the target, so the recall is not defined")
    if n_relevant < most:
        raise ValueError(
            f"n_relevant={n_relevant} is smaller than the number found, {most}"
        )
    return n_relevant


def _n_points(n, n_points):
    """Total number of points, labelled or not."""
    if n_points is None:
        return n
    check_scalar(n_points, "n_points", Integral)
    if n_points < n:
        raise ValueError(
            f"n_points={n_points} is smaller than the number of labels, {n}"
        )
    return n_points
