"""Learning curves of query strategies, searches over them, comparisons; layer 5."""

from skactive.model_selection.comparison._compare_curves import compare_curves
from skactive.model_selection.comparison._curve_comparison import CurveComparison
from skactive.model_selection.curves._active_learning_curve import active_learning_curve
from skactive.model_selection.curves._learning_curve import LearningCurve
from skactive.model_selection.search._strategy_search import StrategySearchCV

__all__ = [
    "CurveComparison",
    "LearningCurve",
    "StrategySearchCV",
    "active_learning_curve",
    "compare_curves",
]
