"""Checks of the labels passed to ``fit`` of a strategy; layer 4."""

from typing import Any

import numpy as np
from array_api_compat import is_torch_array
from scipy.sparse import issparse
from sklearn.utils.multiclass import type_of_target

from skactive._utils.array import to_numpy
from skactive._utils.warnings import warn_caller
from skactive.samplers import DropoutSampler, PosteriorSampler
from skactive.samplers._unwrap import is_frozen

__all__ = [
    "ONE_CLASS",
    "check_labelled",
    "check_one_label",
    "is_missing",
    "knows_one_class",
]

MINUS_ONE = (
    "y contains -1 beside other integers, and -1 is treated as a class. If it means "
    "'not labelled', pass only the labelled rows to fit, and the others to query"
)
ONE_CLASS = (
    "The labels are all of one class, so the model cannot tell which points are "
    "informative. Label points of other classes first; RandomSampling or TypiClust "
    "can select them."
)


def check_labelled(y: Any) -> None:
    """Raise ``ValueError`` if `y` contains missing labels.

    Parameters
    ----------
    y : array-like of shape (n,) or (n, n_targets), or None
        The labels passed to ``fit``; None if a ``Dataset`` contains them.
    """
    if y is None or issparse(y):
        return
    missing = _missing(y)
    rows = np.unique(np.nonzero(missing)[0])
    if rows.size:
        raise ValueError(
            f"{len(rows)} of {len(missing)} labels in y are NaN, None or masked, the "
            f"first in row {rows[0]}: fit takes labelled rows only; pass the others to "
            "query"
        )


def _missing(y):
    """Mask of the missing values of `y`, in the shape of `y`."""
    if is_torch_array(y):
        return to_numpy(y != y)
    if np.ma.is_masked(y):
        return np.ma.getmaskarray(y)
    # without dtype=object, NumPy would convert None and NaN in a list to strings
    values = np.asarray(y, dtype=object if isinstance(y, list | tuple) else None)
    if values.dtype.kind == "O":
        flat = [is_missing(value) for value in values.ravel()]
        return np.array(flat, dtype=bool).reshape(values.shape)
    return np.atleast_1d(values != values)


def is_missing(value):
    """Whether a label is None, NaN, NaT or pandas' NA."""
    equal = value == value  # NaN and NaT are not equal to themselves
    if value is None or isinstance(equal, bool | np.bool_):
        return value is None or not equal
    return not isinstance(equal, np.ndarray)  # NA == NA is NA


def check_one_label(y: Any, name: str) -> None:
    """Raise ``ValueError`` for multi-label or multi-output classification.

    Also warns if -1, which may mean "not labelled", occurs beside other integers.

    Parameters
    ----------
    y : array-like of shape (n,), or None
        Class labels.
    name : str
        Names of strategy and model, for the error message.
    """
    if to_numpy(y).ndim > 1:
        kind = type_of_target(y)
        if kind.startswith("multilabel") or kind.endswith("multioutput"):
            raise ValueError(
                f"{name} does not support {kind} labels: pass one label per point"
            )
    labels = _distinct(y)
    whole = all(isinstance(v, int | float) and float(v).is_integer() for v in labels)
    # {-1, 1} is a common encoding of two classes
    if whole and -1 in labels and len(labels) > 1 and labels != {-1, 1}:
        warn_caller(MINUS_ONE)


def _distinct(y):
    return set() if y is None else set(to_numpy(y).ravel().tolist())


def knows_one_class(sampler: PosteriorSampler, y: Any) -> bool:
    """Whether a classifier was fitted on a single class.

    Parameters
    ----------
    sampler : PosteriorSampler
        Fitted posterior sampler.
    y : array-like of shape (n,), or None
        The labels that it was fitted on.

    Returns
    -------
    bool
        False for regression.
    """
    if sampler.task != "classification":
        return False
    # a net has one class per output, whichever labels it was trained on
    if isinstance(sampler, DropoutSampler):
        return not is_frozen(sampler.estimator) and len(_distinct(y)) == 1
    return len(sampler.classes_) == 1
