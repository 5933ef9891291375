"""Refits that start from the present model, with ``warm_start``; layer 3."""

import copy
from typing import Any

from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)

__all__ = ["adds_members", "continued", "parameters_of"]

BOOSTED = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)


def parameters_of(final: Any) -> dict[str, Any]:
    """Parameters of a model; empty if it has no ``get_params``."""
    return final.get_params() if hasattr(final, "get_params") else {}


def adds_members(final: Any) -> bool:
    """Whether a warm start of the model keeps its members and adds new ones.

    Unless more members are requested, such a model learns nothing from new labels.
    """
    return "n_estimators" in parameters_of(final) or isinstance(final, BOOSTED)


def continued(fitted: Any) -> Any:
    """Copy a fitted model so that cloning the copy returns itself, still fitted.

    The ``fit`` of a sampler, which clones its model, then starts from it.

    Parameters
    ----------
    fitted : estimator
        Model with ``warm_start=True``; it is not changed.

    Returns
    -------
    estimator
        The copy. Delete its ``__sklearn_clone__`` to make it an ordinary model again.
    """
    model = copy.deepcopy(fitted)
    model.__sklearn_clone__ = lambda: model  # scikit-learn's own hook
    return model
