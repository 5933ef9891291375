"""Set functions that more than one strategy uses; layer 1."""

from skactive.objectives._condensation import Condensation, PointwiseCondensation
from skactive.objectives._draw_kernels import LabelKernels, ValueKernels

__all__ = ["Condensation", "LabelKernels", "PointwiseCondensation", "ValueKernels"]
