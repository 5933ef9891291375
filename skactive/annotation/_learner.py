"""Learner: the half of a campaign that fits and ranks, in a thread; layer 6."""

import traceback
import weakref
from collections.abc import Callable
from typing import Any, Self

import numpy as np
from sklearn.exceptions import NotFittedError

from skactive.annotation._agreement import usable_answers
from skactive.annotation._cold_start import cold_ranking
from skactive.annotation._events import Event
from skactive.annotation._learning import Learned, Plan, fitted, learn
from skactive.annotation._model import described, last_step, net_of
from skactive.annotation._opening import Opened
from skactive.annotation._reading import Reading
from skactive.annotation._snapshot import Snapshot, snapshot
from skactive.annotation._state import State
from skactive.annotation._stopping import as_blob, named
from skactive.annotation._worker import Worker

__all__ = ["Learner", "number_or_none"]

COLD, ROUND = 1, 2  # keys of the seeds
DRAWN_PART = 4  # test rows drawn per round are this fraction (1 / 4) of a batch


class Learner(Reading):
    """A campaign that fits its strategy and ranks the remaining rows, in a thread.

    Parameters
    ----------
    opened : Opened
        The file, its lock, and the rows.
    clock : callable
        Returns the time in seconds since 1970.
    """

    strategy: Any
    n: int
    reserve: int
    refit_every: int
    initial: Any
    budget: float | None
    scoring: Any
    stopping: Any

    def __init__(self, opened: Opened, clock: Callable[[], float]) -> None:
        super().__init__(opened.store, clock, named(self.stopping))
        self._writer = opened.lock
        self._closed = False
        self._model: Any = None
        self._ranked = 0  # number of the last event that the ranking takes into account
        if opened.lock is None:
            return
        # releases the lock even if close() is never called
        weakref.finalize(self, opened.lock.release)
        self._X, self._row, self._costs = opened.X, opened.row, opened.costs
        self._order = list(opened.row or ())  # ids by row
        self._task = self._state.settings["task"]
        self._worker = Worker(self._rank)
        try:
            self._begin()
        except BaseException:  # such as Ctrl+C: release the file for others
            self._worker.close(wait=False)
            self._store.close()
            opened.lock.release()
            raise

    def _begin(self) -> None:
        """Wait for the first ranking; if it fails, progress() reports it."""
        if not self._state.ranking and self._state.failure is None:
            self._worker.request().exception()
        else:
            self._request_if_due()

    def refit(self) -> Self:
        """Fit and rank now, and wait until it is done.

        Returns
        -------
        self : Campaign
            The campaign, whose tasks now come from the new ranking.

        Raises
        ------
        Exception
            If the model or the query raises one; it is also stored.
        """
        with self._lock:
            self._writable()
            future = self._worker.request()
        # outside the lock, which the worker needs
        future.result()
        return self

    @property
    def strategy_(self) -> Any:
        """The strategy, fitted on the labels of the last round."""
        with self._lock:
            self._writable()
        if self._model is None:
            self._worker.run(self._replay)
        return self._model

    @property
    def estimator_(self) -> Any:
        """The model, fitted on the labels of the last round; refitted if necessary."""
        return last_step(self.strategy_).estimator_

    def close(self) -> None:
        """Wait for a running fit, close the file, and release its lock."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        # outside the lock, which the worker needs to finish its job
        if self._writer is not None:
            self._worker.close()
        super().close()
        if self._writer is not None:
            self._writer.release()

    def _writable(self) -> State:
        """Return the state, or raise if this campaign may not write."""
        if self._writer is None:
            raise RuntimeError(
                f"{self.path} is open for reading only; pass a strategy and X to "
                "Campaign"
            )
        if self._closed:
            raise RuntimeError(f"{self.path} is closed; open the campaign again")
        self._writer.check()
        return self._state

    def _append(self, kind: str, blob: bytes | None = None, **data: Any) -> None:
        """Write an event to the file, then update the state."""
        event = Event(0, float(self._clock()), kind, data, blob)
        self._take(self._store.append(event))

    def _check_width(self, label: Any) -> None:
        """Raise ``ValueError`` for a new class for which the net has no output."""
        known = self._state.classes
        if self._model is None or net_of(self.strategy) is None:
            return
        if self._task != "classification" or label in known:
            return
        width = len(self._model.classes_)
        if len(known) >= width:
            raise ValueError(
                f"{label!r} would be class number {len(known) + 1}, which is beyond "
                f"its width: the net has {width} outputs; widen its last layer"
            )

    def _rng(self, purpose: int, number: int) -> np.random.Generator:
        """Generator for a purpose and number, which is the same whenever it is made."""
        entropy, key = self._state.settings["seed"], (purpose, number)
        return np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=key))

    def _request_if_due(self) -> None:
        if self._state.changes - self._state.tried >= self.refit_every:
            self._worker.request()

    def _plan(self) -> Plan:
        return Plan(
            self.strategy,
            self._task,
            self.n,
            self.reserve,
            self._costs,
            self.budget,
            self.scoring,
            np.array([self._rows()[id] for id in self._state.stop_set], dtype=np.intp),
            self._n_draws(),
        )

    def _n_draws(self) -> int:
        """Number of test rows to draw in the next round."""
        if not self._state.draws_tests:
            return 0
        left = self._state.settings["test_labels"] - len(self._state.drawn)
        return min(left, max(1, self.n // DRAWN_PART))

    def _doing(self) -> dict[str, Any]:
        return {} if self._writer is None else {"refitting": self._worker.is_busy}

    def _seen(self) -> tuple[Any, Plan, Snapshot, Any]:
        """Rows, plan, snapshot and answers at one moment."""
        with self._lock:
            answers = usable_answers(self._state)
            now, row = self._clock(), self._rows()
            seen = snapshot(self._state, row, answers.keys(), now)
            return self._X, self._plan(), seen, answers

    def _rank(self) -> None:
        """Fit and rank, and store the result; run by the worker thread."""
        X, plan, seen, answers = self._seen()
        if self._ranked >= seen.touched:
            return  # the run before has already taken everything into account
        try:
            # without the lock, so that people can go on labelling
            seen = seen.with_labels(self._agreed(answers, seen.classes))
            if seen.started(self._task):
                rng = self._rng(ROUND, seen.number)
                self._take_in(seen, learn(X, plan, seen, rng))
            else:
                self._rank_cold(X, plan, seen)
        except Exception as error:
            self._note_failure(seen, error)
            raise
        self._ranked = seen.touched
        # answers may have come in during the fit
        with self._lock:
            if not self._closed:
                self._request_if_due()

    def _note_failure(self, seen: Snapshot, error: Exception) -> None:
        line = "".join(traceback.format_exception_only(error)).strip()
        lines = "".join(traceback.format_exception(error))
        with self._lock:
            self._append("failed", changes=seen.changes, error=line, traceback=lines)

    def _take_in(self, seen: Snapshot, learned: Learned) -> None:
        parameters = described(self.strategy)
        with self._lock:
            self._model = learned.model
            self._append(
                "round",
                as_blob(learned.probabilities),
                number=seen.number,
                n_labels=len(seen.labelled),
                n_test=len(seen.tests),
                score=number_or_none(learned.score),
                score_error=number_or_none(learned.score_error),
                stop=learned.stop,
                fit_time=learned.fit_time,
                query_time=learned.query_time,
                parameters=parameters,
                version=self._state.session["version"],
                **self._ranking(seen, learned.rows, learned.scores),
            )
            rows, q = learned.drawn
            if rows:
                self._append("drawn", ids=[self._order[row] for row in rows], q=q)

    def _rank_cold(self, X: Any, plan: Plan, seen: Snapshot) -> None:
        rng = self._rng(COLD, seen.changes)
        rows, scores = cold_ranking(X, plan, self.initial, seen, rng)
        with self._lock:
            self._append("ranking", **self._ranking(seen, rows, scores))

    def _ranking(self, seen: Snapshot, rows: Any, scores: Any) -> dict[str, Any]:
        """Ranked rows by their ids."""
        return {
            "changes": seen.changes,
            "ids": [self._order[row] for row in rows.tolist()],
            "scores": [number_or_none(score) for score in scores.tolist()],
        }

    def _replay(self) -> None:
        """Refit the model of the last round, after the file was opened."""
        X, plan, seen, answers = self._seen()
        seen = seen.with_labels(self._agreed(answers, seen.classes))
        if not seen.started(self._task):
            raise NotFittedError(
                "there is no model yet; fitting one needs labels of two classes, or "
                "two values"
            )
        rounds = self.rounds_
        if self._model is None and rounds and seen.changes == self._state.tried:
            rng = self._rng(ROUND, rounds[-1].number)
            self._model = fitted(X, plan, seen, rng)
        elif self._model is None:
            self._rank()


def number_or_none(value: float) -> float | None:
    """Convert a number for JSON, which has no NaN."""
    return float(value) if np.isfinite(value) else None
