"""Strategies of a search and their names; layer 6."""

from typing import Any

from sklearn.base import clone
from sklearn.model_selection import ParameterGrid
from sklearn.utils import get_tags

__all__ = ["candidates", "input_tags"]


def candidates(
    strategies: Any, param_grid: dict | list | None
) -> tuple[dict[str, Any], list[dict]]:
    """Name the strategies of a search, and list the grid's parameters of each.

    Parameters
    ----------
    strategies : dict of str to QueryStrategy, or QueryStrategy
        Strategies by name, or one whose parameters are searched.
    param_grid : dict, list of dict or None
        Values to try, if there is one strategy.

    Returns
    -------
    strategies : dict of str to QueryStrategy
        Strategies by name.
    params : list of dict
        Parameters of each strategy set by the grid.
    """
    if isinstance(strategies, dict):
        if param_grid is not None:
            raise ValueError(
                "param_grid can only be used with one strategy, but strategies is a "
                "dictionary"
            )
        if not strategies:
            raise ValueError("strategies is empty; pass at least one strategy")
        return dict(strategies), [{} for _ in strategies]
    if not hasattr(strategies, "get_params"):
        raise TypeError(
            "strategies must be a dictionary of strategies by name, or one strategy, "
            f"not {strategies!r}"
        )
    return _grid(strategies, {} if param_grid is None else param_grid)


def _grid(strategy, param_grid):
    """Clone a strategy with each combination of parameters in the grid."""
    params, named = list(ParameterGrid(param_grid)), {}
    for setting in params:
        # estimators among the values are cloned, so that no two candidates share one
        values = {name: clone(value, safe=False) for name, value in setting.items()}
        name = _name(setting) or type(strategy).__name__
        if name in named:
            raise ValueError(f"param_grid contains the combination {name} twice")
        named[name] = clone(strategy).set_params(**values)
    return named, params


def _name(setting):
    texts = (f"{name}={value!r}" for name, value in setting.items())
    return " ".join(", ".join(texts).split())


def input_tags(strategies: Any) -> list[Any]:
    """Input tags of each strategy.

    scikit-learn may ask for tags of a search whose parameters are invalid: objects
    without ``fit`` are skipped.
    """
    every = strategies.values() if isinstance(strategies, dict) else [strategies]
    return [get_tags(s).input_tags for s in every if hasattr(s, "fit")]
