"""What the events of a campaign come to: every table is a view of them; layer 6.

`State.apply` takes one event after the other; no other code changes a state. A state
that was kept up to date equals one that is built from the file anew.
"""

import zlib
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from skactive.annotation._events import Event
from skactive.annotation._records import Act, Failure, Lease, Round

__all__ = ["PRIOR", "State"]

PRIOR = "prior"  # who gave the labels that came with the data
OF_FITS = ("ranking", "round", "failed")
OVER = ("unsure", "unusable")  # reasons to skip after which a person is not asked again


class State:
    """Rows, answers, leases, rounds and the ranking of a campaign.

    Attributes
    ----------
    seq : int
        Number of the last event.
    settings : dict
        What the campaign was made with.
    session : dict
        What it was last opened with.
    overlap : int
        Answers wanted of each row.
    ids : list
        Ids of the rows, in the order in which they came.
    prints : ndarray of uint64
        Fingerprint of each.
    given : list
        Classes that were given.
    used : Counter
        How often each label stands, in the order in which they were first used.
    acts : dict of (id, annotator) to list of Act
        What stands: answers and skips, edits after what they edit.
    by : dict of annotator to list of id
        The same in order, for undo.
    current : dict of id to dict of annotator to Act
        The last of `acts`.
    leases : dict of id to dict of annotator to Lease
        Tasks that are out; those that expired too.
    unfinished : dict of id to None
        Rows that were asked and have fewer answers than wanted, in order.
    ranking : list of (id, score)
        What is to be asked, of the last round.
    tests : dict of id to None
        Rows of the test set, in the order in which they are asked.
    drawn : list of (id, q)
        Test rows chosen with known probability, in order.
    stop_set : list
        Rows on which the predictions of rounds are compared.
    rounds : list of Round
        Fits.
    failure : Failure or None
        Why the last fit came to nothing.
    touched : int
        Number of the last event that a fit may have to take notice of.
    changes : int
        Answers and undone answers outside of the test set, so far.
    tried : int
        What `changes` was when the last ranking was begun.
    """

    def __init__(self) -> None:
        self.seq = 0
        self.settings: dict[str, Any] = {}
        self.session: dict[str, Any] = {}
        self.overlap = 1
        self.ids: list[Any] = []
        self.place: dict[Any, int] = {}
        self.prints = np.empty(0, dtype=np.uint64)
        self.given: list[Any] = []
        self.used: Counter[Any] = Counter()
        self.acts: dict[tuple[Any, str], list[Act]] = {}
        self.by: dict[str, list[Any]] = {}
        self.current: dict[Any, dict[str, Act]] = {}
        self.leases: dict[Any, dict[str, Lease]] = {}
        self.asked: set[Any] = set()
        self.unfinished: dict[Any, None] = {}
        self.ranking: list[tuple[Any, float]] = []
        self.tests: dict[Any, None] = {}
        self.drawn: list[tuple[Any, float]] = []
        self.stop_set: list[Any] = []
        self.rounds: list[Round] = []
        self.failure: Failure | None = None
        self.touched = self.changes = self.tried = 0

    def apply(self, events: Iterable[Event]) -> "State":
        """Take in events, in order; return the state."""
        for event in events:
            TAKE_IN[event.kind](self, event)
            self.seq = event.seq
            if event.kind not in OF_FITS:
                self.touched = event.seq
        return self

    @property
    def round(self) -> int:
        """Number of the round whose ranking is asked; 0 in the cold start."""
        return self.rounds[-1].number if self.rounds else 0

    @property
    def classes(self) -> list[Any]:
        """The classes given, then those that standing answers added."""
        added = [label for label, times in self.used.items() if times > 0]
        return list(dict.fromkeys([*self.given, *added]))

    def answers(self, id: Any) -> dict[str, Act]:
        """Standing answers to a row, by annotator."""
        acts = self.current.get(id, {})
        return {name: act for name, act in acts.items() if act.label is not None}

    @property
    def draws_tests(self) -> bool:
        """Whether a part of the test set is drawn, in place of labelling all of it."""
        return self.settings["test_labels"] is not None

    @property
    def asked_tests(self) -> Collection[Any]:
        """Rows of the test set that people are to label, in order."""
        return [id for id, _ in self.drawn] if self.draws_tests else self.tests.keys()

    def is_given_up(self, id: Any) -> bool:
        """Whether a row has no answer, and somebody could not give one."""
        acts = self.current.get(id, {}).values()
        reasons = {act.reason for act in acts}
        return not self.answers(id) and bool(reasons & set(OVER))

    def is_unusable(self, id: Any) -> bool:
        """Whether somebody said that a row cannot be labelled."""
        acts = self.current.get(id, {})
        return any(act.reason == "unusable" for act in acts.values())

    def is_over(self, id: Any, annotator: str) -> bool:
        """Whether a person has answered, or will not be asked again."""
        act = self.current.get(id, {}).get(annotator)
        return act is not None and (act.label is not None or act.reason in OVER)

    def out(self, id: Any, now: float) -> dict[str, Lease]:
        """Leases of a row that have not expired."""
        leases = self.leases.get(id, {})
        return {name: lease for name, lease in leases.items() if lease.until > now}

    def is_finished(self, id: Any) -> bool:
        """Whether a row has the answers it needs, or can have none."""
        answers = self.answers(id)
        wanted = len(answers) < self.overlap and PRIOR not in answers
        return not wanted or self.is_unusable(id)

    def _touch(self, id):
        """Note whether a row is wanted still, after something about it changed."""
        self.asked.add(id)
        if self.is_finished(id):
            self.unfinished.pop(id, None)
        else:
            self.unfinished.setdefault(id)

    def _set_current(self, id, annotator):
        acts, current = self.acts[id, annotator], self.current.setdefault(id, {})
        before = current.pop(annotator, None)
        if before is not None and before.label is not None:
            self.used[before.label] -= 1
        if acts:
            current[annotator] = acts[-1]
            if acts[-1].label is not None:
                self.used[acts[-1].label] += 1
        self._touch(id)

    def _act(self, event, id, annotator, **content):
        lease = self.leases.get(id, {}).pop(annotator, None)
        act = Act(event.seq, event.time, id, annotator, lease=lease, **content)
        self.acts.setdefault((id, annotator), []).append(act)
        self._set_current(id, annotator)
        if annotator != PRIOR:
            self.by.setdefault(annotator, []).append(id)


def _created(state: State, event: Event) -> None:
    state.settings = event.data


def _opened(state: State, event: Event) -> None:
    state.session = event.data
    state.overlap = event.data["overlap"]
    for id in state.asked:
        state._touch(id)


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
        state._touch(id)


def _renewed(state: State, event: Event) -> None:
    for id in event.data["ids"]:
        leases, name = state.leases[id], event.data["annotator"]
        leases[name] = leases[name]._replace(until=event.data["until"])


def _answer(state: State, event: Event) -> None:
    state._act(event, **event.data)
    state.changes += event.data["id"] not in state.tests


def _skip(state: State, event: Event) -> None:
    before = state.answers(event.data["id"])
    state._act(event, **event.data)
    # an answer that is taken back by a skip changes what is labelled
    taken_back = event.data["annotator"] in before
    state.changes += taken_back and event.data["id"] not in state.tests


def _prior(state: State, event: Event) -> None:
    for id, label in zip(event.data["ids"], event.data["labels"], strict=True):
        state._act(event, id, PRIOR, label=label)
        state.changes += id not in state.tests


def _undo(state: State, event: Event) -> None:
    name = event.data["annotator"]
    id = state.by[name].pop()
    act = state.acts[id, name].pop()
    state._set_current(id, name)
    lease = act.lease or Lease(0, -1, np.nan, state.round, (0, 0))
    # before all others: what was taken back is on the person's mind
    lease = lease._replace(until=event.data["until"], order=(-event.seq, 0))
    if not state.acts[id, name]:  # an edit taken back leaves an answer
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
