"""Set functions that more than one strategy uses; layer 1."""

from skactive.objectives._condensation import Condensation, PointwiseCondensation
from skactive.objectives._distances import (
    CallableDistances,
    FeatureDistances,
    PrecomputedDistances,
    distances,
)
from skactive.objectives._draw_kernels import LabelKernels, ValueKernels
from skactive.objectives._gaussian_information import (
    GaussianInformation,
    centered_draws,
    value_noise,
)
from skactive.objectives._joint_information import JointInformation
from skactive.objectives._k_center import KCenter
from skactive.objectives._reference_gains import (
    ReferenceGains,
    ReferenceInformation,
    ReferenceVariance,
    label_information,
    prediction_change,
)

__all__ = [
    "CallableDistances",
    "Condensation",
    "FeatureDistances",
    "GaussianInformation",
    "JointInformation",
    "KCenter",
    "LabelKernels",
    "PointwiseCondensation",
    "PrecomputedDistances",
    "ReferenceGains",
    "ReferenceInformation",
    "ReferenceVariance",
    "ValueKernels",
    "centered_draws",
    "distances",
    "label_information",
    "prediction_change",
    "value_noise",
]
