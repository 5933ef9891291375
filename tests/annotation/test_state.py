"""The state updated by each event equals the state rebuilt from all events."""

import random

import numpy as np
import pytest

from skactive.annotation._events import Store
from skactive.annotation._fold import take_in
from skactive.annotation._state import State

PEOPLE = ("ann", "bob", "cat")


def as_values(state):
    values = dict(vars(state))
    values["prints"] = state.prints.tolist()
    values["used"] = {label: n for label, n in state.used.items() if n}
    values["current"] = {id: acts for id, acts in state.current.items() if acts}
    # NaN is not equal to itself, and prints the same
    return {name: repr(value) for name, value in values.items()}


@pytest.mark.parametrize("seed", range(5))
def test_whatever_people_do(opened, seed):
    chance = random.Random(seed)
    clock_steps = iter(range(10**9, 2 * 10**9, 200))
    campaign = opened(overlap=chance.randint(1, 2), clock=lambda: next(clock_steps))
    acts = {name: [] for name in PEOPLE}
    for _ in range(60):
        name = chance.choice(PEOPLE)
        act = chance.choice(["tell"] * 4 + ["skip", "undo", "edit", "ask"])
        if act == "undo":
            undone = campaign.undo(name)
            assert (undone is None) == (not acts[name])
            if acts[name]:
                assert undone.id == acts[name].pop()
        elif act == "edit" and acts[name]:
            id = chance.choice(acts[name])
            before = len(campaign.history())
            campaign.tell(id, chance.randint(0, 3), name)
            if len(campaign.history()) > before:  # else the label was the same
                acts[name].append(id)
        else:
            for task in campaign.ask(name, chance.randint(1, 2)):
                assert task.id not in done(campaign, name)
                if act == "tell":
                    campaign.tell(task.id, chance.randint(0, 3), name)
                elif act == "skip":
                    reason = chance.choice(["unsure", "later", "unusable"])
                    campaign.skip(task.id, name, reason)
                if act in ("tell", "skip"):
                    acts[name].append(task.id)
    campaign.close()
    store = Store(campaign.path, write=False)
    again = as_values(take_in(State(), store.read()))
    store.close()
    for name, value in as_values(campaign._state).items():
        assert again[name] == value, name


def done(campaign, name):
    """Rows that a person has answered or will not be asked again."""
    return {
        entry["id"]
        for entry in campaign.history()
        if entry["annotator"] == name
        and entry["current"]
        and entry["reason"] != "later"
    }


def test_an_answer_after_a_skip_stands_and_is_counted_once(opened):
    campaign = opened(classes=["a"])
    (task,) = campaign.ask("ann")
    campaign.skip(task.id, "ann", "unusable")
    campaign.tell(task.id, "a", "ann")
    assert campaign.labels()["label"].tolist() == ["a"]
    assert campaign.progress()["unusable"] == 0
    campaign.undo("ann")
    assert campaign.progress()["unusable"] == 1


def test_a_row_that_another_calls_unusable_is_not_trained_on(opened):
    campaign = opened(overlap=2)
    (task,) = campaign.ask("ann")
    campaign.tell(task.id, 1, "ann")
    campaign.skip(task.id, "bob", "unusable")
    assert len(campaign.labels("consensus")) == 0
    assert np.isin(task.id, campaign.ask("cat", 300)).sum() == 0
