"""Asking: the half of a campaign that hands out tasks and takes answers; layer 6."""

from typing import Any

import numpy as np

from skactive.annotation._data import as_id
from skactive.annotation._learner import Learner, number_or_none
from skactive.annotation._model import as_label
from skactive.annotation._queue import Offer, is_dry, offers, open_offers
from skactive.annotation._records import Task
from skactive.annotation._settings import (
    check_annotator,
    check_count,
    check_note,
    check_reason,
    check_seconds,
)
from skactive.annotation._state import State

__all__ = ["Asking"]

RANDOM = 3  # key of the seeds for random tasks


class Asking(Learner):
    """A campaign that asks people; none of its methods wait for a fit."""

    lease: float

    def ask(self, annotator: str, n: int = 1) -> list[Task]:
        """Choose tasks for an annotator, without waiting for a fit.

        Parameters
        ----------
        annotator : str
            Name of the annotator. Tasks that were handed out to the annotator before
            and have not been answered come first.
        n : int, default=1
            Number of tasks.

        Returns
        -------
        list of Task
            The tasks; fewer than `n`, or none, if no more are left for the annotator.
        """
        annotator, n = check_annotator(annotator), check_count("n", n, 1)
        with self._lock:
            state, now = self._writable(), self._clock()
            held = open_offers(state, annotator, now)[:n]
            self._renew(state, annotator, held, now)
            new: list[Offer] = []
            if len(held) < n:
                rng = self._rng(RANDOM, state.seq)
                new = offers(state, annotator, now, n - len(held), rng)
                self._lease_out(annotator, new, now)
                # the ranking is used up before enough answers for a refit have come in
                if new and is_dry(state, annotator, now):
                    self._worker.request()
            return [self._as_task(offer) for offer in held + new]

    def tell(
        self,
        id: Any,
        label: Any,
        annotator: str,
        seconds: float | None = None,
        note: str | None = None,
    ) -> None:
        """Store an answer; it is on disk when the call returns.

        Parameters
        ----------
        id : int or str
            Id of the row, which need not have been asked.
        label : str, int, bool or float
            The class, which may be a new one, or a finite number.
        annotator : str
            Name of the annotator. A second answer by the same annotator to the same row
            replaces the first.
        seconds : float, default=None
            Time taken to answer.
        note : str, default=None
            A comment.
        """
        annotator, note = check_annotator(annotator), check_note(note)
        seconds = check_seconds(seconds)
        with self._lock:
            state = self._writable()
            id = self._known(id)
            label = as_label(label, self._task, state.classes)
            self._check_width(label)
            before = state.current.get(id, {}).get(annotator)
            same = before is not None and before.label == label
            if same and before is not None and note in (None, before.note):
                return  # a client that got no reply sends its answer again
            # stored with the answer, as other costs may be given when the campaign is
            # opened again
            cost = None if self._costs is None else float(self._costs[self._rows()[id]])
            self._append(
                "answer",
                id=id,
                annotator=annotator,
                label=label,
                seconds=seconds,
                note=note,
                cost=cost,
            )
            self._request_if_due()

    def skip(self, id: Any, annotator: str, reason: str = "unsure") -> None:
        """Skip a row without a label.

        Parameters
        ----------
        id : int or str
            Id of the row.
        annotator : str
            Name of the annotator.
        reason : {"unsure", "later", "unusable"}, default="unsure"
            "unsure" does not ask this annotator again, "later" asks again last, and
            "unusable" asks nobody again.
        """
        annotator, reason = check_annotator(annotator), check_reason(reason)
        with self._lock:
            self._writable()
            id = self._known(id)
            self._append("skip", id=id, annotator=annotator, reason=reason)
            self._request_if_due()

    def undo(self, annotator: str) -> Task | None:
        """Undo the last answer, edit or skip of an annotator.

        Parameters
        ----------
        annotator : str
            Name of the annotator.

        Returns
        -------
        Task or None
            The task, which is handed out to the annotator again, unless undoing an edit
            restores an earlier answer. None if there is nothing to undo.
        """
        annotator = check_annotator(annotator)
        with self._lock:
            state = self._writable()
            if not state.by.get(annotator):
                return None
            id = state.by[annotator][-1]
            until = self._clock() + self.lease
            # of the act that is undone, as long as it is there
            lease = state.acts[id, annotator][-1].lease
            self._append("undo", annotator=annotator, until=until)
            self._request_if_due()
            if lease is None:
                return self._as_task(Offer(id, -1, np.nan, state.round))
            return self._as_task(Offer(id, lease.rank, lease.score, lease.round))

    def _known(self, id: Any) -> Any:
        id = as_id(id)
        if id not in self._state.place:
            raise ValueError(f"id={id!r} is not the id of a row of this campaign")
        return id

    def _as_task(self, offer: Offer) -> Task:
        return Task(offer.id, self._rows()[offer.id], *offer[1:])

    def _lease_out(self, annotator: str, new: list[Offer], now: float) -> None:
        if new:
            tasks = [(o.id, o.rank, number_or_none(o.score), o.round) for o in new]
            until = now + self.lease
            self._append("asked", annotator=annotator, tasks=tasks, until=until)

    def _renew(
        self, state: State, annotator: str, held: list[Offer], now: float
    ) -> None:
        """Renew leases that are more than half over, so that reloads seldom write."""
        old = [
            offer.id
            for offer in held
            if state.leases[offer.id][annotator].until < now + self.lease / 2
        ]
        if old:
            until = now + self.lease
            self._append("renewed", annotator=annotator, ids=old, until=until)
