"""Query strategies, one file a family."""

from skactive.strategies._core_set import CoreSet
from skactive.strategies._ical import ICAL, ICALPointwise
from skactive.strategies._pointwise import BALD, Entropy
from skactive.strategies._random_sampling import RandomSampling

__all__ = [
    "BALD",
    "ICAL",
    "CoreSet",
    "Entropy",
    "ICALPointwise",
    "RandomSampling",
]
