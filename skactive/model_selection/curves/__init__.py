"""Run a strategy on a split: initial labels, rounds, learning curve; layer 6.

Nothing here writes files or starts processes; ``search`` adds that.
"""

from skactive.model_selection.curves._learning_curve import LearningCurve

__all__ = ["LearningCurve"]
