"""The records that a campaign is made of; layer 6."""

from typing import Any, NamedTuple

import numpy as np

from skactive.annotation._events import Event

__all__ = ["Act", "Failure", "Lease", "Round", "Task"]


class Task(NamedTuple):
    """A row that a person is asked to label.

    Parameters
    ----------
    id : int or str
        The row's id.
    row : int
        Its place in `X`.
    rank : int
        Its place in the ranking, 0 first; -1 of a row that no strategy chose: one of
        the test set, or a random one.
    score : float
        Its gain when it was chosen; NaN of a row that no strategy chose.
    round : int
        Number of the round whose ranking it is from; 0 in the cold start.

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
    """A task that is out, with one person.

    Parameters
    ----------
    until : float
        When others may have it.
    rank, score, round
        As in `Task`.
    order : tuple of int
        A person's leases are repeated in this order.
    """

    until: float
    rank: int
    score: float
    round: int
    order: tuple[int, int]


class Act(NamedTuple):
    """What a person did with a row: a label, or a reason to skip it.

    Parameters
    ----------
    seq : int
        Number of the event.
    time : float
        Seconds since 1970.
    id : int or str
        The row.
    annotator : str
        Who.
    label : object, default=None
        The label; None for a skip.
    reason : {"unsure", "later", "unusable"} or None, default=None
        Why it was skipped.
    seconds : float or None, default=None
        How long it took.
    note : str or None, default=None
        A remark.
    cost : float or None, default=None
        What the answer cost.
    lease : Lease or None, default=None
        What it answered; None for an edit, or a row that was not asked.
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
    """Why a fit, or the query after it, came to nothing.

    Parameters
    ----------
    time : float
        Seconds since 1970.
    error : str
        The exception, in a line.
    traceback : str
        Where it came from.
    """

    time: float
    error: str
    traceback: str


class Round(NamedTuple):
    """One fit of the strategy and the query after it.

    Parameters
    ----------
    number : int
        1 for the first.
    time : float
        When it was done, seconds since 1970.
    n_labels : int
        Labelled rows that it was fitted on.
    score : float
        Score on the test set; NaN without one.
    score_error : float
        Standard error of the score, where the test set is drawn; else NaN.
    n_test : int
        Labelled rows of the test set that it was scored on.
    fit_time : float
        Seconds that the fit took.
    query_time : float
        Seconds that the query took.
    ids : list
        The ranking: ids of the rows chosen, best first.
    scores : list of float
        Their gains.
    parameters : dict of str to str
        Those of the strategy and its model, described.
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
        """Read a round from its event."""
        data = {name: event.data[name] for name in cls._fields if name != "time"}
        data["scores"] = [np.nan if s is None else s for s in data["scores"]]
        for name in ("score", "score_error"):
            data[name] = np.nan if data[name] is None else data[name]
        return cls(time=event.time, **data)
