"""Plots of learning curves, comparisons, queries and stopping; layer 7.

matplotlib is imported only when something is drawn.
"""

from skactive.plotting._comparison_display import ComparisonDisplay
from skactive.plotting._learning_curve_display import LearningCurveDisplay
from skactive.plotting._query_display import QueryDisplay
from skactive.plotting._stopping_display import StoppingDisplay

__all__ = [
    "ComparisonDisplay",
    "LearningCurveDisplay",
    "QueryDisplay",
    "StoppingDisplay",
]
