"""One strategy in one split: where it starts, its rounds, its learning curve; layer 6.

Nothing here is stored, or knows of other processes: that is what ``search`` adds.
"""

from skactive.model_selection.curves._learning_curve import LearningCurve

__all__ = ["LearningCurve"]
