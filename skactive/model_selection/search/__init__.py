"""Searches over strategies, every finished round stored; layer 6."""

from skactive.model_selection.search._strategy_search import StrategySearchCV

__all__ = ["StrategySearchCV"]
