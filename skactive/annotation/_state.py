"""State of a campaign, computed from its events; layer 6.

`take_in`, in ``_fold``, updates it by one event after another; no other code changes
it. A state that was updated as events happened equals one that is computed from the
file.
"""

from collections import Counter
from collections.abc import Collection
from typing import Any

import numpy as np

from skactive.annotation._events import Event
from skactive.annotation._records import Act, Failure, Lease, Round

__all__ = ["PRIOR", "State"]

PRIOR = "prior"  # annotator of labels that came with the data
OVER = ("unsure", "unusable")  # reasons to skip after which an annotator is done


class State:
    """Rows, answers, leases, rounds and the ranking of a campaign.

    Attributes
    ----------
    seq : int
        Number of the last event.
    settings : dict
        Settings with which the campaign was created.
    session : dict
        Settings with which it was last opened.
    overlap : int
        Number of answers wanted for each row.
    ids : list
        Ids of the rows, in the order in which they were added.
    prints : ndarray of uint64
        Fingerprints of the rows.
    given : list
        Classes given by the user.
    used : Counter
        Number of valid answers by label, in the order of first use.
    acts : dict of (id, annotator) to list of Act
        Valid answers and skips, with edits after what they replace.
    by : dict of annotator to list of id
        Rows in the order of an annotator's actions, for undo.
    current : dict of id to dict of annotator to Act
        The last entry of each list in `acts`.
    leases : dict of id to dict of annotator to Lease
        Tasks that are handed out, including expired ones.
    unfinished : dict of id to None
        Rows that were asked and need more answers, in order.
    ranking : list of (id, score)
        Ranked rows of the last round.
    tests : dict of id to None
        Rows of the test set, in the order in which they are asked.
    drawn : list of (id, q)
        Test rows that were drawn, with the probability of each, in order.
    stop_set : list
        Rows on which predictions are compared between rounds.
    rounds : list of Round
        The fits so far.
    failure : Failure or None
        Error of the last fit, if it failed.
    touched : int
        Number of the last event that may affect a fit.
    changes : int
        Number of answers and undone answers outside the test set.
    tried : int
        Value of `changes` when the last ranking was started.
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
        """Number of the round that made the ranking; 0 in the cold start."""
        return self.rounds[-1].number if self.rounds else 0

    @property
    def classes(self) -> list[Any]:
        """The classes given by the user, then those added by valid answers."""
        added = [label for label, times in self.used.items() if times > 0]
        return list(dict.fromkeys([*self.given, *added]))

    def answers(self, id: Any) -> dict[str, Act]:
        """Valid answers to a row by annotator."""
        acts = self.current.get(id, {})
        return {name: act for name, act in acts.items() if act.label is not None}

    @property
    def draws_tests(self) -> bool:
        """Whether test rows are drawn, instead of labelling all of them."""
        return self.settings["test_labels"] is not None

    @property
    def asked_tests(self) -> Collection[Any]:
        """Test rows that are to be labelled, in order."""
        return [id for id, _ in self.drawn] if self.draws_tests else self.tests.keys()

    def is_given_up(self, id: Any) -> bool:
        """Whether a row was skipped for good by someone and has no answer."""
        acts = self.current.get(id, {}).values()
        reasons = {act.reason for act in acts}
        return not self.answers(id) and bool(reasons & set(OVER))

    def is_unusable(self, id: Any) -> bool:
        """Whether an annotator marked a row as unusable."""
        acts = self.current.get(id, {})
        return any(act.reason == "unusable" for act in acts.values())

    def is_over(self, id: Any, annotator: str) -> bool:
        """Whether an annotator has answered a row, or will not be asked again."""
        act = self.current.get(id, {}).get(annotator)
        return act is not None and (act.label is not None or act.reason in OVER)

    def out(self, id: Any, now: float) -> dict[str, Lease]:
        """Leases of a row that have not expired."""
        leases = self.leases.get(id, {})
        return {name: lease for name, lease in leases.items() if lease.until > now}

    def is_finished(self, id: Any) -> bool:
        """Whether a row has all its answers, or cannot be labelled."""
        answers = self.answers(id)
        wanted = len(answers) < self.overlap and PRIOR not in answers
        return not wanted or self.is_unusable(id)

    def touch(self, id: Any) -> None:
        """Update whether a row needs more answers, after something about it changed."""
        self.asked.add(id)
        if self.is_finished(id):
            self.unfinished.pop(id, None)
        else:
            self.unfinished.setdefault(id)

    def set_current(self, id: Any, annotator: str) -> None:
        """Update an annotator's valid action on a row from `acts`."""
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
        """Record an action, which ends the annotator's lease."""
        lease = self.leases.get(id, {}).pop(annotator, None)
        act = Act(event.seq, event.time, id, annotator, lease=lease, **content)
        self.acts.setdefault((id, annotator), []).append(act)
        self.set_current(id, annotator)
        if annotator != PRIOR:
            self.by.setdefault(annotator, []).append(id)
