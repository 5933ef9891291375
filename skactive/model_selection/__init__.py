"""Learning curves of query strategies; layer 5."""

from skactive.model_selection._learning_curve import (
    LearningCurve,
    active_learning_curve,
)

__all__ = ["LearningCurve", "active_learning_curve"]
