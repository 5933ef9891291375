"""Run several strategies on all splits, and store finished rounds; layer 6."""

from skactive.model_selection.search._active_learning_curve import (
    active_learning_curve,
)
from skactive.model_selection.search._strategy_search import StrategySearchCV

__all__ = ["StrategySearchCV", "active_learning_curve"]
