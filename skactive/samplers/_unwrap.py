"""Take models out of pipelines and FrozenEstimators; layer 3."""

from typing import Any

from sklearn.compose import TransformedTargetRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import (
    FixedThresholdClassifier,
    TunedThresholdClassifierCV,
)
from sklearn.pipeline import Pipeline

from skactive._utils.scikit_learn import BaseSearchCV
from skactive.samplers._vote import one_model

__all__ = ["THRESHOLDS", "is_frozen", "model_within", "unwrap"]

THRESHOLDS = (FixedThresholdClassifier, TunedThresholdClassifierCV)


def unwrap(estimator: Any) -> tuple[list[Pipeline], Any]:
    """Split a model into the transformers of its input and its final estimator.

    Parameters
    ----------
    estimator : estimator or list of estimators
        A model, which may be frozen, at the end of (nested) pipelines, or the best
        model of a frozen search.

    Returns
    -------
    transforms : list of Pipeline
        Pipelines that the input passes through, in order.
    final : estimator
        The estimator that predicts.
    """
    transforms: list[Pipeline] = []
    estimator = one_model(estimator)
    while True:
        inner = _inside(estimator)
        if inner is estimator:
            return transforms, estimator
        if isinstance(estimator, Pipeline):
            transforms += _transforms(estimator)
        estimator = inner


def _inside(estimator):
    """Remove one layer of wrapping; return the estimator itself if there is none."""
    if isinstance(estimator, Pipeline):
        return estimator.steps[-1][1]
    if not isinstance(estimator, FrozenEstimator):
        return estimator
    frozen = estimator.estimator
    # A frozen search predicts by its best model. One that is not frozen searches again
    # in each fit, and its best model is not known before.
    return getattr(frozen, "best_estimator_", frozen)


def _transforms(pipeline):
    """Steps before the model: a list of one pipeline, or an empty list."""
    before = pipeline.steps[:-1]
    # imbalanced-learn's samplers resample only in fit, and pass other points unchanged
    kept = [step for step in before if not hasattr(step[1], "fit_resample")]
    if not kept:
        return []
    return [pipeline[:-1] if len(kept) == len(before) else Pipeline(kept)]


def is_frozen(estimator: Any) -> bool:
    """Whether the model, or the last step of a pipeline, is a FrozenEstimator."""
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    return isinstance(estimator, FrozenEstimator)


def model_within(final: Any) -> Any | None:
    """The model in a search, threshold or transformed target, before it is fitted.

    Returns None for other models. These meta-estimators pass parameters of ``fit`` on
    to the model by the same names.
    """
    if isinstance(final, TransformedTargetRegressor):
        return final.regressor
    return final.estimator if isinstance(final, (BaseSearchCV, *THRESHOLDS)) else None
