"""Learning curves, comparisons and queries, drawn; layer 5.

Needs matplotlib, and only when it draws.
"""

from skactive.plotting._comparison import ComparisonDisplay
from skactive.plotting._learning_curve import LearningCurveDisplay
from skactive.plotting._query import QueryDisplay

__all__ = ["ComparisonDisplay", "LearningCurveDisplay", "QueryDisplay"]
