"""What a strategy asks of the labels that it is fitted on; layer 4."""

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
    "y holds -1 beside other integers, and -1 counts as a class of its own: where it "
    "means 'not labelled', give fit the labelled rows only, and the others to query"
)
ONE_CLASS = (
    "The labels are all of one class: a model that knows no other cannot say which "
    "points would tell it most. Label points of other classes first, chosen by "
    "RandomSampling or TypiClust."
)


def check_labelled(y: Any) -> None:
    """Raise ``ValueError`` where a row of `y` says that it is not labelled.

    Parameters
    ----------
    y : array-like of shape (n,) or (n, n_targets), or None
        What ``fit`` is given. None where labels stand elsewhere, as in a ``Dataset``.
    """
    if y is None or issparse(y):
        return
    missing = _missing(y)
    rows = np.unique(np.nonzero(missing)[0])
    if rows.size:
        raise ValueError(
            f"{len(rows)} of {len(missing)} labels in y are NaN, None or masked, the "
            f"first in row {rows[0]}: fit takes labelled rows only; give the others to "
            "query"
        )


def _missing(y):
    """Where `y` has no value, in the shape of `y`."""
    if is_torch_array(y):
        return to_numpy(y != y)
    if np.ma.is_masked(y):
        return np.ma.getmaskarray(y)
    # of a list NumPy would make text of None and NaN
    values = np.asarray(y, dtype=object if isinstance(y, list | tuple) else None)
    if values.dtype.kind == "O":
        flat = [is_missing(value) for value in values.ravel()]
        return np.array(flat, dtype=bool).reshape(values.shape)
    return np.atleast_1d(values != values)


def is_missing(value):
    """Whether one label is None, NaN, NaT or the NA of a data frame."""
    equal = value == value  # NaN and NaT are not equal to themselves
    if value is None or isinstance(equal, bool | np.bool_):
        return value is None or not equal
    return not isinstance(equal, np.ndarray)  # NA == NA is NA


def check_one_label(y: Any, name: str) -> None:
    """Raise ``ValueError`` where a point has several class labels.

    Warns where -1, which may mean "not labelled", is one of several integers.

    Parameters
    ----------
    y : array-like of shape (n,), or None
        Class labels.
    name : str
        Strategy and model, for the message.
    """
    if to_numpy(y).ndim > 1:
        kind = type_of_target(y)
        if kind.startswith("multilabel") or kind.endswith("multioutput"):
            raise ValueError(
                f"{name} was given {kind} labels; it chooses for one label a point"
            )
    labels = _distinct(y)
    whole = all(isinstance(v, int | float) and float(v).is_integer() for v in labels)
    # {-1, 1} is how two classes are often coded
    if whole and -1 in labels and len(labels) > 1 and labels != {-1, 1}:
        warn_caller(MINUS_ONE)


def _distinct(y):
    return set() if y is None else set(to_numpy(y).ravel().tolist())


def knows_one_class(sampler: PosteriorSampler, y: Any) -> bool:
    """Whether a fitted classifier has seen one class only.

    Parameters
    ----------
    sampler : PosteriorSampler
        Fitted.
    y : array-like of shape (n,), or None
        The labels that it was given.

    Returns
    -------
    bool
        False for regression.
    """
    if sampler.task != "classification":
        return False
    # a net has a class for each output, whatever labels it was shown
    if isinstance(sampler, DropoutSampler):
        return not is_frozen(sampler.estimator) and len(_distinct(y)) == 1
    return len(sampler.classes_) == 1
