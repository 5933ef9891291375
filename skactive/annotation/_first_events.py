"""Events with which a file begins, and those of new rows; layer 6."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from skactive._utils.scikit_learn import n_rows
from skactive.annotation._events import Event
from skactive.annotation._fingerprint import describe_data, fingerprints, packed
from skactive.annotation._model import task_of
from skactive.annotation._settings import n_tests
from skactive.annotation._state import State

__all__ = ["first_events", "prints_of", "rows_event", "tests_events"]

TEST, STOP_SET = 0, 4  # keys of the seeds for these samples
STOP_ROWS = 500


def prints_of(state: State) -> dict[Any, int]:
    """Fingerprints of all rows by id."""
    return dict(zip(state.ids, state.prints.tolist(), strict=True))


def first_events(
    campaign: Any,
    X: Any,
    ids: Sequence[Any],
    classes: Sequence[Any] | None,
    random_state: Any,
    now: float,
) -> list[Event]:
    """Make the events with which a new file begins."""
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
    tests = tests_events(now, campaign.test_size, state, ids, 0, False)
    return [
        Event(0, now, "created", settings),
        rows_event(now, ids, fingerprints(X)),
        *tests,
        _stop_set_event(now, settings["seed"], ids, tests),
    ]


def _stop_set_event(now, seed, ids, tests):
    """Draw a random sample outside the test set, for stopping criteria."""
    barred = {id for event in tests for id in event.data["ids"]}
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(STOP_SET, 0)))
    # enough rows that STOP_ROWS are left when test rows are taken out
    places = rng.permutation(len(ids))[: STOP_ROWS + len(barred)].tolist()
    chosen = [ids[place] for place in places if ids[place] not in barred]
    return Event(0, now, "stop_set", {"ids": chosen[:STOP_ROWS]})


def _plain(number):
    """Convert a NumPy number to Python's, which JSON can store."""
    return number.item() if isinstance(number, np.generic) else number


def _entropy(random_state):
    if random_state is None:
        return np.random.SeedSequence().entropy
    return int(check_random_state(random_state).randint(2**31 - 1))


def rows_event(now: float, ids: Sequence[Any], prints: np.ndarray) -> Event:
    """Make the event of new rows."""
    if isinstance(ids, range):
        return Event(0, now, "rows", {"range": [ids.start, ids.stop]}, packed(prints))
    return Event(0, now, "rows", {"ids": list(ids)}, packed(prints))


def tests_events(
    now: float,
    test_size: Any,
    state: State,
    ids: Sequence[Any],
    first: int,
    share_only: bool,
) -> list[Event]:
    """Draw a random test set among new rows; later rows only add a fraction."""
    if share_only and not isinstance(test_size, float):
        return []
    size = n_tests(test_size, len(ids))
    if not size:
        return []
    seed = np.random.SeedSequence(state.settings["seed"], spawn_key=(TEST, first))
    places = np.random.default_rng(seed).choice(len(ids), size, replace=False)
    chosen = [ids[place] for place in places.tolist()]
    return [Event(0, now, "tests", {"ids": chosen})]
