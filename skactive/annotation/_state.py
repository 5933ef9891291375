"""What the events of a campaign come to: every table is a view of them; layer 6.

`take_in`, of the file beside, takes one event after the other; no other code changes a
state. One that was kept up to date equals one that is built from the file anew.
"""

from collections import Counter
from collections.abc import Collection
from typing import Any

import numpy as np

from skactive.annotation._events import Event
from skactive.annotation._records import Act, Failure, Lease, Round

__all__ = ["PRIOR", "State"]

PRIOR = "prior"  # who gave the labels that came with the data
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

    def touch(self, id: Any) -> None:
        """Note whether a row is wanted still, after something about it changed."""
        self.asked.add(id)
        if self.is_finished(id):
            self.unfinished.pop(id, None)
        else:
            self.unfinished.setdefault(id)

    def set_current(self, id: Any, annotator: str) -> None:
        """Bring what stands of a person and a row up to date with `acts`."""
        acts, current = self.acts[id, annotator], self.current.setdefault(id, {})
        before = current.pop(annotator, None)
        if before is not None and before.label is not None:
            self.used[before.label] -= 1
        if acts:
            current[annotator] = acts[-1]
            if acts[-1].label is not None:
                self.used[acts[-1].label] += 1
        self.touch(id)

    def act(self, event: Event, id: Any, annotator: str, **content: Any) -> None:
        """Note what a person did, which ends the lease."""
        lease = self.leases.get(id, {}).pop(annotator, None)
        act = Act(event.seq, event.time, id, annotator, lease=lease, **content)
        self.acts.setdefault((id, annotator), []).append(act)
        self.set_current(id, annotator)
        if annotator != PRIOR:
            self.by.setdefault(annotator, []).append(id)
