"""Statistical comparison of strategies by their learning curves; layer 6."""

from skactive.model_selection.comparison._compare_curves import compare_curves
from skactive.model_selection.comparison._curve_comparison import CurveComparison

__all__ = ["CurveComparison", "compare_curves"]
