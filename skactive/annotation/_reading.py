"""Reading: what any process can read of a campaign; layer 6."""

import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from skactive.annotation._agreement import (
    Agreed,
    disagreements,
    settled,
    usable_answers,
)
from skactive.annotation._events import Event, Store
from skactive.annotation._export import data_frame, write_csv, write_parquet
from skactive.annotation._fold import take_in
from skactive.annotation._progress import events_of_people, progress
from skactive.annotation._records import Round
from skactive.annotation._state import State
from skactive.annotation._stopping import Stopping

__all__ = ["Reading"]


class Reading:
    """A campaign's file, read up to its last event at every call.

    Parameters
    ----------
    store : Store
        The open file.
    clock : callable
        Returns the time in seconds since 1970.
    criteria : dict of str to StoppingCriterion
        Stopping criteria by name.
    """

    path: Path

    def __init__(
        self, store: Store, clock: Callable[[], float], criteria: Mapping[str, Any]
    ) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.RLock()
        self._row: dict[Any, int] | None = None
        self._state = State()
        self._stopping = Stopping(criteria)
        self._take(store.read())

    def _now(self) -> State:
        """Return the state, after reading what other processes have written."""
        self._take(self._store.read(self._state.seq))
        return self._state

    def _take(self, events: Iterable[Event]) -> None:
        """Update the state and the stopping criteria by events."""
        for event in events:
            take_in(self._state, [event])
            self._stopping.observe(self._state, event)

    def _rows(self) -> dict[Any, int]:
        """Row numbers in `X` by id, or without X in the order of arrival."""
        return self._state.place if self._row is None else self._row

    def _agreed(self, answers: Any, classes: list[Any]) -> dict[Any, Agreed]:
        rule, task = self._state.session["consensus"], self._state.settings["task"]
        return settled(answers, rule, task, classes)

    def labels(self, form: str = "long") -> Any:
        """Return the labels as a data frame.

        Parameters
        ----------
        form : {"long", "wide", "consensus"}, default="long"
            One row per answer (columns id, row, label, annotator, time); one row per
            labelled row and one column per annotator; or one combined label per row,
            with the fraction of answers that agree with it.

        Returns
        -------
        pandas.DataFrame
            The valid labels; `history` also has those that were edited.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        with self._lock:
            state = self._now()
            agreed = self._agreed(usable_answers(state), state.classes)
            return data_frame(form, state, self._rows(), agreed)

    def disagreements(self) -> dict[Any, dict[str, Any]]:
        """Return the rows that got different answers.

        Returns
        -------
        dict
            For the id of each such row, the label by each annotator.
        """
        with self._lock:
            return disagreements(self._now())

    def progress(self) -> dict[str, Any]:
        """Return the progress of the campaign.

        Returns
        -------
        dict
            Rows: ``rows`` in total, ``labelled`` for training, ``left``, ``unusable``,
            and ``out``, handed out at present; ``test_size`` and ``test_labelled``.
            Annotators: ``answers``, ``rate`` (answers per hour of work), ``hours_left``
            until all rows are labelled at this rate, and ``annotators``, the figures of
            each. Learning: ``round``, ``curve`` (for each round a dictionary with
            ``round``, ``n_labels``, ``score``, ``score_error``, ``n_test``),
            ``failure`` of the last fit or None, ``refitting`` (in the writing process
            only), and ``stopping``: for each criterion ``stopped_at``, a number of
            labels or None, and ``history``, the monitored values. Costs: ``spent``, the
            cost of all answers.
        """
        with self._lock:
            state = self._now()
            found = progress(state, self._clock(), state.session["lease"])
            return {**found, "stopping": self._stopping.report(), **self._doing()}

    def _doing(self) -> dict[str, Any]:
        """Entries that only the writing process knows."""
        return {}

    def history(self) -> list[dict[str, Any]]:
        """Return the actions of annotators in order, except undone ones.

        Returns
        -------
        list of dict
            For each answer or skip ``seq``, ``time`` (seconds since 1970), ``id``,
            ``annotator``, ``label`` or ``reason``, ``seconds``, ``note``, ``cost``, and
            whether it is ``current``, as opposed to edited later.
        """
        with self._lock:
            return events_of_people(self._now())

    @property
    def rounds_(self) -> list[Round]:
        """The fits so far, with their labels, score, times, ranking and parameters."""
        with self._lock:
            return list(self._now().rounds)

    @property
    def classes_(self) -> list[Any]:
        """The classes: those given, then those added while labelling."""
        with self._lock:
            return self._now().classes

    @property
    def ids_(self) -> list[Any]:
        """Ids of all rows, in the order in which they were added."""
        with self._lock:
            return list(self._now().ids)

    @property
    def test_ids_(self) -> list[Any]:
        """Ids of the rows of the test set."""
        with self._lock:
            return list(self._now().tests)

    def to_csv(self, path: str | Path) -> None:
        """Write all valid labels to a CSV file, one line per answer.

        Parameters
        ----------
        path : str or Path
            The file, with columns id, row, label, annotator, and time in seconds since
            1970.
        """
        with self._lock:
            write_csv(path, self._now(), self._rows())

    def to_parquet(self, path: str | Path) -> None:
        """Write all valid labels to a Parquet file, one row per answer.

        Parameters
        ----------
        path : str or Path
            The file, with the columns of ``labels()``.

        Raises
        ------
        ImportError
            If pandas or pyarrow is not installed.
        """
        write_parquet(path, self.labels())

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
