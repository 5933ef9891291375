"""Learning curves of query strategies, searches over them, comparisons; layer 6.

Each folder imports only from those before it: ``curves`` runs a strategy on one split,
``search`` runs several on all splits and stores the results, and ``comparison`` tests
which differences are significant.
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
