"""Learning curves of query strategies, and searches over strategies; layer 5."""

from skactive.model_selection._curve import LearningCurve
from skactive.model_selection._learning_curve import active_learning_curve
from skactive.model_selection._search import StrategySearchCV

__all__ = ["LearningCurve", "StrategySearchCV", "active_learning_curve"]
