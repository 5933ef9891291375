"""What can be read of a campaign, by the one who writes and by all others; layer 6."""

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
    """A campaign's file, read up to its last event whenever something is asked.

    Parameters
    ----------
    store : Store
        The open file.
    clock : callable
        Gives the time in seconds since 1970.
    criteria : dict of str to StoppingCriterion
        What says when to stop.
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
        """The state, with what another process may have written since."""
        self._take(self._store.read(self._state.seq))
        return self._state

    def _take(self, events: Iterable[Event]) -> None:
        """Take events into the state, and show them to the stopping criteria."""
        for event in events:
            take_in(self._state, [event])
            self._stopping.observe(self._state, event)

    def _rows(self) -> dict[Any, int]:
        """Places of the rows in `X`, or in the order in which they came."""
        return self._state.place if self._row is None else self._row

    def _agreed(self, answers: Any, classes: list[Any]) -> dict[Any, Agreed]:
        rule, task = self._state.session["consensus"], self._state.settings["task"]
        return settled(answers, rule, task, classes)

    def labels(self, form: str = "long") -> Any:
        """All labels as a data frame.

        Parameters
        ----------
        form : {"long", "wide", "consensus"}, default="long"
            A line for each answer (columns id, row, label, annotator, time); or a line
            for each row and a column for each person; or one label for each row, with
            the share of answers that say so.

        Returns
        -------
        pandas.DataFrame
            Labels that stand; those taken back or edited are in `history`.

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
        """Rows to which people gave different answers.

        Returns
        -------
        dict
            For each such row, by its id, the label of each person.
        """
        with self._lock:
            return disagreements(self._now())

    def progress(self) -> dict[str, Any]:
        """How far the campaign has come.

        Returns
        -------
        dict
            Rows: ``rows`` in all, ``labelled`` for training, ``left``, ``unusable``,
            ``out`` with people now; ``test_size`` and ``test_labelled``. People:
            ``answers``, ``rate`` (answers an hour while at work), ``hours_left`` at
            this rate until all is labelled, and ``annotators``, figures of each.
            Learning: ``round``, ``curve`` (a dictionary for each round with ``round``,
            ``n_labels``, ``score``, ``score_error``, ``n_test``), ``failure`` of the
            last fit or None, ``refitting`` (of the process that writes), ``stopping``:
            of each criterion ``stopped_at``, a number of labels or None, and
            ``history``, the figures that it looks at.
            ``spent``: the cost of all answers.
        """
        with self._lock:
            state = self._now()
            found = progress(state, self._clock(), state.session["lease"])
            return {**found, "stopping": self._stopping.report(), **self._doing()}

    def _doing(self) -> dict[str, Any]:
        """What only the process that writes can tell."""
        return {}

    def history(self) -> list[dict[str, Any]]:
        """What people did, in order, but for what they took back.

        Returns
        -------
        list of dict
            Of each answer or skip ``seq``, ``time`` (seconds since 1970), ``id``,
            ``annotator``, ``label`` or ``reason``, ``seconds``, ``note``, ``cost``, and
            whether it is ``current``, or was edited later.
        """
        with self._lock:
            return events_of_people(self._now())

    @property
    def rounds_(self) -> list[Round]:
        """The fits so far: their number, labels, score, times, ranking, parameters."""
        with self._lock:
            return list(self._now().rounds)

    @property
    def classes_(self) -> list[Any]:
        """The classes: those given, then those added while labelling."""
        with self._lock:
            return self._now().classes

    @property
    def ids_(self) -> list[Any]:
        """Ids of all rows, in the order in which they came."""
        with self._lock:
            return list(self._now().ids)

    @property
    def test_ids_(self) -> list[Any]:
        """Ids of the rows of the test set."""
        with self._lock:
            return list(self._now().tests)

    def to_csv(self, path: str | Path) -> None:
        """Write all labels that stand, a line for each answer.

        Parameters
        ----------
        path : str or Path
            The file; it has columns id, row, label, annotator, and time in seconds
            since 1970.
        """
        with self._lock:
            write_csv(path, self._now(), self._rows())

    def to_parquet(self, path: str | Path) -> None:
        """Write all labels that stand, a line for each answer.

        Parameters
        ----------
        path : str or Path
            The file; its columns are those of ``labels()``.

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
