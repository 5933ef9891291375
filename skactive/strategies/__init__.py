"""Query strategies, one file a family."""

from skactive.strategies._core_set import CoreSet
from skactive.strategies._deimos import DEIMOS
from skactive.strategies._doubt_weighted_core_set import DoubtWeightedCoreSet
from skactive.strategies._ical import ICAL, ICALPointwise
from skactive.strategies._k_means_core_set import KMeansCoreSet
from skactive.strategies._pointwise import BALD, Entropy
from skactive.strategies._random_sampling import RandomSampling
from skactive.strategies._robust_core_set import RobustCoreSet

__all__ = [
    "BALD",
    "DEIMOS",
    "ICAL",
    "CoreSet",
    "DoubtWeightedCoreSet",
    "Entropy",
    "ICALPointwise",
    "KMeansCoreSet",
    "RandomSampling",
    "RobustCoreSet",
]
