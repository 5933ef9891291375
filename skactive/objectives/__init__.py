"""Set functions that more than one strategy uses; layer 1."""

from skactive.objectives._condensation import Condensation, PointwiseCondensation
from skactive.objectives._distances import (
    CallableDistances,
    FeatureDistances,
    PrecomputedDistances,
    distances,
)
from skactive.objectives._draw_kernels import LabelKernels, ValueKernels
from skactive.objectives._k_center import KCenter

__all__ = [
    "CallableDistances",
    "Condensation",
    "FeatureDistances",
    "KCenter",
    "LabelKernels",
    "PointwiseCondensation",
    "PrecomputedDistances",
    "ValueKernels",
    "distances",
]
