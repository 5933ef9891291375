"""Progress of a campaign: counts, speed and costs; layer 6."""

from collections.abc import Iterator
from statistics import median
from typing import Any

import numpy as np

from skactive.annotation._records import Act
from skactive.annotation._state import PRIOR, State

__all__ = ["costs", "events_of_people", "progress"]


def progress(state: State, now: float, pause: float) -> dict[str, Any]:
    """Compute the progress of a campaign.

    Parameters
    ----------
    state : State
        State of the campaign.
    now : float
        The present time.
    pause : float
        Seconds between two answers of an annotator that count as a break.

    Returns
    -------
    dict
        The entries described in `Campaign.progress`.
    """
    labelled = [id for id in state.current if state.answers(id)]
    n_test = sum(id in state.tests for id in labelled)
    unusable = sum(state.is_unusable(id) for id in state.current)
    unlabelled = [id for id in state.current if not state.answers(id)]
    left = len(state.ids) - len(labelled) - sum(map(state.is_unusable, unlabelled))
    left -= len(state.tests) - len(state.asked_tests)
    people = {name: _person(acts, pause) for name, acts in _by_person(state).items()}
    rate = sum(person["rate"] for person in people.values() if person["active"])
    return {
        "rows": len(state.ids),
        "labelled": len(labelled) - n_test,
        "left": left,
        "test_size": len(state.tests),
        "test_labelled": n_test,
        "answers": sum(person["answers"] for person in people.values()),
        "unusable": unusable,
        "out": sum(bool(state.out(id, now)) for id in state.unfinished),
        "annotators": people,
        "rate": rate,
        "hours_left": left * state.overlap / rate if rate else np.nan,
        "spent": sum(costs(state)),
        "round": state.round,
        "curve": curve(state),
        "failure": state.failure,
    }


def curve(state: State) -> list[dict[str, Any]]:
    """Score on the test set for each round."""
    return [
        {
            "round": r.number,
            "n_labels": r.n_labels,
            "score": r.score,
            "score_error": r.score_error,
            "n_test": r.n_test,
        }
        for r in state.rounds
    ]


def _by_person(state: State) -> dict[str, list[Act]]:
    """Actions of each annotator in order, without labels that came with the data."""
    people: dict[str, list[Act]] = {name: [] for name in state.by if name != PRIOR}
    for (_, name), acts in state.acts.items():
        if name != PRIOR:
            people[name] += acts
    return {name: sorted(acts) for name, acts in people.items()}


def _person(acts, pause):
    """Counts of an annotator, and answers per hour of work."""
    answers = [act for act in acts if act.label is not None]
    gaps = np.diff([act.time for act in acts])
    worked = gaps[gaps <= pause]
    seconds = [act.seconds for act in answers if act.seconds is not None]
    # skips take time as well, but are not answers
    share = len(answers) / len(acts) if acts else 0.0
    hours = worked.sum() / 3600
    return {
        "answers": len(answers),
        "unsure": sum(act.reason == "unsure" for act in acts),
        "later": sum(act.reason == "later" for act in acts),
        "unusable": sum(act.reason == "unusable" for act in acts),
        "seconds": median(seconds) if seconds else np.nan,
        "rate": float(share * len(worked) / hours) if hours else 0.0,
        "active": bool(acts),
    }


def costs(state: State) -> Iterator[float]:
    """Costs paid: one for each answer, including those edited later."""
    for acts in state.acts.values():
        paid = [act.cost for act in acts if act.cost is not None]
        yield max(paid, default=0.0)  # edits of an answer cost nothing


def events_of_people(state: State) -> list[dict[str, Any]]:
    """List the actions of annotators in order, except undone ones.

    Parameters
    ----------
    state : State
        State of the campaign.

    Returns
    -------
    list of dict
        The entries described in `Campaign.history`.
    """
    found = [
        _entry(act, act is acts[-1]) for acts in state.acts.values() for act in acts
    ]
    return sorted(found, key=lambda entry: entry["seq"])


def _entry(act, is_current):
    entry = act._asdict()
    del entry["lease"]
    return {**entry, "current": is_current}
