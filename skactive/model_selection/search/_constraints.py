"""Parameter constraints of StrategySearchCV; layer 6."""

from numbers import Integral, Real

from skactive._utils.scikit_learn import Interval, StrOptions

__all__ = ["CONSTRAINTS"]

CONSTRAINTS = {
    "strategies": "no_validation",  # checked later, with a more helpful message
    "param_grid": [dict, list, None],
    "n": [Interval(Integral, 1, None, closed="left")],
    "rounds": [Interval(Integral, 0, None, closed="left")],
    "budget": [Interval(Integral, 1, None, closed="left"), None],
    "initial": [StrOptions({"balanced", "random"}), "array-like"],
    "n_initial": [Interval(Integral, 1, None, closed="left"), None],
    "cv": "no_validation",  # check_cv does; a number of repetitions may be 1
    "scoring": "no_validation",  # check_scoring does
    "rank_by": [StrOptions({"area", "final"})],
    "refit": [str, None],
    "n_candidates": [Interval(Integral, 1, None, closed="left"), None],
    "warm_start": ["boolean"],
    "callbacks": [callable, list, tuple, None],
    "n_jobs": [Integral, None],
    "checkpoint": "no_validation",
    "error_score": [StrOptions({"raise"}), Real],
    "verbose": ["verbose"],
    "random_state": ["random_state"],
    "stopping": "no_validation",  # checked later, with a more helpful message
    "stop_set_size": [Interval(Integral, 1, None, closed="left")],
}
