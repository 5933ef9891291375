"""Models that go on from where they stand, as with ``warm_start``; layer 3."""

import copy
from typing import Any

from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)

__all__ = ["adds_members", "continued", "parameters_of"]

BOOSTED = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)


def parameters_of(final: Any) -> dict[str, Any]:
    """Parameters of a model; none of one that is not of scikit-learn's kind."""
    return final.get_params() if hasattr(final, "get_params") else {}


def adds_members(final: Any) -> bool:
    """Whether a warm start keeps the members that there are, and adds to them.

    With no more members wanted than there are, the model learns nothing of new labels.
    """
    return "n_estimators" in parameters_of(final) or isinstance(final, BOOSTED)


def continued(fitted: Any) -> Any:
    """A copy of a fitted model that is its own clone: a sampler's fit goes on from it.

    Parameters
    ----------
    fitted : estimator
        With ``warm_start=True``; it stays as it is.

    Returns
    -------
    estimator
        Of which ``sklearn.base.clone`` is the copy itself, not a model unfitted, until
        its ``__sklearn_clone__`` is deleted.
    """
    model = copy.deepcopy(fitted)
    model.__sklearn_clone__ = lambda: model  # scikit-learn's own hook
    return model
