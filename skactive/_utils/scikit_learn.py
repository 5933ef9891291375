"""Rows of any container, and all uses of scikit-learn's private names.

Layer 0. The private names here have no public substitute: indexing and length of any
container, selecting the rows of fit parameters, parameter validation, and the base
class of searches. The rest of the library takes lengths and rows of containers through
this file only, so support for a new kind of container is added here.
"""

import copy
import inspect
import sys
import weakref
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from array_api_compat import is_torch_array
from scipy.sparse import issparse, vstack
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils import _safe_indexing
from sklearn.utils._param_validation import (
    Interval,
    InvalidParameterError,
    StrOptions,
)
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight
from sklearn.utils.metaestimators import _BaseComposition as BaseComposition
from sklearn.utils.validation import _check_method_params as take_params
from sklearn.utils.validation import _num_samples

from skactive._utils.torch import imported_torch

__all__ = [
    "BaseComposition",
    "BaseSearchCV",
    "CachedParameters",
    "Interval",
    "InvalidParameterError",
    "StrOptions",
    "array_api_off",
    "by_rows",
    "clone_model",
    "copy_rows",
    "is_dataset",
    "is_on_disk",
    "is_plain",
    "join_rows",
    "n_rows",
    "normalization",
    "refuse_loader",
    "take_params",
    "take_rows",
    "weight_of_classes",
]

# whether "balanced" counts points by their sample weights; from scikit-learn 1.7 on
BALANCES_WEIGHTS = "sample_weight" in inspect.signature(compute_class_weight).parameters
NAMES: Any = weakref.WeakKeyDictionary()  # weak: classes made in a test can be freed
VALUES = (type(None), str, bool, int, float)


def _names_of(cls, inspect):
    """Names of the parameters of a class; `inspect` is called once per constructor."""
    found = NAMES.get(cls)
    # a constructor that was replaced since (by a decorator, or a test) is read again
    if found is None or found[0] is not cls.__init__:
        found = NAMES[cls] = cls.__init__, inspect()
    return list(found[1])  # a copy: scikit-learn may change the list


class CachedParameters:
    """Mixin that caches the parameter names of a class.

    List it before `sklearn.base.BaseEstimator` among the bases. scikit-learn inspects
    the constructor's signature in every ``get_params``, which fitting a strategy calls
    a dozen times: longer than a query of a small pool takes.
    """

    @classmethod
    def _get_param_names(cls):
        return _names_of(cls, super()._get_param_names)


def is_plain(value: Any) -> bool:
    """Whether `value` is a number, text or None, of which a copy is the same."""
    return isinstance(value, VALUES)


def clone_model(model: Any) -> Any:
    """Clone a model as `sklearn.base.clone` does, in a fifth of the time if possible.

    It is possible for unfitted estimators with plain parameters that do not define how
    they are cloned.

    Parameters
    ----------
    model : object
        A model; an object that is not an estimator is copied.

    Returns
    -------
    object
        The clone, not fitted.
    """
    cls = type(model)
    if not _clones_plainly(cls):
        return clone(model, safe=False)
    params, names = vars(model), _names_of(cls, cls._get_param_names)
    # other attributes are learnt, or metadata requests, which clone takes over
    if params.keys() == set(names) and all(map(is_plain, params.values())):
        copied = cls(**params)
        if _are_same(vars(copied), params):
            return copied
    # also raises the error about constructors that do not store their arguments
    return clone(model, safe=False)


def _are_same(found, params):
    same = found.keys() == params.keys()
    return same and all(found[name] is value for name, value in params.items())


def _clones_plainly(cls):
    return (
        issubclass(cls, BaseEstimator)
        and cls.__sklearn_clone__ is BaseEstimator.__sklearn_clone__
        and cls.get_params is BaseEstimator.get_params
        and cls._get_param_names.__func__ is BaseEstimator._get_param_names.__func__
    )


def n_rows(X: Any) -> int:
    """Number of rows of any container; 0 for None."""
    refuse_loader(X)
    return 0 if X is None else _num_samples(X)


def refuse_loader(X: Any) -> None:
    """Raise ``TypeError`` for torch objects that stream rows and cannot be indexed."""
    # its length would be the number of batches
    if _is_of_torch(X, "DataLoader"):
        raise TypeError(
            "X is a DataLoader, which yields batches and cannot be indexed by row; "
            "pass its dataset (loader.dataset) and set the batch size on the net"
        )
    if _is_of_torch(X, "IterableDataset"):
        raise TypeError(
            "X is an IterableDataset, which cannot be indexed by row; pass a "
            "Dataset with __len__ and __getitem__"
        )


def by_rows(X: Any) -> Any:
    """Return `X` in a form whose rows can be taken.

    Sparse matrices are converted to CSR, and objects that only have ``__array__`` to
    NumPy arrays.
    """
    if issparse(X):
        return X.tocsr() if X.format != "csr" else X
    only_converts = hasattr(X, "__array__") and not hasattr(X, "__getitem__")
    return np.asarray(X) if only_converts else X


def array_api_off() -> AbstractContextManager[None]:
    """Turn off ``array_api_dispatch`` while scikit-learn handles NumPy arrays of ours.

    With the setting on, which users make for their models, scikit-learn's helpers
    refuse containers that they accept otherwise.
    """
    return config_context(array_api_dispatch=False)


def take_rows(X: Any, rows: Any) -> Any:
    """Take rows of any container.

    Parameters
    ----------
    X : array-like
        Any container that scikit-learn can index, a sparse matrix of any format, a
        torch ``Dataset``, or an array on disk (h5py, zarr).
    rows : slice or sequence of int
        The rows, in any order.

    Returns
    -------
    container
        The rows in a container of the same kind; CSR for sparse matrices, a NumPy array
        for arrays on disk, and a ``Subset`` for a ``Dataset``.
    """
    if type(X) is np.ndarray and not isinstance(rows, list | tuple):
        return X[rows]
    if _is_of_torch(X, "Dataset"):
        rows = range(len(X))[rows] if isinstance(rows, slice) else rows
        return imported_torch().utils.data.Subset(X, rows)
    if is_on_disk(X):
        return X[rows] if isinstance(rows, slice) else _read(X, rows)
    with array_api_off():
        return _safe_indexing(by_rows(X), rows)


def copy_rows(X: Any) -> Any:
    """Copy all rows, so that later changes to `X` do not reach the copy.

    Rows of a torch ``Dataset`` are not copied: they are read when they are needed.
    """
    if not n_rows(X):
        return X
    if isinstance(X, list | tuple):  # the rows may be mutable themselves
        return type(X)(_copy_row(row) for row in X)
    if not issparse(X) and not hasattr(
        X, "__getitem__"
    ):  # an object that can only be converted
        return np.array(X)
    return take_rows(X, np.arange(n_rows(X)))


def _copy_row(row):
    return row.clone() if is_torch_array(row) else copy.copy(row)


def join_rows(X: Any, more: Any) -> Any:
    """Append the rows `more` to `X`, in the same kind of container.

    For arrays on disk, and containers without a way to append, the result is a NumPy
    array.
    """
    if issparse(X):
        return vstack([X, more], format="csr")
    if is_torch_array(X):
        return imported_torch().cat([X, more])
    if is_dataset(X):
        return imported_torch().utils.data.ConcatDataset([X, more])
    if isinstance(X, list | tuple):
        return type(X)([*X, *more])
    if hasattr(X, "columns"):
        return _join_frames(X, more)
    return np.concatenate([np.asarray(X), np.asarray(more)])


def _join_frames(X, more):
    if hasattr(X, "vstack"):  # polars
        return X.vstack(more)
    if hasattr(X, "combine_chunks"):  # a table of pyarrow
        return sys.modules["pyarrow"].concat_tables([X, more])
    import pandas as pd

    return pd.concat([X, more])


def is_dataset(X: Any) -> bool:
    """Whether `X` is a torch ``Dataset``, which may hold the labels too."""
    return _is_of_torch(X, "Dataset")


def _is_of_torch(X, name):
    """Whether `X` is an instance of ``torch.utils.data.<name>``."""
    torch = imported_torch()  # not imported: then nobody can have made a Dataset
    return torch is not None and isinstance(X, getattr(torch.utils.data, name))


def is_on_disk(X: Any) -> bool:
    """Whether `X` is an array on disk (h5py, zarr), whose rows are read on demand."""
    return any(
        module in sys.modules and isinstance(X, getattr(sys.modules[module], name))
        for module, name in (("h5py", "Dataset"), ("zarr", "Array"))
    )


def _read(X, rows):
    """Read rows of an array on disk; h5py demands indices in increasing order."""
    increasing, places = np.unique(np.asarray(rows, dtype=np.intp), return_inverse=True)
    # zarr's plain indexing takes an index array as coordinates along each axis
    return (X.oindex if hasattr(X, "oindex") else X)[increasing][places]


def normalization(gp):
    """Mean and scale by which a GaussianProcessRegressor normalized y."""
    return gp._y_train_mean, gp._y_train_std


def weight_of_classes(class_weight: Any, y: np.ndarray, s_n: np.ndarray) -> np.ndarray:
    """Weight of each point by its class, as linear models compute it in ``fit``.

    Parameters
    ----------
    class_weight : dict, "balanced" or None
        Parameter of the model.
    y : ndarray of shape (n,)
        Labels of the points.
    s_n : ndarray of shape (n,)
        Sample weights, of which "balanced" makes the sum of each class equal.

    Returns
    -------
    ndarray of shape (n,)
        The weights, by which `s_n` is still to be multiplied.
    """
    if class_weight != "balanced" or not BALANCES_WEIGHTS:
        return compute_sample_weight(class_weight, y)
    classes, class_n = np.unique(y, return_inverse=True)
    options = {"classes": classes, "y": y, "sample_weight": s_n}
    return compute_class_weight(class_weight, **options)[class_n]
