"""Decision functions with one value per class; layer 3."""

from typing import Any

import numpy as np
from sklearn.frozen import FrozenEstimator

from skactive.samplers._unwrap import unwrap

__all__ = ["decision_values"]


def decision_values(model: Any, X: Any, c: int, first: int = 0) -> np.ndarray:
    """Evaluate a decision function as one-vs-rest values of all classes.

    Parameters
    ----------
    model : estimator
        Fitted classifier with ``decision_function``.
    X : array-like of n points
        Points, in any form that the model accepts.
    c : int
        Number of classes.
    first : int, default=0
        Number, in the pool, of the first point, from which error messages count.

    Returns
    -------
    ndarray of shape (n, c)
        Two classes have a single value ``f``, returned as ``(-f / 2, f / 2)``. If there
        is one class, the values are zero.

    Raises
    ------
    ValueError
        If the values are one-vs-one, have another shape, or are not finite.
    """
    f = np.asarray(model.decision_function(X))
    name = type(model).__name__
    finite = np.isfinite(f)
    if not finite.all():
        row = int(np.nonzero(~finite)[0][0])
        raise ValueError(
            f"the decision function of {name} at row {first + row} is not finite"
        )
    if c == 1:  # there is no other class to decide against
        return np.zeros((len(f), 1))
    if c == 2 and f.size == len(f):
        return np.stack([-f.ravel() / 2, f.ravel() / 2], axis=1)
    if f.shape != (len(f), c) or (c > 2 and _is_one_vs_one(model)):
        raise ValueError(
            f"the decision function of {name} has shape {f.shape}, but one value for "
            f"each of {c} classes is needed; use a one-vs-rest classifier, such as SVC "
            'with decision_function_shape="ovr"'
        )
    return f


def _is_one_vs_one(model):
    """Whether the values are of pairs of classes; three classes have three pairs."""
    # unwrap takes the best model of a search only if it is frozen: a search that is not
    # may be fitted again
    found = unwrap(FrozenEstimator(model))[1]
    return found.get_params(deep=False).get("decision_function_shape") == "ovo"
