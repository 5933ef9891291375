"""Active learning for scikit-learn models and skorch nets.

Query strategies are estimators: ``fit(X, y)`` on what is labelled, ``query(X_pool, n)``
for what to label next.
"""

from skactive.base import QueryStrategy
from skactive.strategies import (
    BALD,
    DEIMOS,
    ICAL,
    CoreSet,
    DoubtWeightedCoreSet,
    Entropy,
    ICALPointwise,
    KMeansCoreSet,
    RandomSampling,
    RobustCoreSet,
)

__version__ = "0.1.0.dev0"

__all__ = [
    "BALD",
    "DEIMOS",
    "ICAL",
    "CoreSet",
    "DoubtWeightedCoreSet",
    "Entropy",
    "ICALPointwise",
    "KMeansCoreSet",
    "QueryStrategy",
    "RandomSampling",
    "RobustCoreSet",
]
