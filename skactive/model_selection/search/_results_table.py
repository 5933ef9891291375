"""Tables of a search: results, ranks and failures; layer 6."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.exceptions import FitFailedWarning

from skactive._utils.warnings import warn_caller
from skactive.metrics import area_under_curve
from skactive.model_selection.curves._learning_curve import LearningCurve
from skactive.model_selection.curves._rounds import Run

__all__ = ["long_table", "results_table", "tell_failures"]


def results_table(
    curves: Mapping[str, LearningCurve],
    params: Sequence[dict],
    rank_by: str,
    failed: np.ndarray,
    error_score: Any,
) -> dict[str, Any]:
    """Tabulate the results, one row per strategy.

    Parameters
    ----------
    curves : dict of str to LearningCurve
        Curves by name of the strategy.
    params : list of dict
        Parameters of each strategy set by the grid.
    rank_by : {"area", "final"}
        Criterion to rank curves by.
    failed : ndarray of bool, shape (strategies, splits)
        Which runs failed.
    error_score : float
        Score of failed runs.

    Returns
    -------
    dict of str to array or list
        Columns of ``StrategySearchCV.cv_results_``.
    """
    columns: dict[str, Any] = {"strategy": np.array(list(curves), dtype=object)}
    columns |= columns_of_params(params)
    every = list(curves.values())
    for name in every[0].scores:
        scores = np.stack([summary(curve, name, rank_by) for curve in every])
        # not the area under a curve that is partly made of error_score
        if failed.any():
            scores[failed] = error_score
        columns |= columns_of_scores(f"test_{name}", scores)
    for part in every[0].times:
        seconds = [np.nansum(curve.times[part], axis=1) for curve in every]
        columns |= mean_and_std(part, np.stack(seconds))
    return columns


def tell_failures(runs: Mapping[str, Sequence[Run]], error_score: Any) -> None:
    """Warn about failed runs as scikit-learn does; raise if all have failed."""
    every = [run for of_name in runs.values() for run in of_name]
    errors = Counter(run.error for run in every if run.error is not None)
    if not errors:
        return
    line = "-" * 80
    details = "\n".join(
        f"{line}\n{n} runs failed with the following error:\n{error}"
        for error, n in errors.items()
    )
    if errors.total() == len(every):
        raise ValueError(
            f"All the {len(every)} runs failed. To look for the cause, set "
            f"error_score='raise'.\n{details}"
        )
    warn_caller(
        f"{errors.total()} of {len(every)} runs failed. The score of these strategies "
        f"in these splits is set to {error_score}. To look for the cause, set "
        f"error_score='raise'.\n{details}",
        FitFailedWarning,
    )


def summary(curve: LearningCurve, name: str, rank_by: str) -> np.ndarray:
    """Summarize a curve by one number per split, to rank it by."""
    scores = curve.scores[name]
    if rank_by == "final" or len(curve.n_labels) == 1:
        return scores[:, -1].copy()
    return area_under_curve(curve.n_labels, scores)


def columns_of_params(params: Sequence[dict]) -> dict[str, Any]:
    """Columns of the grid's parameters, masked where they are not set."""
    columns: dict[str, Any] = {"params": params}
    for name in sorted({name for setting in params for name in setting}):
        column = np.ma.masked_all(len(params), dtype=object)
        for i, setting in enumerate(params):
            if name in setting:
                column[i] = setting[name]
        columns[f"param_{name}"] = column
    return columns


def columns_of_scores(name: str, scores: np.ndarray) -> dict[str, np.ndarray]:
    """Columns for scores of shape (strategies, splits); rank 1 is the best."""
    columns = {f"split{i}_{name}": score for i, score in enumerate(scores.T)}
    columns |= mean_and_std(name, scores)
    mean = columns[f"mean_{name}"]
    # NaN, the score of a failed strategy, is ranked last
    lost = np.isnan(mean)
    worst = -1 if lost.all() else mean[~lost].min() - 1
    ranks = rankdata(-np.where(lost, worst, mean), method="min")
    return columns | {f"rank_{name}": ranks.astype(np.int32)}


def mean_and_std(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    """Columns of the mean and standard deviation of (strategies, splits)."""
    return {f"mean_{name}": values.mean(axis=1), f"std_{name}": values.std(axis=1)}


def long_table(curves: Mapping[str, LearningCurve]) -> Any:
    """Concatenate all curves in one data frame, with the strategy as first column."""
    import pandas as pd

    frames = {name: curve.to_frame() for name, curve in curves.items()}
    for name, frame in frames.items():
        frame.insert(0, "strategy", name)
    return pd.concat(frames.values(), ignore_index=True)
