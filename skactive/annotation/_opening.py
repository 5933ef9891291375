"""Open a campaign: compare data and settings with those in the file; layer 6."""

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from skactive import __version__
from skactive._utils.scikit_learn import n_rows
from skactive.annotation._data import check_same, ids_of, usable
from skactive.annotation._events import Event, Store, create_store
from skactive.annotation._first_events import (
    first_events,
    prints_of,
    rows_event,
    tests_events,
)
from skactive.annotation._fold import take_in
from skactive.annotation._lock import WriterLock
from skactive.annotation._model import as_label, described, task_of
from skactive.annotation._requirements import (
    check_settings,
    check_stopping,
    check_test_labels,
)
from skactive.annotation._settings import (
    costs_of,
)
from skactive.annotation._state import State

__all__ = ["Opened", "open_campaign"]


class Opened(NamedTuple):
    """An open file with its lock and data.

    Parameters
    ----------
    store : Store
        The file.
    lock : WriterLock or None
        Lock for writing; None for reading, in which case the others are None too.
    X : array-like
        The rows.
    row : dict of id to int
        Row numbers by id.
    costs : ndarray or None
        Costs of labelling the rows.
    """

    store: Store
    lock: WriterLock | None = None
    X: Any = None
    row: dict[Any, int] | None = None
    costs: np.ndarray | None = None


def open_campaign(
    campaign: Any,
    X: Any,
    ids: Iterable[Any] | None,
    classes: Sequence[Any] | None,
    random_state: Any,
    clock: Callable[[], float],
) -> Opened:
    """Open a file, for writing if X is given; create it if it does not exist."""
    if X is None:
        if not campaign.path.exists():
            raise FileNotFoundError(
                f"{campaign.path} does not exist; pass a strategy and X to start a new "
                "campaign"
            )
        return Opened(Store(campaign.path, write=False))
    check_settings(campaign)
    X = usable(X)
    ids = ids_of(X, ids, 0)
    task = task_of(campaign.strategy, classes)
    check_test_labels(campaign, task, n_rows(X))
    check_stopping(campaign, task)
    costs = costs_of(X, campaign.cost)
    # taken before looking for the file: two processes must not both create it
    lock = WriterLock(campaign.path)
    try:
        if not os.path.exists(campaign.path):
            first = first_events(campaign, X, ids, classes, random_state, clock())
            create_store(campaign.path, *first)
        store = Store(campaign.path, write=True)
        try:
            _go_on(campaign, store, X, ids, classes, clock())
        except BaseException:
            store.close()
            raise
    except BaseException:
        lock.release()
        raise
    row = {id: place for place, id in enumerate(ids)}
    return Opened(store, lock, X, row, costs)


def _go_on(campaign, store, X, ids, classes, now):
    """Compare data and settings with those in the file; store what is new."""
    state = take_in(State(), store.read())
    prints = check_same(state.settings["data"], prints_of(state), X, ids)
    gone = state.place.keys() - set(ids)
    if gone:
        first = next(id for id in state.ids if id in gone)
        raise ValueError(
            f"X differs from that of the campaign: {len(gone)} of its {len(state.ids)} "
            f"rows are missing, the first of which has id {first!r}"
        )
    _check_settings(campaign, state, classes)
    places = [place for place, id in enumerate(ids) if id not in state.place]
    events = []
    if places:
        new = [ids[place] for place in places]
        events.append(rows_event(now, new, prints[places]))
        size, first = campaign.test_size, len(state.ids)
        events += tests_events(now, size, state, new, first, True)
    if classes is not None:
        task = state.settings["task"]
        labels = [as_label(label, task, []) for label in classes]
        events.append(Event(0, now, "classes", {"classes": labels}))
    events.append(Event(0, now, "opened", _session(campaign)))
    store.append(*events)


def _check_settings(campaign, state, classes):
    """Raise if the file was made with settings that cannot be changed."""
    task, was = task_of(campaign.strategy, classes), state.settings["task"]
    if task not in ("any", was) and was != "any":
        raise ValueError(
            f"{campaign.path} was made for {was}, but the strategy is for {task}; use "
            f"one for {was}"
        )
    for name in ("test_size", "test_labels"):
        given, made = getattr(campaign, name), state.settings[name]
        if given != made:
            raise ValueError(
                f"{name}={given}, but {campaign.path} was made with {name}={made}, "
                "which cannot be changed, as the test set is drawn once"
            )


def _session(campaign):
    return {
        "version": __version__,
        "n": int(campaign.n),
        "reserve": int(campaign.reserve),
        "refit_every": int(campaign.refit_every),
        "overlap": int(campaign.overlap),
        "lease": float(campaign.lease),
        "consensus": campaign.consensus,
        "parameters": described(campaign.strategy),
    }
