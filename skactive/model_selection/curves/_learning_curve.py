"""LearningCurve: what a strategy reached with how many labels; layer 5."""

from dataclasses import dataclass

import numpy as np

__all__ = ["LearningCurve", "join_runs"]


@dataclass(frozen=True)
class LearningCurve:
    """What a strategy reached with how many labels; see `active_learning_curve`.

    Parameters
    ----------
    n_labels : ndarray of shape (rounds + 1,)
        Number of labels in each round; the first is that of the initial ones.
    scores : dict of str to ndarray of shape (n_splits, rounds + 1)
        Test scores, by the name of the scorer ("score" for a single one).
    indices : ndarray of shape (n_splits, n_labels[-1])
        Rows of X in the order in which they were labelled: round t of split i was
        trained on ``X[indices[i, :n_labels[t]]]``. After a failure, which
        `StrategySearchCV` may record, -1.
    fit_time : ndarray of shape (n_splits, rounds + 1)
        Seconds each fit took.
    query_time : ndarray of shape (n_splits, rounds + 1)
        Seconds that asking for a round's labels took; NaN in the first.
    draw_time : ndarray of shape (n_splits, rounds + 1), default=None
        Seconds of `query_time` that drawing from the posterior took.

    Attributes
    ----------
    select_time : ndarray of shape (n_splits, rounds + 1)
        Seconds of `query_time` that the choice itself took.

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
    scores: dict
    indices: np.ndarray
    fit_time: np.ndarray
    query_time: np.ndarray
    draw_time: np.ndarray | None = None

    @property
    def select_time(self):
        """Seconds of `query_time` that the choice itself took, without the draws."""
        return None if self.draw_time is None else self.query_time - self.draw_time

    def to_frame(self):
        """Lay the curve out as a table; needs pandas.

        Returns
        -------
        pandas.DataFrame
            One row for each split and round, one column for each scorer.
        """
        import pandas as pd

        n_splits, n_rounds = self.fit_time.shape
        parts = {"draw_time": self.draw_time, "select_time": self.select_time}
        return pd.DataFrame(
            {
                "split": np.repeat(np.arange(n_splits), n_rounds),
                "round": np.tile(np.arange(n_rounds), n_splits),
                "n_labels": np.tile(self.n_labels, n_splits),
                **{name: score.ravel() for name, score in self.scores.items()},
                "fit_time": self.fit_time.ravel(),
                "query_time": self.query_time.ravel(),
                **{n: time.ravel() for n, time in parts.items() if time is not None},
            }
        )


def join_runs(runs, n_labels, error_score=np.nan):
    """Make a strategy's curve of its rounds in each split.

    Parameters
    ----------
    runs : list of Run
        One for each split; at least one round of one of them is finished.
    n_labels : ndarray of shape (rounds + 1,)
        Number of labels in each round.
    error_score : float or "raise", default=nan
        Score of the rounds that a run failed to finish; with "raise" none did.

    Returns
    -------
    LearningCurve
        The curve.
    """
    names = next(run.rounds[0].scores for run in runs if run.rounds)
    error_score = np.nan if error_score == "raise" else error_score

    def table(value, missing=np.nan):
        filled = np.full((len(runs), len(n_labels)), missing, dtype=np.float64)
        for row, run in zip(filled, runs, strict=True):
            row[: len(run.rounds)] = [value(round_) for round_ in run.rounds]
        return filled

    indices = np.full((len(runs), n_labels[-1]), -1, dtype=np.intp)
    for row, run in zip(indices, runs, strict=True):
        if run.rounds:
            row[: len(run.rounds[-1].labelled)] = run.rounds[-1].labelled
    return LearningCurve(
        n_labels=n_labels,
        scores={
            name: table(lambda round_, name=name: round_.scores[name], error_score)
            for name in names
        },
        indices=indices,
        fit_time=table(lambda round_: round_.fit_time),
        query_time=table(lambda round_: round_.query_time),
        draw_time=table(lambda round_: round_.draw_time),
    )
