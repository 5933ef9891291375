"""What a model is made of: its transforms, the estimator at its end; layer 3."""

from typing import Any

from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from skactive.samplers._vote import one_model

__all__ = ["is_frozen", "unwrap"]


def unwrap(estimator: Any) -> tuple[list[Pipeline], Any]:
    """Split a model into what transforms its input and the one that predicts.

    Parameters
    ----------
    estimator : estimator or list of estimators
        A model, perhaps frozen, perhaps at the end of (nested) pipelines, perhaps found
        by a search that is frozen.

    Returns
    -------
    transforms : list of Pipeline
        What the input passes through, in order.
    final : estimator
        The model at the end.
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
    """Take off one layer; the estimator itself where there is none."""
    if isinstance(estimator, Pipeline):
        return estimator.steps[-1][1]
    if not isinstance(estimator, FrozenEstimator):
        return estimator
    frozen = estimator.estimator
    # A frozen search predicts by the model it found. One that is not frozen searches
    # anew in each fit, so that there is no telling yet what it will find.
    return getattr(frozen, "best_estimator_", frozen)


def _transforms(pipeline):
    """Give the steps before the model: a list of one pipeline, or of none."""
    before = pipeline.steps[:-1]
    # imbalanced-learn's samplers resample what is fitted on, and let through the rest
    kept = [step for step in before if not hasattr(step[1], "fit_resample")]
    if not kept:
        return []
    return [pipeline[:-1] if len(kept) == len(before) else Pipeline(kept)]


def is_frozen(estimator: Any) -> bool:
    """Whether the model, or the last step of a pipeline, is a FrozenEstimator."""
    while isinstance(estimator, Pipeline):
        estimator = estimator.steps[-1][1]
    return isinstance(estimator, FrozenEstimator)
