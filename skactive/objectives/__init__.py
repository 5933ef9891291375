"""Set functions that more than one strategy uses; layer 1."""

from skactive.objectives._condensation import Condensation, PointwiseCondensation
from skactive.objectives._draw_kernels import LabelKernels, ValueKernels
from skactive.objectives._gaussian_information import (
    GaussianInformation,
    centered_draws,
    value_noise,
)

__all__ = [
    "Condensation",
    "GaussianInformation",
    "LabelKernels",
    "PointwiseCondensation",
    "ValueKernels",
    "centered_draws",
    "value_noise",
]
