"""How a campaign is opened, and how it grows; layer 6."""

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import check_random_state

from skactive import __version__
from skactive._utils.scikit_learn import n_rows, take_rows
from skactive.annotation._data import check_same, concatenated, ids_of, usable
from skactive.annotation._events import Event, Store, create_store
from skactive.annotation._fingerprint import describe_data, fingerprints, packed
from skactive.annotation._lock import WriterLock
from skactive.annotation._model import as_label, described, predicts, task_of
from skactive.annotation._settings import (
    check_count,
    check_strategy,
    costs_of,
    n_tests,
)
from skactive.annotation._state import State
from skactive.annotation._stopping import named
from skactive.base._labels import is_missing

__all__ = ["Opened", "add_rows", "open_campaign"]

TEST, STOP_SET = 0, 4  # what chance is used for
STOP_ROWS = 500


class Opened(NamedTuple):
    """An open file and what belongs to it.

    Parameters
    ----------
    store : Store
        The file.
    lock : WriterLock or None
        The right to write; None for reading, where nothing else is set either.
    X : array-like
        The rows.
    row : dict of id to int
        Their places.
    costs : ndarray or None
        What their labels cost.
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
    """Open a file, for writing if there is an X; make it if there is none."""
    if X is None:
        if not campaign.path.exists():
            raise FileNotFoundError(
                f"there is no campaign {campaign.path}; to begin one, give a strategy "
                "and X"
            )
        return Opened(Store(campaign.path, write=False))
    _check(campaign)
    X = usable(X)
    ids = ids_of(X, ids, 0)
    task = task_of(campaign.strategy, classes)
    _check_test_labels(campaign, task, n_rows(X))
    _check_stopping(campaign, task)
    costs = costs_of(X, campaign.cost)
    lock = WriterLock(campaign.path)
    try:
        if not os.path.exists(campaign.path):
            first = _first_events(campaign, X, ids, classes, random_state, clock())
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


def add_rows(
    campaign: Any, X: Any, ids: Iterable[Any] | None, y: Any, cost: Any
) -> None:
    """Add rows to an open campaign, and labels that came with them.

    Parameters
    ----------
    campaign : Campaign
        Open for writing, its lock held.
    X, ids, y, cost
        As in `Campaign.add`.
    """
    state, X = campaign._state, usable(X)
    ids = ids_of(X, ids, len(state.ids))
    prints = check_same(state.settings["data"], _prints(state), X, ids)
    new = [place for place, id in enumerate(ids) if id not in state.place]
    labelled = _prior(campaign, state, ids, y)
    costs = _more_costs(campaign, take_rows(X, new), cost) if new else None
    if new:
        campaign._X = concatenated(campaign._X, take_rows(X, new))
        campaign._order += [ids[place] for place in new]
        campaign._row = {id: row for row, id in enumerate(campaign._order)}
        campaign._costs = costs
        _add_new(campaign, state, [ids[place] for place in new], prints[new])
    if labelled:
        campaign._append("prior", ids=list(labelled), labels=list(labelled.values()))


def _add_new(campaign, state, ids, prints):
    now = campaign._clock()
    events = [_rows_event(now, ids, prints)]
    events += _tests_events(now, campaign.test_size, state, ids, len(state.ids), True)
    state.apply(campaign._store.append(*events))


def _prior(campaign, state, ids, y):
    """Labels by id, checked before anything is written."""
    if y is None:
        return {}
    y = [*y]
    if len(y) != len(ids):
        raise ValueError(f"y has {len(y)} labels, and X {len(ids)} rows")
    found: dict[Any, Any] = {}
    classes = list(state.classes)
    for id, label in zip(ids, y, strict=True):
        if not is_missing(label):
            found[id] = as_label(label, campaign._task, classes)
            if found[id] not in classes and campaign._task != "regression":
                campaign._check_width(found[id])
                classes.append(found[id])
    return found


def _more_costs(campaign, X, cost):
    """Costs of all rows, those that are added last."""
    if campaign._costs is None:
        if cost is not None:
            raise ValueError("cost was given for rows of a campaign without costs")
        return None
    if cost is None:
        cost = campaign.cost
        if np.ndim(cost) and not callable(cost):
            raise ValueError(
                "the campaign has a cost for each row: give the costs of the rows "
                "that are added, too"
            )
    return np.concatenate([campaign._costs, costs_of(X, cost)])


def _check(campaign):
    """Raise where an argument is not what it should be, before the file is touched."""
    check_strategy(campaign.strategy)
    check_count("n", campaign.n, 1)
    check_count("reserve", campaign.reserve, 0)
    check_count("refit_every", campaign.refit_every, 1)
    check_count("overlap", campaign.overlap, 1)
    if not campaign.lease > 0:
        raise ValueError(f"lease={campaign.lease} must be positive: it is in seconds")
    if (campaign.cost is None) != (campaign.budget is None) and campaign.cost is None:
        raise ValueError("budget needs cost: what a label of each row costs")
    if campaign.consensus not in ("majority", "dawid-skene"):
        raise ValueError(
            f"consensus must be 'majority' or 'dawid-skene', not {campaign.consensus!r}"
        )
    if isinstance(campaign.initial, str):
        if campaign.initial not in ("auto", "random"):
            raise ValueError(
                "initial must be 'auto', 'random' or a strategy, not "
                f"{campaign.initial!r}"
            )
    else:
        check_strategy(campaign.initial)


def _check_test_labels(campaign, task, n):
    """Raise where a part of the test set cannot be drawn."""
    if campaign.test_labels is None:
        return
    check_count("test_labels", campaign.test_labels, 1)
    size = n_tests(campaign.test_size, n)
    if campaign.test_labels > size:
        raise ValueError(
            f"test_labels={campaign.test_labels} is more than the {size} rows of the "
            "test set: give a larger test_size"
        )
    if task != "classification" or not predicts(campaign.strategy) or campaign.scoring:
        raise ValueError(
            "test_labels estimates the accuracy of a classifier: it needs a strategy "
            "with one, and no scoring"
        )


def _check_stopping(campaign, task):
    """Raise where a criterion needs what the campaign does not have."""
    classifies = task == "classification" and predicts(campaign.strategy)
    lacking = {
        "predictions": None if classifies else "a strategy with a classifier",
        "classes": None if classifies else "a strategy with a classifier",
        "probabilities": None
        if classifies and hasattr(campaign.strategy, "predict_proba")
        else "a model with predict_proba",
        "score": None if campaign.test_size else "a test set: give test_size",
        "spent": None if campaign.cost is not None else "costs: give cost",
    }
    for name, rule in named(campaign.stopping).items():
        for need in rule.needs:
            if lacking.get(need):
                raise ValueError(f"stopping: {name} needs {lacking[need]}")


def _first_events(campaign, X, ids, classes, random_state, now):
    """What a new file begins with."""
    n_tests(campaign.test_size, n_rows(X))
    settings = {
        "data": describe_data(X),
        "task": task_of(campaign.strategy, classes),
        "seed": _entropy(random_state),
        "test_size": _plain(campaign.test_size),
        "test_labels": _plain(campaign.test_labels),
    }
    state = State()
    state.settings = settings
    tests = _tests_events(now, campaign.test_size, state, ids, 0, False)
    return [
        Event(0, now, "created", settings),
        _rows_event(now, ids, fingerprints(X)),
        *tests,
        _stop_set_event(now, settings["seed"], ids, tests),
    ]


def _stop_set_event(now, seed, ids, tests):
    """A random sample outside of the test set, on which rounds are compared."""
    barred = {id for event in tests for id in event.data["ids"]}
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(STOP_SET, 0)))
    places = rng.permutation(len(ids))[: STOP_ROWS + len(barred)].tolist()
    chosen = [ids[place] for place in places if ids[place] not in barred]
    return Event(0, now, "stop_set", {"ids": chosen[:STOP_ROWS]})


def _plain(number):
    """A number of Python's own, which JSON has."""
    return number.item() if isinstance(number, np.generic) else number


def _entropy(random_state):
    if random_state is None:
        return np.random.SeedSequence().entropy
    return int(check_random_state(random_state).randint(2**31 - 1))


def _rows_event(now, ids, prints):
    if isinstance(ids, range):
        return Event(0, now, "rows", {"range": [ids.start, ids.stop]}, packed(prints))
    return Event(0, now, "rows", {"ids": list(ids)}, packed(prints))


def _tests_events(now, test_size, state, ids, first, share_only):
    """The random test set among new rows; of rows added later, a share only."""
    if share_only and not isinstance(test_size, float):
        return []
    size = n_tests(test_size, len(ids))
    if not size:
        return []
    seed = np.random.SeedSequence(state.settings["seed"], spawn_key=(TEST, first))
    places = np.random.default_rng(seed).choice(len(ids), size, replace=False)
    chosen = [ids[place] for place in places.tolist()]
    return [Event(0, now, "tests", {"ids": chosen})]


def _go_on(campaign, store, X, ids, classes, now):
    """Hold data and settings against the file's; write down what is new."""
    state = State().apply(store.read())
    prints = check_same(state.settings["data"], _prints(state), X, ids)
    gone = state.place.keys() - set(ids)
    if gone:
        first = next(id for id in state.ids if id in gone)
        raise ValueError(
            f"this is not the X of the campaign: {len(gone)} of its {len(state.ids)} "
            f"rows are missing, the first the one with id {first!r}"
        )
    _check_settings(campaign, state, classes)
    places = [place for place, id in enumerate(ids) if id not in state.place]
    events = []
    if places:
        new = [ids[place] for place in places]
        events.append(_rows_event(now, new, prints[places]))
        size, first = campaign.test_size, len(state.ids)
        events += _tests_events(now, size, state, new, first, True)
    if classes is not None:
        task = state.settings["task"]
        labels = [as_label(label, task, []) for label in classes]
        events.append(Event(0, now, "classes", {"classes": labels}))
    events.append(Event(0, now, "opened", _session(campaign)))
    store.append(*events)


def _check_settings(campaign, state, classes):
    """Raise where the file was made for something else."""
    task, was = task_of(campaign.strategy, classes), state.settings["task"]
    if task not in ("any", was) and was != "any":
        raise ValueError(
            f"{campaign.path} was made for {was}, and the strategy is for {task}"
        )
    for name in ("test_size", "test_labels"):
        given, made = getattr(campaign, name), state.settings[name]
        if given != made:
            raise ValueError(
                f"{name}={given}, and {campaign.path} was made with {name}={made}: a "
                "test set is drawn once"
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


def _prints(state):
    return dict(zip(state.ids, state.prints.tolist(), strict=True))
