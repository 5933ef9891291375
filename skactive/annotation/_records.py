"""Records of a campaign: tasks, actions, rounds and failures; layer 6."""

from typing import Any, NamedTuple

import numpy as np

from skactive.annotation._events import Event

__all__ = ["Act", "Failure", "Lease", "Round", "Task"]


class Task(NamedTuple):
    """A row to be labelled by an annotator.

    Parameters
    ----------
    id : int or str
        Id of the row.
    row : int
        Row number in `X`.
    rank : int
        Position in the ranking, beginning with 0; -1 for rows of the test set and
        random rows.
    score : float
        Marginal gain when it was selected; NaN for rows without a rank.
    round : int
        Number of the round that ranked it; 0 in the cold start.

    Examples
    --------
    >>> from skactive.annotation import Task
    >>> Task("a17", row=17, rank=0, score=0.25, round=3).row
    17
    """

    id: Any
    row: int
    rank: int
    score: float
    round: int


class Lease(NamedTuple):
    """A task that is handed out to an annotator.

    Parameters
    ----------
    until : float
        Time at which it expires, so that others may have the row.
    rank, score, round
        See `Task`.
    order : tuple of int
        Position among the annotator's tasks.
    """

    until: float
    rank: int
    score: float
    round: int
    order: tuple[int, int]


class Act(NamedTuple):
    """Action of an annotator on a row: a label, or a reason to skip it.

    Parameters
    ----------
    seq : int
        Number of the event.
    time : float
        Seconds since 1970.
    id : int or str
        Id of the row.
    annotator : str
        Name of the annotator.
    label : object, default=None
        The label; None for a skip.
    reason : {"unsure", "later", "unusable"} or None, default=None
        Reason to skip it.
    seconds : float or None, default=None
        Time taken.
    note : str or None, default=None
        A comment.
    cost : float or None, default=None
        Cost of the answer.
    lease : Lease or None, default=None
        Lease that it ended; None for edits, and rows that were not handed out.
    """

    seq: int
    time: float
    id: Any
    annotator: str
    label: Any = None
    reason: str | None = None
    seconds: float | None = None
    note: str | None = None
    cost: float | None = None
    lease: Lease | None = None


class Failure(NamedTuple):
    """Error of a fit, or of the query after it.

    Parameters
    ----------
    time : float
        Seconds since 1970.
    error : str
        The exception in one line.
    traceback : str
        Its traceback.
    """

    time: float
    error: str
    traceback: str


class Round(NamedTuple):
    """One fit of the strategy and the query after it.

    Parameters
    ----------
    number : int
        Number of the round; the first is 1.
    time : float
        Time when it finished, in seconds since 1970.
    n_labels : int
        Number of labelled rows it was fitted on.
    score : float
        Score on the test set; NaN if there is none.
    score_error : float
        Standard error of the score if test rows are drawn, else NaN.
    n_test : int
        Number of labelled test rows it was scored on.
    fit_time : float
        Seconds taken by the fit.
    query_time : float
        Seconds taken by the query.
    ids : list
        The ranking: ids of the selected rows, best first.
    scores : list of float
        Their marginal gains.
    parameters : dict of str to str
        Descriptions of the parameters of the strategy and its model.
    version : str
        Version of skactive.
    """

    number: int
    time: float
    n_labels: int
    score: float
    score_error: float
    n_test: int
    fit_time: float
    query_time: float
    ids: list[Any]
    scores: list[float]
    parameters: dict[str, str]
    version: str

    @classmethod
    def of_event(cls, event: Event) -> "Round":
        """Make a round from its event."""
        data = {name: event.data[name] for name in cls._fields if name != "time"}
        data["scores"] = [np.nan if s is None else s for s in data["scores"]]
        for name in ("score", "score_error"):
            data[name] = np.nan if data[name] is None else data[name]
        return cls(time=event.time, **data)
