"""Stopping criteria of a campaign, computed from its events; layer 6.

They are updated with the rounds as stored, in the order of the file. After a restart,
they are in the same state as before.
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
    """Stopping criteria that monitor a campaign.

    Parameters
    ----------
    criteria : dict of str to StoppingCriterion
        Criteria by name, which are cloned.
    """

    def __init__(self, criteria: Mapping[str, Any]) -> None:
        self.criteria = {name: clone(rule) for name, rule in criteria.items()}

    def observe(self, state: State, event: Event) -> None:
        """Update the criteria if an event is a round, after updating `state`."""
        if event.kind != "round" or not self.criteria:
            return
        seen = _as_round(state, event)
        for rule in self.criteria.values():
            # a criterion skips rounds without its fields, such as a score before the
            # test set is labelled
            if all(seen[name] is not None for name in rule.needs):
                rule.update(seen)

    def report(self) -> dict[str, dict[str, Any]]:
        """For each criterion, where it stopped and the values that it monitored."""
        return {
            name: {
                "stopped_at": rule.stopped_at_,
                "history": [_plain(value) for value in rule.history_],
            }
            for name, rule in self.criteria.items()
        }


def named(stopping: Any) -> dict[str, Any]:
    """Criteria by name: the keys of a dictionary, or names of their classes.

    Parameters
    ----------
    stopping : StoppingCriterion, list or dict of them, or None
        See `Campaign`.

    Returns
    -------
    dict of str to StoppingCriterion
        Criteria by name; empty for None.
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
    """Make a round for stopping criteria from the stored one."""
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
        # answers that arrived during the fit belong to the next round
        labels=np.asarray(train[: data["n_labels"]]),
        n_points=len(state.ids) - len(state.tests),
        spent=sum(costs(state)),
    )


def as_blob(array: np.ndarray | None) -> bytes | None:
    """Convert an array to bytes for storage."""
    if array is None:
        return None
    file = io.BytesIO()
    np.save(file, array.astype(np.float32), allow_pickle=False)
    return file.getvalue()


def as_array(blob: bytes | None) -> np.ndarray | None:
    """Convert stored bytes to an array."""
    if blob is None:
        return None
    return np.load(io.BytesIO(blob), allow_pickle=False).astype(np.float64)
