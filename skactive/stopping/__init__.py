"""When to stop labelling: criteria as small estimators; layer 5.

One file per family; `Round` is all that a criterion may look at.
"""

from skactive.stopping._agreement import (
    ClassificationChange,
    DeltaF,
    StabilizingPredictions,
)
from skactive.stopping._combined import AllOf, AnyOf
from skactive.stopping._criterion import StoppingCriterion
from skactive.stopping._limits import Budget, Plateau
from skactive.stopping._recall_target import RecallTarget
from skactive.stopping._round import Round
from skactive.stopping._uncertainty import OverallUncertainty

__all__ = [
    "AllOf",
    "AnyOf",
    "Budget",
    "ClassificationChange",
    "DeltaF",
    "OverallUncertainty",
    "Plateau",
    "RecallTarget",
    "Round",
    "StabilizingPredictions",
    "StoppingCriterion",
]
