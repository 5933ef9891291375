"""LearningCurve: scores of a strategy against the number of labels; layer 6."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skactive.model_selection.curves._rounds import Run
from skactive.model_selection.curves._stopping_table import stopping_table
from skactive.stopping import StoppingCriterion

__all__ = ["LearningCurve", "join_runs"]


@dataclass(frozen=True)
class LearningCurve:
    """Scores of a strategy against the number of labels; see `active_learning_curve`.

    Parameters
    ----------
    n_labels : ndarray of shape (rounds + 1,)
        Number of labels in each round, beginning with the initial ones.
    scores : dict of str to ndarray of shape (n_splits, rounds + 1)
        Test scores by name of the scorer ("score" for a single one).
    indices : ndarray of shape (n_splits, n_labels[-1])
        Rows of X in the order in which they were labelled: the model of round t in
        split i was trained on ``X[indices[i, :n_labels[t]]]``. Entries after a failure,
        which `StrategySearchCV` may record, are -1.
    fit_time : ndarray of shape (n_splits, rounds + 1)
        Seconds taken by each fit.
    query_time : ndarray of shape (n_splits, rounds + 1)
        Seconds taken to query the labels added in a round; NaN in the first.
    draw_time : ndarray of shape (n_splits, rounds + 1), default=None
        Seconds of `query_time` spent on drawing from the posterior.
    stopping : dict of str to list of StoppingCriterion, default={}
        Stopping criteria by name, one per split, updated with its rounds: their
        ``history_`` contains the monitored values.

    Attributes
    ----------
    stopped_at : dict of str to ndarray of shape (n_splits,)
        Number of labels at which each criterion stopped; NaN if it did not.
    select_time : ndarray of shape (n_splits, rounds + 1)
        Seconds of `query_time` spent on the selection itself.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.model_selection import LearningCurve
    >>> curve = LearningCurve(
    ...     n_labels=np.array([2, 4]),
    ...     scores={"accuracy": np.array([[0.5, 0.75]])},
    ...     indices=np.array([[3, 0, 7, 1]]),
    ...     fit_time=np.array([[0.1, 0.1]]),
    ...     query_time=np.array([[np.nan, 0.2]]),
    ... )
    >>> curve.to_frame()
       split  round  n_labels  accuracy  fit_time  query_time
    0      0      0         2      0.50       0.1         NaN
    1      0      1         4      0.75       0.1         0.2
    """

    n_labels: np.ndarray
    scores: dict[str, np.ndarray]
    indices: np.ndarray
    fit_time: np.ndarray
    query_time: np.ndarray
    draw_time: np.ndarray | None = None
    stopping: dict[str, list[StoppingCriterion]] = field(default_factory=dict)

    @property
    def stopped_at(self) -> dict[str, np.ndarray]:
        """Number of labels at which each criterion stopped; NaN if it did not."""
        return {
            name: np.array([c.stopped_at_ for c in criteria], dtype=np.float64)
            for name, criteria in self.stopping.items()
        }

    def stopping_results(self) -> dict[str, np.ndarray]:
        """Tabulate where stopping criteria stopped, labels saved and score lost.

        Returns
        -------
        dict of str to ndarray
            Columns of a table, for example for ``pandas.DataFrame``: those of
            ``StrategySearchCV.stopping_results_`` without ``strategy``.
        """
        columns = stopping_table({"": self})
        columns.pop("strategy", None)
        return columns

    @property
    def select_time(self) -> np.ndarray | None:
        """Seconds of `query_time` spent on the selection itself, without the draws."""
        return None if self.draw_time is None else self.query_time - self.draw_time

    @property
    def times(self) -> dict[str, np.ndarray]:
        """Seconds by what they were spent on, as far as they are known."""
        times = {
            "fit_time": self.fit_time,
            "query_time": self.query_time,
            "draw_time": self.draw_time,
            "select_time": self.select_time,
        }
        return {name: time for name, time in times.items() if time is not None}

    def to_frame(self) -> Any:
        """Convert the curve to a data frame; requires pandas.

        Returns
        -------
        pandas.DataFrame
            One row per split and round, one column per scorer.
        """
        import pandas as pd

        n_splits, n_rounds = self.fit_time.shape
        return pd.DataFrame(
            {
                "split": np.repeat(np.arange(n_splits), n_rounds),
                "round": np.tile(np.arange(n_rounds), n_splits),
                "n_labels": np.tile(self.n_labels, n_splits),
                **{name: score.ravel() for name, score in self.scores.items()},
                **{name: time.ravel() for name, time in self.times.items()},
            }
        )


def join_runs(
    runs: Sequence[Run],
    names: Sequence[str],
    n_labels: np.ndarray,
    error_score: Any = np.nan,
) -> LearningCurve:
    """Combine a strategy's rounds in all splits to a learning curve.

    Parameters
    ----------
    runs : list of Run
        One run per split, which may have no finished rounds.
    names : sequence of str
        Names of the scores.
    n_labels : ndarray of shape (rounds + 1,)
        Number of labels in each round.
    error_score : float or "raise", default=nan
        Score of the rounds that failed; if "raise", there are none.

    Returns
    -------
    LearningCurve
        The curve.
    """
    error_score = np.nan if error_score == "raise" else error_score

    def table(value, missing=np.nan):
        filled = np.full((len(runs), len(n_labels)), missing, dtype=np.float64)
        for row, run in zip(filled, runs, strict=True):
            row[: len(run.rounds)] = [value(round_) for round_ in run.rounds]
        return filled

    return LearningCurve(
        n_labels,
        {
            name: table(lambda r, name=name: r.scores[name], error_score)
            for name in names
        },
        _labelled(runs, n_labels[-1]),
        fit_time=table(lambda round_: round_.fit_time),
        query_time=table(lambda round_: round_.query_time),
        draw_time=table(lambda round_: round_.draw_time),
        stopping={c: [run.stopping[c] for run in runs] for c in runs[0].stopping},
    )


def _labelled(runs, n_last):
    """Rows in the order of labelling, for each split; -1 after a failure."""
    indices = np.full((len(runs), n_last), -1, dtype=np.intp)
    for row, run in zip(indices, runs, strict=True):
        if run.rounds:
            row[: len(run.rounds[-1].labelled)] = run.rounds[-1].labelled
    return indices
