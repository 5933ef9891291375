"""What a search reports: columns of its results, ranks, and failures; layer 5."""

import warnings
from collections import Counter

import numpy as np
from scipy.stats import rankdata
from sklearn.exceptions import FitFailedWarning

from skactive.metrics import area_under_curve

__all__ = [
    "columns_of_params",
    "columns_of_scores",
    "mean_and_std",
    "summary",
    "tell_failures",
]


def tell_failures(runs, error_score):
    """Warn of runs that failed as scikit-learn does; raise if all did."""
    runs = [run for of_name in runs.values() for run in of_name]
    errors = Counter(run.error for run in runs if run.error is not None)
    if not errors:
        return
    line = "-" * 80
    details = "\n".join(
        f"{line}\n{n} runs failed with the following error:\n{error}"
        for error, n in errors.items()
    )
    if errors.total() == len(runs):
        raise ValueError(
            f"All the {len(runs)} runs failed. To look for the cause, set "
            f"error_score='raise'.\n{details}"
        )
    warnings.warn(
        f"{errors.total()} of {len(runs)} runs failed. The score of these strategies "
        f"in these splits is set to {error_score}. To look for the cause, set "
        f"error_score='raise'.\n{details}",
        FitFailedWarning,
        stacklevel=3,
    )


def summary(curve, name, rank_by):
    """The one number that stands for a curve, in each split."""
    scores = curve.scores[name]
    if rank_by == "final" or len(curve.n_labels) == 1:
        return scores[:, -1].copy()
    return area_under_curve(curve.n_labels, scores)


def columns_of_params(params):
    """The settings, and a column for each parameter, masked where it is not set."""
    columns = {"params": params}
    for name in sorted({name for setting in params for name in setting}):
        column = np.ma.masked_all(len(params), dtype=object)
        for i, setting in enumerate(params):
            if name in setting:
                column[i] = setting[name]
        columns[f"param_{name}"] = column
    return columns


def columns_of_scores(name, scores):
    """Columns for scores of shape (strategies, splits); the best has rank 1."""
    columns = {f"split{i}_{name}": score for i, score in enumerate(scores.T)}
    columns |= mean_and_std(name, scores)
    mean = columns[f"mean_{name}"]
    # NaN, where a strategy failed, is ranked last
    lost = np.isnan(mean)
    worst = -1 if lost.all() else mean[~lost].min() - 1
    ranks = rankdata(-np.where(lost, worst, mean), method="min")
    return columns | {f"rank_{name}": ranks.astype(np.int32)}


def mean_and_std(name, values):
    """Columns for the mean and the standard deviation of (strategies, splits)."""
    return {f"mean_{name}": values.mean(axis=1), f"std_{name}": values.std(axis=1)}
