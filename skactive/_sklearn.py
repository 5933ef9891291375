"""The only imports of scikit-learn's private names.

Layer 0. Each is here because the public library has no substitute: indexing of any
container, its length, and the validation of constructor parameters.
"""

from sklearn.utils import _safe_indexing as take_rows
from sklearn.utils._param_validation import (
    Interval,
    InvalidParameterError,
    StrOptions,
)
from sklearn.utils.metaestimators import _BaseComposition as BaseComposition
from sklearn.utils.validation import _num_samples as n_rows

__all__ = [
    "BaseComposition",
    "Interval",
    "InvalidParameterError",
    "StrOptions",
    "n_rows",
    "take_rows",
]
