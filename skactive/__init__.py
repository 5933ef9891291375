"""Active learning for scikit-learn models and skorch nets.

Query strategies are estimators: ``fit(X, y)`` on what is labelled, ``query(X_pool, n)``
for what to label next.
"""

from skactive.base import QueryStrategy
from skactive.strategies import (
    ACSFW,
    BADGE,
    BAIT,
    BALD,
    DEIMOS,
    EPIG,
    FASS,
    ICAL,
    BalancedEntropy,
    BatchBALD,
    BetaMarginalEIG,
    CoreLog,
    CoreMSE,
    CoreSet,
    DoubtWeightedCoreSet,
    Entropy,
    ExpectedEffectiveLoss,
    HybridICAL,
    ICALPointwise,
    KMeansCoreSet,
    LeastConfidence,
    Margin,
    MaxVariance,
    MeanSD,
    PowerBALD,
    ProbabilisticCoreSet,
    RandomSampling,
    RobustCoreSet,
    VariationRatios,
)

__version__ = "0.1.0.dev0"

__all__ = [
    "ACSFW",
    "BADGE",
    "BAIT",
    "BALD",
    "DEIMOS",
    "EPIG",
    "FASS",
    "ICAL",
    "BalancedEntropy",
    "BatchBALD",
    "BetaMarginalEIG",
    "CoreLog",
    "CoreMSE",
    "CoreSet",
    "DoubtWeightedCoreSet",
    "Entropy",
    "ExpectedEffectiveLoss",
    "HybridICAL",
    "ICALPointwise",
    "KMeansCoreSet",
    "LeastConfidence",
    "Margin",
    "MaxVariance",
    "MeanSD",
    "PowerBALD",
    "ProbabilisticCoreSet",
    "QueryStrategy",
    "RandomSampling",
    "RobustCoreSet",
    "VariationRatios",
]
