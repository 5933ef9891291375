"""The only uses of scikit-learn's private names.

Layer 0. Each is here because the public library has no substitute: indexing of any
container and of the fit parameters beside it, its length, and the validation of
constructor parameters.
"""

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
    "Interval",
    "InvalidParameterError",
    "StrOptions",
    "n_rows",
    "normalization",
    "refuse_loader",
    "take_params",
    "take_rows",
]


def n_rows(X):
    """Number of points in any container; none in None, which labels nothing."""
    refuse_loader(X)
    return 0 if X is None else _num_samples(X)


def refuse_loader(X):
    """Raise ``TypeError`` for a torch ``DataLoader``, whose length is in batches."""
    torch = imported_torch()
    if torch is not None and isinstance(X, torch.utils.data.DataLoader):
        raise TypeError(
            "a DataLoader gives batches, whose rows cannot be counted or taken: give "
            "its dataset, loader.dataset, and the batch size to the net"
        )


def take_rows(X, rows):
    """Rows of any container that scikit-learn indexes, or of a torch ``Dataset``."""
    torch = imported_torch()  # if there is a Dataset, it is imported
    if torch is not None and isinstance(X, torch.utils.data.Dataset):
        rows = range(len(X))[rows] if isinstance(rows, slice) else rows
        return torch.utils.data.Subset(X, rows)
    return _safe_indexing(X, rows)


def normalization(gp):
    """Mean and scale that a GaussianProcessRegressor took out of y."""
    return gp._y_train_mean, gp._y_train_std
