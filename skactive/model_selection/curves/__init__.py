"""Learning curves: one strategy, put to the test; layer 6."""

from skactive.model_selection.curves._active_learning_curve import (
    active_learning_curve,
)
from skactive.model_selection.curves._learning_curve import LearningCurve

__all__ = ["LearningCurve", "active_learning_curve"]
