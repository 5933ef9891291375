"""How soon what is looked for is found; layer 5."""

import math
from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_scalar

__all__ = ["average_time_to_discovery", "recall_curve", "work_saved_over_sampling"]


def recall_curve(
    y: ArrayLike, target: ArrayLike, *, n_relevant: int | None = None
) -> np.ndarray:
    """Share of the relevant points that are found, against labels read.

    Parameters
    ----------
    y : array-like of shape (..., n)
        Labels in the order in which they were read, such as ``y[curve.indices]``.
    target : label or array-like of labels
        The class, or classes, that are looked for.
    n_relevant : int, default=None
        How many relevant points there are in all; as many as `y` holds by default, as
        is right where all points were read.

    Returns
    -------
    ndarray of shape (..., n)
        Recall after the first label, the second, and so on.

    Raises
    ------
    ValueError
        If nothing is relevant, or more is found than `n_relevant`.

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
    """Share of reading that is saved at a recall, against reading in random order [1]_.

    With k of N labels read when the recall is reached, ``1 - k / N - (1 - recall)``: of
    the points in random order, a share equal to the recall would have to be read. At a
    recall of 0.95 it is known as WSS@95.

    Parameters
    ----------
    y : array-like of shape (..., n)
        Labels in the order in which they were read.
    target : label or array-like of labels
        The class, or classes, that are looked for.
    recall : float, default=0.95
        The share of the relevant points that has to be found.
    n_relevant : int, default=None
        How many relevant points there are in all; as many as `y` holds by default.
    n_points : int, default=None
        How many points there are in all, the N above; n by default.

    Returns
    -------
    float or ndarray of shape (...)
        For each leading index of `y`; NaN where the recall is not reached.

    Raises
    ------
    ValueError
        If nothing is relevant, more is found than `n_relevant`, or more is read than
        `n_points`.

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
    # a count, since .95 of 20 points is 19, whatever rounding makes of it
    needed = math.ceil(recall * _n_relevant(found, n_relevant) * (1 - 1e-12))
    reached = found >= needed
    read = reached.argmax(axis=-1) + 1
    saved = recall - read / _n_points(n, n_points)
    return np.where(reached.any(axis=-1), saved, np.nan)[()]


def average_time_to_discovery(
    y: ArrayLike, target: ArrayLike, *, n_points: int | None = None
) -> np.ndarray:
    """Mean share of the points that is read until a relevant one is found (ATD) [1]_.

    Parameters
    ----------
    y : array-like of shape (..., n)
        Labels in the order in which they were read, to the last relevant one at least:
        those never found have no time.
    target : label or array-like of labels
        The class, or classes, that are looked for.
    n_points : int, default=None
        How many points there are in all; n by default. 1 gives the time in labels.

    Returns
    -------
    float or ndarray of shape (...)
        For each leading index of `y`; about a half for reading in random order.

    Raises
    ------
    ValueError
        If nothing is relevant.

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
        raise ValueError(f"no label of y is the target {target!r}: it has no time")
    total = (relevant * np.arange(1, n + 1)).sum(axis=-1)
    return (total / count / (n if n_points is None else n_points))[()]


def _is_target(y, target):
    """Which labels are those looked for: (..., n)."""
    y = np.asarray(y)
    if y.ndim < 1 or not y.shape[-1]:
        raise ValueError(f"y has shape {y.shape}; (..., n) is due, with labels in it")
    return np.isin(y, np.atleast_1d(np.asarray(target)))


def _n_relevant(found, n_relevant):
    """How many relevant points there are, each leading index alike."""
    most, least = int(found[..., -1].max()), int(found[..., -1].min())
    if n_relevant is None:
        if most != least:
            raise ValueError(
                f"from {least} to {most} relevant labels were read: give n_relevant"
            )
        n_relevant = most
    check_scalar(n_relevant, "n_relevant", Integral)
    if not n_relevant:
        raise ValueError("nothing is relevant: no label of y is the target")
    if n_relevant < most:
        raise ValueError(f"n_relevant={n_relevant}, and {most} were found")
    return n_relevant


def _n_points(n, n_points):
    """How many points there are, those read and the others."""
    if n_points is None:
        return n
    check_scalar(n_points, "n_points", Integral)
    if n_points < n:
        raise ValueError(f"n_points={n_points}, and {n} were read")
    return n_points
