"""Rows of any container, and the only uses of scikit-learn's private names.

Layer 0. Each name is here because the public library has no substitute: indexing of
any container and of the fit parameters beside it, its length, the validation of
constructor parameters, and the base of all searches. What a container is asked for, its
length and its rows, is asked here alone: one that scikit-learn does not index is taught
to this file.
"""

import copy
import sys
import weakref
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from array_api_compat import is_torch_array
from scipy.sparse import issparse, vstack
from sklearn import config_context
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils import _safe_indexing
from sklearn.utils._param_validation import (
    Interval,
    InvalidParameterError,
    StrOptions,
)
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
    "copy_rows",
    "is_dataset",
    "is_on_disk",
    "join_rows",
    "n_rows",
    "normalization",
    "refuse_loader",
    "take_params",
    "take_rows",
]

NAMES: Any = weakref.WeakKeyDictionary()


class CachedParameters:
    """Names of the parameters of a class, read from its constructor once.

    Before `sklearn.base.BaseEstimator` among the bases. scikit-learn inspects the
    signature at every ``get_params``: a dozen times a fit of a strategy, more than a
    query of a small pool takes.
    """

    @classmethod
    def _get_param_names(cls):
        found = NAMES.get(cls)
        if found is None or found[0] is not cls.__init__:
            found = NAMES[cls] = cls.__init__, super()._get_param_names()
        return list(found[1])


def n_rows(X: Any) -> int:
    """Number of points in any container; none in None, which labels nothing."""
    refuse_loader(X)
    return 0 if X is None else _num_samples(X)


def refuse_loader(X: Any) -> None:
    """Raise ``TypeError`` for what torch reads as a stream, whose rows have no place.

    The length of a ``DataLoader`` is in batches.
    """
    if _is_of_torch(X, "DataLoader"):
        raise TypeError(
            "a DataLoader gives batches, whose rows cannot be counted or taken: give "
            "its dataset, loader.dataset, and the batch size to the net"
        )
    if _is_of_torch(X, "IterableDataset"):
        raise TypeError(
            "the rows of an IterableDataset cannot be counted or taken: give a "
            "Dataset with __len__ and __getitem__"
        )


def by_rows(X: Any) -> Any:
    """`X`, whose rows can be taken: of sparse formats only CSR has them at hand.

    What has no items, and can only become an array, becomes one.
    """
    if issparse(X):
        return X.tocsr() if X.format != "csr" else X
    only_converts = hasattr(X, "__array__") and not hasattr(X, "__getitem__")
    return np.asarray(X) if only_converts else X


def array_api_off() -> AbstractContextManager[None]:
    """Call scikit-learn, on NumPy arrays of ours, as without ``array_api_dispatch``.

    It then refuses containers that it takes otherwise. The setting is for the model.
    """
    return config_context(array_api_dispatch=False)


def take_rows(X: Any, rows: Any) -> Any:
    """Rows of any container.

    Parameters
    ----------
    X : array-like
        All that scikit-learn indexes, any sparse format, a torch ``Dataset``, an array
        on disk of h5py or zarr.
    rows : slice or sequence of int
        Which, in any order.

    Returns
    -------
    container
        Of sparse formats a CSR one, of arrays on disk a NumPy array, of a ``Dataset`` a
        ``Subset``.
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
    """All rows of a container, which later changes of it do not reach.

    Those of a torch ``Dataset`` alone are read when they are needed.
    """
    if not n_rows(X):
        return X
    if isinstance(X, list | tuple):  # of rows that may be lists or arrays themselves
        return type(X)(_copy_row(row) for row in X)
    if not issparse(X) and not hasattr(
        X, "__getitem__"
    ):  # all that it can do is become an array
        return np.array(X)
    return take_rows(X, np.arange(n_rows(X)))


def _copy_row(row):
    return row.clone() if is_torch_array(row) else copy.copy(row)


def join_rows(X: Any, more: Any) -> Any:
    """`X` with more rows below, in the same container.

    Of arrays on disk, and of containers that cannot be joined, a NumPy array.
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
    """Whether `X` is of a class of ``torch.utils.data``; nobody imports torch here."""
    torch = imported_torch()  # if there is one, it is imported
    return torch is not None and isinstance(X, getattr(torch.utils.data, name))


def is_on_disk(X: Any) -> bool:
    """Whether `X` is an array of a library that reads rows when they are asked."""
    return any(
        module in sys.modules and isinstance(X, getattr(sys.modules[module], name))
        for module, name in (("h5py", "Dataset"), ("zarr", "Array"))
    )


def _read(X, rows):
    """Rows of an array on disk, in any order: files are read in increasing order."""
    increasing, places = np.unique(np.asarray(rows, dtype=np.intp), return_inverse=True)
    # zarr takes several indices for a place of each axis, unless told otherwise
    return (X.oindex if hasattr(X, "oindex") else X)[increasing][places]


def normalization(gp):
    """Mean and scale that a GaussianProcessRegressor took out of y."""
    return gp._y_train_mean, gp._y_train_std
