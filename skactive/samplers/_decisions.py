"""Decision functions of classifiers as one value for each class; layer 3."""

from typing import Any

import numpy as np
from sklearn.frozen import FrozenEstimator

from skactive.samplers._unwrap import unwrap

__all__ = ["decision_values"]


def decision_values(model: Any, X: Any, c: int, first: int = 0) -> np.ndarray:
    """Evaluate a decision function: one-vs-rest values of all classes.

    Parameters
    ----------
    model : estimator
        A fitted classifier with ``decision_function``.
    X : array-like of n points
        Whatever the model accepts.
    c : int
        Number of classes.
    first : int, default=0
        Number, in the pool, of the first point; errors name points by it.

    Returns
    -------
    ndarray of shape (n, c)
        Of two classes with one value ``f``: ``(-f / 2, f / 2)``. Of one class zeros.

    Raises
    ------
    ValueError
        If the values are of another shape, one-vs-one, or not finite.
    """
    f = np.asarray(model.decision_function(X))
    name = type(model).__name__
    finite = np.isfinite(f)
    if not finite.all():
        row = int(np.nonzero(~finite)[0][0])
        raise ValueError(
            f"the decision function of {name} at row {first + row} is not finite"
        )
    if c == 1:  # no other class to be decided against
        return np.zeros((len(f), 1))
    if c == 2 and f.size == len(f):
        return np.stack([-f.ravel() / 2, f.ravel() / 2], axis=1)
    if f.shape != (len(f), c) or (c > 2 and _is_one_vs_one(model)):
        raise ValueError(
            f"the decision function of {name} has shape {f.shape}, and one value for "
            f"each of {c} classes is needed: use a one-vs-rest classifier, of an SVC "
            'decision_function_shape="ovr"'
        )
    return f


def _is_one_vs_one(model):
    """Whether its values are of pairs of classes: of three classes there are three."""
    # a frozen search, unlike one that may search anew, is unwrapped to what it found
    found = unwrap(FrozenEstimator(model))[1]
    return found.get_params(deep=False).get("decision_function_shape") == "ovo"
