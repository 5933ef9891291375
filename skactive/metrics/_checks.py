"""Checks of the arguments of metrics: shapes, labels, probabilities; layer 5.

Without them NumPy would broadcast arrays of the wrong shape, and a metric would return
a meaningless number.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import column_or_1d

from skactive._utils.array import Array, namespace, to_numpy

__all__ = [
    "as_draws",
    "check_curves",
    "check_labels",
    "check_probabilities",
    "labels_and_probabilities",
]

# Largest error of a sum of probabilities; samplers allow the same for their draws
TOLERANCE = 1e-3
HALF_TOLERANCE = 1e-2  # in float16
FORMS = {
    "(b, c)": (2,),
    "(b, k, c)": (3,),
    "(n, c)": (2,),
    "(n, c) or (n, k, c)": (2, 3),
}


def check_labels(y: Any, n: int, what: str = "y_true") -> np.ndarray:
    """Return labels as an array (n,); one column is accepted too, as in ``fit``."""
    y = to_numpy(y)
    if y.ndim not in (1, 2) or (y.ndim == 2 and y.shape[1] != 1):
        raise ValueError(
            f"{what} must have one label per point, but has shape {y.shape}"
        )
    y = column_or_1d(y)
    if len(y) != n:
        raise ValueError(f"{what} has {len(y)} labels, but there are {n} predictions")
    return y


def check_probabilities(p: Array, name: str, form: str) -> None:
    """Raise unless the last axis of an array or tensor holds probabilities.

    Parameters
    ----------
    p : array or tensor
        The probabilities.
    name, form : str
        Name of the array in error messages, and its required shape, one of FORMS.
    """
    shape = tuple(p.shape)
    if len(shape) not in FORMS[form] or 0 in shape:
        raise ValueError(f"{name} must have shape {form}, but has shape {shape}")
    xp = namespace(p)
    p = xp.reshape(p, (-1, shape[-1]))
    tolerance = HALF_TOLERANCE if str(p.dtype).endswith("float16") else TOLERANCE
    total = xp.sum(p, axis=-1, dtype=xp.float64)
    # a row with NaN or infinity has no sum within the tolerance, so it is bad as well
    bad = ~(xp.abs(total - 1) <= tolerance) | xp.any(p < 0, axis=-1)
    if bool(xp.any(bad)):
        row = int(np.flatnonzero(to_numpy(bad))[0])
        at = np.unravel_index(row, shape[:-1])
        raise ValueError(
            f"{name} at {', '.join(map(str, at))} is {to_numpy(p[row])}, which are not "
            "probabilities: they must be non-negative and sum to one"
        )


def labels_and_probabilities(
    y_true: Any, p_nc: Any, classes: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Check that labels, predictions and classes are consistent.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        The true labels.
    p_nc : array-like of shape (n, c)
        Predicted probabilities.
    classes : array-like of shape (c,)
        Label of each column of `p_nc`.

    Returns
    -------
    y_n, p_nc, classes : ndarray
        The arguments as arrays, with the probabilities in float64.
    """
    p_nc, classes = to_numpy(p_nc), np.asarray(classes)
    check_probabilities(p_nc, "p_nc", "(n, c)")
    if classes.shape != p_nc.shape[1:]:
        raise ValueError(
            f"p_nc has {p_nc.shape[1]} columns, but classes has shape "
            f"{classes.shape}; pass one class per column"
        )
    return check_labels(y_true, len(p_nc)), p_nc.astype(np.float64), classes


def as_draws(f_nkc: Any) -> np.ndarray:
    """Return draws of values (n, k, c) in float64, with two or more per point."""
    f_nkc = to_numpy(f_nkc).astype(np.float64)
    if f_nkc.ndim != 3 or 0 in f_nkc.shape:
        raise ValueError(
            f"f_nkc must have shape (n, k, c), but has shape {f_nkc.shape}"
        )
    if f_nkc.shape[1] < 2:
        raise ValueError(
            "f_nkc has one draw, which has no variance; a Gaussian log-likelihood "
            "needs two draws or more"
        )
    return f_nkc


def check_curves(
    n_labels: ArrayLike, scores: ArrayLike, least: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Check that scores have one column per round, with growing numbers of labels.

    Parameters
    ----------
    n_labels : array-like of shape (rounds,)
        Number of labels in each round.
    scores : array-like of shape (n_splits, rounds)
        Score of each split in each round.
    least : int, default=1
        Minimum number of rounds.

    Returns
    -------
    n_labels, scores : ndarray
        The arguments as arrays.
    """
    n_labels, scores = np.asarray(n_labels), np.asarray(scores)
    few = n_labels.ndim != 1 or len(n_labels) < least
    if few or (np.diff(n_labels) <= 0).any():
        rounds = {1: "a curve needs one round", 2: "an area needs two rounds"}[least]
        raise ValueError(
            f"{rounds} or more, each with more labels than the one before, but "
            f"n_labels is {n_labels.tolist()}"
        )
    if scores.ndim != 2 or scores.shape[1] != len(n_labels):
        raise ValueError(
            f"scores must have shape (n_splits, {len(n_labels)}), one column per "
            f"entry of n_labels, but has shape {scores.shape}"
        )
    return n_labels, scores
