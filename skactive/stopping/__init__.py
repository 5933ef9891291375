"""Stopping criteria: small estimators that say when to stop labelling; layer 5.

One file per family. A criterion looks at a `Round` and at nothing else.
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
