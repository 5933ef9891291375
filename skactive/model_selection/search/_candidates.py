"""The strategies that a search compares, and their names; layer 6."""

from typing import Any

from sklearn.base import clone
from sklearn.model_selection import ParameterGrid
from sklearn.utils import get_tags

__all__ = ["candidates", "input_tags"]


def candidates(
    strategies: Any, param_grid: dict | list | None
) -> tuple[dict[str, Any], list[dict]]:
    """Name the strategies of a search, and the setting of each in the grid.

    Parameters
    ----------
    strategies : dict of str to QueryStrategy, or QueryStrategy
        Strategies by name, or the one whose parameters are searched.
    param_grid : dict, list of dict or None
        For one strategy: values to try.

    Returns
    -------
    strategies : dict of str to QueryStrategy
        By name.
    params : list of dict
        The setting of each.
    """
    if isinstance(strategies, dict):
        if param_grid is not None:
            raise ValueError("param_grid is for one strategy, and strategies are many")
        if not strategies:
            raise ValueError("strategies is empty: there is nothing to compare")
        return dict(strategies), [{} for _ in strategies]
    if not hasattr(strategies, "get_params"):
        raise TypeError(
            "strategies must be a dictionary of strategies by name, or one strategy, "
            f"not {strategies!r}"
        )
    return _grid(strategies, {} if param_grid is None else param_grid)


def _grid(strategy, param_grid):
    """One strategy with every setting."""
    params, named = list(ParameterGrid(param_grid)), {}
    for setting in params:
        # values that are estimators are cloned: none is shared by two candidates
        values = {name: clone(value, safe=False) for name, value in setting.items()}
        name = _name(setting) or type(strategy).__name__
        if name in named:
            raise ValueError(f"param_grid has the setting {name} twice")
        named[name] = clone(strategy).set_params(**values)
    return named, params


def _name(setting):
    texts = (f"{name}={value!r}" for name, value in setting.items())
    return " ".join(", ".join(texts).split())


def input_tags(strategies: Any) -> list[Any]:
    """What each strategy says of the points that it takes.

    Tags are asked for before parameters are checked: what cannot be fitted has none.
    """
    every = strategies.values() if isinstance(strategies, dict) else [strategies]
    return [get_tags(s).input_tags for s in every if hasattr(s, "fit")]
