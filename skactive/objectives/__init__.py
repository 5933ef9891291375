"""Set functions that more than one strategy uses; layer 1."""

from skactive.objectives._condensation import Condensation, PointwiseCondensation
from skactive.objectives._draw_kernels import LabelKernels, ValueKernels
from skactive.objectives._gaussian_information import (
    GaussianInformation,
    centered_draws,
    value_noise,
)
from skactive.objectives._joint_information import JointInformation
from skactive.objectives._reference_gains import (
    ReferenceGains,
    ReferenceInformation,
    ReferenceVariance,
    label_information,
    prediction_change,
)

__all__ = [
    "Condensation",
    "GaussianInformation",
    "JointInformation",
    "LabelKernels",
    "PointwiseCondensation",
    "ReferenceGains",
    "ReferenceInformation",
    "ReferenceVariance",
    "ValueKernels",
    "centered_draws",
    "label_information",
    "prediction_change",
    "value_noise",
]
