"""Set functions that more than one strategy uses; layer 1."""

from skactive.objectives._condensation import Condensation, PointwiseCondensation
from skactive.objectives._draw_kernels import LabelKernels, ValueKernels
from skactive.objectives._gaussian_information import (
    GaussianInformation,
    centered_draws,
    value_noise,
)
from skactive.objectives._joint_information import JointInformation

__all__ = [
    "Condensation",
    "GaussianInformation",
    "JointInformation",
    "LabelKernels",
    "PointwiseCondensation",
    "ValueKernels",
    "centered_draws",
    "value_noise",
]
