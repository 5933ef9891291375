"""Table of stopping criteria: labels saved and score lost; layer 6."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from skactive.model_selection.curves._learning_curve import LearningCurve

__all__ = ["stopping_table"]


def stopping_table(curves: "Mapping[str, LearningCurve]") -> dict[str, np.ndarray]:
    """Make one row per strategy, criterion and split.

    Parameters
    ----------
    curves : dict of str to LearningCurve
        Curves by name of the strategy.

    Returns
    -------
    dict of str to ndarray
        Columns of ``StrategySearchCV.stopping_results_``; empty without criteria.
    """
    rows = [
        {"strategy": name, "criterion": criterion, **row}
        for name, curve in curves.items()
        for criterion, stopped_at in curve.stopped_at.items()
        for row in _rows(curve, stopped_at)
    ]
    if not rows:
        return {}
    columns: dict[str, Any] = {key: [row[key] for row in rows] for key in rows[0]}
    return {
        name: np.array(column, dtype=object if isinstance(column[0], str) else None)
        for name, column in columns.items()
    }


def _rows(curve, stopped_at):
    """Make one row per split; runs that did not stop are taken at their end."""
    last = len(curve.n_labels) - 1
    for split, n in enumerate(stopped_at):
        stopped = not np.isnan(n)
        t = int(np.searchsorted(curve.n_labels, n)) if stopped else last
        saved = int(curve.n_labels[last] - curve.n_labels[t])
        row = {
            "split": split,
            "stopped": stopped,
            "round": t,
            "n_labels": int(curve.n_labels[t]),
            "labels_saved": saved,
            "share_saved": saved / curve.n_labels[last],
        }
        for name, scores in curve.scores.items():
            row[f"test_{name}"] = scores[split, t]
            row[f"lost_{name}"] = scores[split, last] - scores[split, t]
        yield row
