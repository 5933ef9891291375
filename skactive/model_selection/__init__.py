"""Learning curves of query strategies, searches over them, comparisons; layer 6.

Folders, each importing from those before it only: ``curves`` plays one game, ``search``
plays many and stores them, ``comparison`` says which differences are certain.
"""

from skactive.model_selection.comparison import CurveComparison, compare_curves
from skactive.model_selection.curves import LearningCurve
from skactive.model_selection.search import StrategySearchCV, active_learning_curve

__all__ = [
    "CurveComparison",
    "LearningCurve",
    "StrategySearchCV",
    "active_learning_curve",
    "compare_curves",
]
