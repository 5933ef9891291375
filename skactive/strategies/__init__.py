"""Query strategies, one file a family."""

from skactive.strategies._acsfw import ACSFW
from skactive.strategies._badge import BADGE
from skactive.strategies._bait import BAIT
from skactive.strategies._balanced_entropy import (
    BalancedEntropy,
    BetaMarginalEIG,
    ExpectedEffectiveLoss,
)
from skactive.strategies._batch_bald import BatchBALD
from skactive.strategies._epig import EPIG, CoreLog, CoreMSE
from skactive.strategies._fass import FASS
from skactive.strategies._hybrid_ical import HybridICAL
from skactive.strategies._ical import ICAL, ICALPointwise
from skactive.strategies._pointwise import (
    BALD,
    Entropy,
    LeastConfidence,
    Margin,
    MaxVariance,
    MeanSD,
    VariationRatios,
)
from skactive.strategies._power_bald import PowerBALD
from skactive.strategies._random_sampling import RandomSampling

__all__ = [
    "ACSFW",
    "BADGE",
    "BAIT",
    "BALD",
    "EPIG",
    "FASS",
    "ICAL",
    "BalancedEntropy",
    "BatchBALD",
    "BetaMarginalEIG",
    "CoreLog",
    "CoreMSE",
    "Entropy",
    "ExpectedEffectiveLoss",
    "HybridICAL",
    "ICALPointwise",
    "LeastConfidence",
    "Margin",
    "MaxVariance",
    "MeanSD",
    "PowerBALD",
    "RandomSampling",
    "VariationRatios",
]
