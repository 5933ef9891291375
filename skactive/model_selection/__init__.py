"""Learning curves of query strategies, searches over them, comparisons; layer 5."""

from skactive.model_selection._compare import compare_curves
from skactive.model_selection._comparison import CurveComparison
from skactive.model_selection._curve import LearningCurve
from skactive.model_selection._learning_curve import active_learning_curve
from skactive.model_selection._search import StrategySearchCV

__all__ = [
    "CurveComparison",
    "LearningCurve",
    "StrategySearchCV",
    "active_learning_curve",
    "compare_curves",
]
