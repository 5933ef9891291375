"""Snapshot: the data for a fit, taken at one moment; layer 6."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, Self

import numpy as np

from skactive.annotation._agreement import Agreed
from skactive.annotation._queue import pending
from skactive.annotation._state import State
from skactive.annotation._test_set import labelled_tests

__all__ = ["Snapshot", "snapshot"]


class Snapshot(NamedTuple):
    """Rows of `X` by their role in a fit and the query after it.

    Parameters
    ----------
    labelled : ndarray of int
        Rows to fit on, in the order in which they were first labelled.
    labels : list
        Ids of these rows at first, later their labels.
    tests : ndarray of int
        Labelled rows of the test set.
    test_labels : list
        Ids of these rows at first, later their labels.
    q : ndarray or None
        Probabilities with which test rows were drawn; None if all are labelled.
    n_test_points : int
        Size of the test set.
    tests_left : ndarray of int
        Rows of the test set that were not drawn.
    pool : ndarray of int
        Rows without a label, outside the test set.
    pending : ndarray of int
        Rows of the pool that have been asked.
    barred : ndarray of int
        Rows of the pool that annotators were unsure of.
    classes : list
        All classes.
    changes : int
        Number of changes before the snapshot.
    number : int
        Number of the round.
    touched : int
        Number of the last event that is taken into account.
    """

    labelled: np.ndarray
    labels: list[Any]
    tests: np.ndarray
    test_labels: list[Any]
    q: np.ndarray | None
    n_test_points: int
    tests_left: np.ndarray
    pool: np.ndarray
    pending: np.ndarray
    barred: np.ndarray
    classes: list[Any]
    changes: int
    number: int
    touched: int

    def with_labels(self, labels: Mapping[Any, Agreed]) -> Self:
        """Replace ids by labels, which takes too long to do under the lock."""
        return self._replace(
            labels=[labels[id].label for id in self.labels],
            test_labels=[labels[id].label for id in self.test_labels],
        )

    def started(self, task: str) -> bool:
        """Whether a fit is possible: there are two classes, or two values."""
        if task == "classification":
            return len(set(self.labels)) > 1
        return len(self.labels) > 1


def snapshot(
    state: State, row: Mapping[Any, int], answered: Collection[Any], now: float
) -> Snapshot:
    """Take a snapshot of the data for a fit.

    Parameters
    ----------
    state : State
        State of the campaign.
    row : dict of id to int
        Row numbers in `X` by id.
    answered : collection of id
        Ids of the rows with a label, in order.
    now : float
        The present time.

    Returns
    -------
    Snapshot
        The snapshot, which later events do not change.
    """

    def rows(ids: Any) -> np.ndarray:
        return np.array([row[id] for id in ids], dtype=np.intp)

    train = [id for id in answered if id not in state.tests]
    tests, q, n_test_points = labelled_tests(state, answered)
    drawn = set(state.asked_tests)
    unusable = [id for id in state.current if state.is_unusable(id)]
    unsure = [id for id in state.current if _is_unsure(state, id)]
    waiting = pending(state, now)
    in_pool = np.ones(len(row), dtype=bool)
    for ids in (answered, state.tests, unusable):
        in_pool[rows(ids)] = False
    barred = np.setdiff1d(rows(unsure), rows(waiting))
    return Snapshot(
        labelled=rows(train),
        labels=train,
        tests=rows(tests),
        test_labels=tests,
        q=None if q is None else np.asarray(q),
        n_test_points=n_test_points,
        tests_left=rows([id for id in state.tests if id not in drawn]),
        pool=np.flatnonzero(in_pool),
        pending=rows(waiting),
        barred=barred[in_pool[barred]],
        classes=state.classes,
        changes=state.changes,
        number=state.round + 1,
        touched=state.touched,
    )


def _is_unsure(state, id):
    return any(act.reason == "unsure" for act in state.current[id].values())
