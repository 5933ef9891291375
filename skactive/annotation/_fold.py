"""Update the state of a campaign by events of each kind; layer 6."""

import zlib
from collections.abc import Iterable

import numpy as np

from skactive.annotation._events import Event
from skactive.annotation._records import Failure, Lease, Round
from skactive.annotation._state import PRIOR, State

__all__ = ["take_in"]

OF_FITS = ("ranking", "round", "failed")


def take_in(state: State, events: Iterable[Event]) -> State:
    """Update a state by events, in order.

    Parameters
    ----------
    state : State
        The state, which is changed.
    events : iterable of Event
        New events.

    Returns
    -------
    State
        The same state.
    """
    for event in events:
        TAKE_IN[event.kind](state, event)
        state.seq = event.seq
        if event.kind not in OF_FITS:
            state.touched = event.seq
    return state


def _created(state: State, event: Event) -> None:
    state.settings = event.data


def _opened(state: State, event: Event) -> None:
    state.session = event.data
    state.overlap = event.data["overlap"]
    for id in state.asked:
        state.touch(id)


def _classes(state: State, event: Event) -> None:
    known = set(state.given)
    state.given += [label for label in event.data["classes"] if label not in known]


def _rows(state: State, event: Event) -> None:
    data = event.data
    ids = range(*data["range"]) if "range" in data else data["ids"]
    state.place.update((id, i) for i, id in enumerate(ids, len(state.ids)))
    state.ids.extend(ids)
    prints = np.frombuffer(zlib.decompress(event.blob or b""), dtype="<u8")
    state.prints = np.concatenate([state.prints, prints])


def _tests(state: State, event: Event) -> None:
    state.tests.update(dict.fromkeys(event.data["ids"]))


def _stop_set(state: State, event: Event) -> None:
    state.stop_set = event.data["ids"]


def _drawn(state: State, event: Event) -> None:
    state.drawn.extend(zip(event.data["ids"], event.data["q"], strict=True))


def _asked(state: State, event: Event) -> None:
    for order, (id, rank, score, number) in enumerate(event.data["tasks"]):
        score = np.nan if score is None else score
        lease = Lease(event.data["until"], rank, score, number, (event.seq, order))
        state.leases.setdefault(id, {})[event.data["annotator"]] = lease
        state.touch(id)


def _renewed(state: State, event: Event) -> None:
    for id in event.data["ids"]:
        leases, name = state.leases[id], event.data["annotator"]
        leases[name] = leases[name]._replace(until=event.data["until"])


def _answer(state: State, event: Event) -> None:
    state.act(event, **event.data)
    state.changes += event.data["id"] not in state.tests


def _skip(state: State, event: Event) -> None:
    before = state.answers(event.data["id"])
    state.act(event, **event.data)
    # a skip that replaces an answer changes the labels
    taken_back = event.data["annotator"] in before
    state.changes += taken_back and event.data["id"] not in state.tests


def _prior(state: State, event: Event) -> None:
    for id, label in zip(event.data["ids"], event.data["labels"], strict=True):
        state.act(event, id, PRIOR, label=label)
        state.changes += id not in state.tests


def _undo(state: State, event: Event) -> None:
    name = event.data["annotator"]
    id = state.by[name].pop()
    act = state.acts[id, name].pop()
    state.set_current(id, name)
    lease = act.lease or Lease(0, -1, np.nan, state.round, (0, 0))
    # before all other tasks, as the annotator expects it next
    lease = lease._replace(until=event.data["until"], order=(-event.seq, 0))
    if not state.acts[id, name]:  # else an earlier answer is valid again
        state.leases.setdefault(id, {})[name] = lease
    state.changes += act.label is not None and id not in state.tests


def _ranking(state: State, event: Event) -> None:
    data = event.data
    state.tried = data["changes"]
    scores = [np.nan if score is None else score for score in data["scores"]]
    state.ranking = list(zip(data["ids"], scores, strict=True))
    state.failure = None


def _round(state: State, event: Event) -> None:
    _ranking(state, event)
    state.rounds.append(Round.of_event(event))


def _failed(state: State, event: Event) -> None:
    state.tried = event.data["changes"]
    state.failure = Failure(event.time, event.data["error"], event.data["traceback"])


TAKE_IN = {
    "created": _created,
    "opened": _opened,
    "classes": _classes,
    "rows": _rows,
    "tests": _tests,
    "stop_set": _stop_set,
    "drawn": _drawn,
    "asked": _asked,
    "renewed": _renewed,
    "answer": _answer,
    "skip": _skip,
    "prior": _prior,
    "undo": _undo,
    "ranking": _ranking,
    "round": _round,
    "failed": _failed,
}
