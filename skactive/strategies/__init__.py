"""Query strategies, one file per strategy or family of strategies."""

from skactive.strategies._acsfw import ACSFW
from skactive.strategies._badge import BADGE
from skactive.strategies._bait import BAIT
from skactive.strategies._balanced_entropy import (
    BalancedEntropy,
    BetaMarginalEIG,
    ExpectedEffectiveLoss,
)
from skactive.strategies._bald import BALD
from skactive.strategies._batch_bald import BatchBALD
from skactive.strategies._core_set import CoreSet
from skactive.strategies._deimos import DEIMOS
from skactive.strategies._doubt_weighted_core_set import DoubtWeightedCoreSet
from skactive.strategies._entropy import Entropy
from skactive.strategies._epig import EPIG, CoreLog, CoreMSE
from skactive.strategies._expected_error_reduction import ExpectedErrorReduction
from skactive.strategies._fass import FASS
from skactive.strategies._greedy_sampling import GreedySampling
from skactive.strategies._hybrid_ical import HybridICAL
from skactive.strategies._ical import ICAL, ICALPointwise
from skactive.strategies._k_means_core_set import KMeansCoreSet
from skactive.strategies._lcmd import LCMD
from skactive.strategies._least_confidence import LeastConfidence, VariationRatios
from skactive.strategies._margin import Margin
from skactive.strategies._max_herding import MaxHerding
from skactive.strategies._max_variance import MaxVariance
from skactive.strategies._mean_sd import MeanSD
from skactive.strategies._most_likely import MostLikely
from skactive.strategies._power_bald import PowerBALD
from skactive.strategies._probabilistic_core_set import ProbabilisticCoreSet
from skactive.strategies._random_sampling import RandomSampling
from skactive.strategies._robust_core_set import RobustCoreSet
from skactive.strategies._typi_clust import TypiClust
from skactive.strategies._uncertainty_herding import UncertaintyHerding
from skactive.strategies._vote_entropy import VoteEntropy

__all__ = [
    "ACSFW",
    "BADGE",
    "BAIT",
    "BALD",
    "DEIMOS",
    "EPIG",
    "FASS",
    "ICAL",
    "LCMD",
    "BalancedEntropy",
    "BatchBALD",
    "BetaMarginalEIG",
    "CoreLog",
    "CoreMSE",
    "CoreSet",
    "DoubtWeightedCoreSet",
    "Entropy",
    "ExpectedEffectiveLoss",
    "ExpectedErrorReduction",
    "GreedySampling",
    "HybridICAL",
    "ICALPointwise",
    "KMeansCoreSet",
    "LeastConfidence",
    "Margin",
    "MaxHerding",
    "MaxVariance",
    "MeanSD",
    "MostLikely",
    "PowerBALD",
    "ProbabilisticCoreSet",
    "RandomSampling",
    "RobustCoreSet",
    "TypiClust",
    "UncertaintyHerding",
    "VariationRatios",
    "VoteEntropy",
]
