"""Objectives (acquisition functions) shared by several strategies; layer 2."""

from skactive.objectives._ascent import FreeCondensation, climb, climb_in_turn
from skactive.objectives._bandwidth import (
    label_spacing,
    pure_radius,
    sample,
    scaled,
)
from skactive.objectives._condensation import Condensation, PointwiseCondensation
from skactive.objectives._dependence import Dependence
from skactive.objectives._distances import (
    CallableDistances,
    FeatureDistances,
    PrecomputedDistances,
    check_beam,
    check_metric,
    distances,
)
from skactive.objectives._distributed_condensation import (
    DistributedCondensation,
    DistributedPointwiseCondensation,
    condense,
    condense_pointwise,
)
from skactive.objectives._draw_kernels import (
    LabelKernels,
    ValueKernels,
    mean_variance_of,
)
from skactive.objectives._gaussian_information import (
    GaussianInformation,
    centered_draws,
    mean_variance,
    value_noise,
)
from skactive.objectives._gram import gram, gram_of_chosen
from skactive.objectives._herding import (
    CoverageThenDistance,
    draw_reference,
    herd,
)
from skactive.objectives._joint_information import JointInformation
from skactive.objectives._joint_reference_information import (
    JointReferenceInformation,
)
from skactive.objectives._k_center import DistributedCover, KCenter
from skactive.objectives._kernel_coverage import (
    KernelCoverage,
    pool_and_labelled,
    similarity,
)
from skactive.objectives._reference_gains import (
    DistributedReferenceGains,
    ReferenceGains,
    label_information,
    prediction_change,
    reference_gains_over,
)
from skactive.objectives._reference_values import (
    ReferenceInformation,
    ReferenceVariance,
)
from skactive.objectives._variance_reduction import (
    LazyVarianceReduction,
    VarianceReduction,
    variance_reduction,
)

__all__ = [
    "CallableDistances",
    "Condensation",
    "CoverageThenDistance",
    "Dependence",
    "DistributedCondensation",
    "DistributedCover",
    "DistributedPointwiseCondensation",
    "DistributedReferenceGains",
    "FeatureDistances",
    "FreeCondensation",
    "GaussianInformation",
    "JointInformation",
    "JointReferenceInformation",
    "KCenter",
    "KernelCoverage",
    "LabelKernels",
    "LazyVarianceReduction",
    "PointwiseCondensation",
    "PrecomputedDistances",
    "ReferenceGains",
    "ReferenceInformation",
    "ReferenceVariance",
    "ValueKernels",
    "VarianceReduction",
    "centered_draws",
    "check_beam",
    "check_metric",
    "climb",
    "climb_in_turn",
    "condense",
    "condense_pointwise",
    "distances",
    "draw_reference",
    "gram",
    "gram_of_chosen",
    "herd",
    "label_information",
    "label_spacing",
    "mean_variance",
    "mean_variance_of",
    "pool_and_labelled",
    "prediction_change",
    "pure_radius",
    "reference_gains_over",
    "sample",
    "scaled",
    "similarity",
    "value_noise",
    "variance_reduction",
]
