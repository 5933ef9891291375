"""What stopping criteria say of a campaign: a view of its events too; layer 6.

They are shown each round as it was written down, in the order of the file: after a
restart they say what they said before.
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import clone

from skactive.annotation._agreement import settled, usable_answers
from skactive.annotation._events import Event
from skactive.annotation._progress import costs
from skactive.annotation._state import State
from skactive.stopping import Round

__all__ = ["Stopping", "as_array", "as_blob", "named"]


class Stopping:
    """Stopping criteria that follow a campaign.

    Parameters
    ----------
    criteria : dict of str to StoppingCriterion
        Cloned: each campaign has its own.
    """

    def __init__(self, criteria: Mapping[str, Any]) -> None:
        self.criteria = {name: clone(rule) for name, rule in criteria.items()}

    def observe(self, state: State, event: Event) -> None:
        """Take notice of an event that `state` has taken in; only rounds matter."""
        if event.kind != "round" or not self.criteria:
            return
        seen = _as_round(state, event)
        for rule in self.criteria.values():
            # without a score, as before the test set is labelled, there is no round
            if all(seen[name] is not None for name in rule.needs):
                rule.update(seen)

    def report(self) -> dict[str, dict[str, Any]]:
        """What each criterion says: where it stopped, and the figures it looks at."""
        return {
            name: {
                "stopped_at": rule.stopped_at_,
                "history": [_plain(value) for value in rule.history_],
            }
            for name, rule in self.criteria.items()
        }


def named(stopping: Any) -> dict[str, Any]:
    """Criteria by name: those of a dictionary, or of their classes.

    Parameters
    ----------
    stopping : StoppingCriterion, list or dict of them, or None
        As in `Campaign`.

    Returns
    -------
    dict of str to StoppingCriterion
        Empty for None.
    """
    if stopping is None:
        return {}
    if isinstance(stopping, Mapping):
        return dict(stopping)
    rules = stopping if isinstance(stopping, Sequence) else [stopping]
    names = [type(rule).__name__ for rule in rules]
    if len(set(names)) < len(names):
        names = [repr(rule) for rule in rules]
    return dict(zip(names, rules, strict=True))


def _plain(value):
    return [_plain(v) for v in value] if np.ndim(value) else float(value)


def _as_round(state, event):
    """What criteria may look at, of what was written down."""
    data = event.data
    stop = data["stop"]
    classes = None if stop is None else np.asarray(stop["classes"])
    answers = usable_answers(state)
    rule, task = state.session["consensus"], state.settings["task"]
    labels = settled(answers, rule, task, state.classes)
    train = [labels[id].label for id in labels if id not in state.tests]
    return Round(
        n_labels=data["n_labels"],
        predictions=None if stop is None else classes[stop["predictions"]],
        probabilities=as_array(event.blob),
        classes=classes,
        score=data["score"],
        # answers that came in while the model was fitted belong to the next round
        labels=np.asarray(train[: data["n_labels"]]),
        n_points=len(state.ids) - len(state.tests),
        spent=sum(costs(state)),
    )


def as_blob(array: np.ndarray | None) -> bytes | None:
    """An array as it is stored."""
    if array is None:
        return None
    file = io.BytesIO()
    np.save(file, array.astype(np.float32), allow_pickle=False)
    return file.getvalue()


def as_array(blob: bytes | None) -> np.ndarray | None:
    """An array that was stored."""
    if blob is None:
        return None
    return np.load(io.BytesIO(blob), allow_pickle=False).astype(np.float64)
