"""What people are asked, what they answer, and what stays on disk."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from skactive import Margin
from skactive.annotation import Campaign

X, y = load_digits(return_X_y=True)
X, y = X[:200], y[:200]


class Clock:
    """A clock that is moved by hand."""

    def __init__(self):
        self.now = 1e9

    def __call__(self):
        return self.now


@pytest.fixture
def opened(tmp_path):
    """Open a campaign, again and again; all are closed at the end."""
    campaigns = []

    def open_(X=X, **kwargs):
        for campaign in campaigns:
            campaign.close()
        settings = {"n": 5, "reserve": 5, "random_state": 0, **kwargs}
        strategy = settings.pop("strategy", Margin(LogisticRegression()))
        campaign = Campaign(tmp_path / "c.sqlite", strategy, X, **settings)
        campaigns.append(campaign)
        return campaign

    yield open_
    for campaign in campaigns:
        campaign.close()


def answer(campaign, annotator, n):
    tasks = campaign.ask(annotator, n)
    for task in tasks:
        campaign.tell(task.id, y[task.row], annotator)
    return tasks


def ids(tasks):
    return [task.id for task in tasks]


def test_a_campaign_goes_on_where_it_was(opened):
    campaign = opened()
    first = answer(campaign, "ann", 5)
    campaign.refit()
    held = campaign.ask("ann", 2)
    campaign = opened()
    assert ids(campaign.ask("ann", 2)) == ids(held)
    labels = campaign.labels()
    assert list(labels.columns) == ["id", "row", "label", "annotator", "time"]
    assert labels["id"].tolist() == ids(first)
    assert labels["label"].tolist() == y[ids(first)].tolist()


def test_the_model_is_fitted_again_after_opening(opened):
    campaign = opened()
    answer(campaign, "ann", 5)
    before = campaign.refit().estimator_.coef_
    after = opened().estimator_.coef_
    np.testing.assert_array_equal(before, after)


def test_open_tasks_are_repeated_and_nobody_else_has_them(opened):
    campaign = opened()
    first = campaign.ask("ann", 3)
    assert campaign.ask("ann", 3) == first
    assert campaign.ask("ann", 1) == first[:1]
    assert not set(ids(first)) & set(ids(campaign.ask("bob", 10)))


def test_leases_expire(opened):
    clock = Clock()
    campaign = opened(clock=clock, lease=60)
    first = campaign.ask("ann", 2)
    clock.now += 59
    assert not set(ids(first)) & set(ids(campaign.ask("bob", 2)))
    clock.now += 2
    assert ids(campaign.ask("cat", 2)) == ids(first)


def test_two_people_for_each_row(opened):
    campaign = opened(overlap=2)
    first = answer(campaign, "ann", 3)
    assert not set(ids(first)) & set(ids(campaign.ask("ann", 3)))
    assert ids(answer(campaign, "bob", 3)) == ids(first)
    assert not set(ids(first)) & set(ids(campaign.ask("cat", 9)))


def test_undo_gives_the_task_back(opened):
    campaign = opened()
    first, second = answer(campaign, "ann", 2)
    campaign.skip(campaign.ask("ann")[0].id, "ann")
    assert campaign.undo("ann").id not in ids([first, second])
    assert campaign.undo("ann") == second
    assert campaign.ask("ann") == [second]
    assert campaign.labels()["id"].tolist() == [first.id]
    assert campaign.undo("bob") is None


def test_another_answer_is_an_edit_and_can_be_undone(opened):
    campaign = opened(classes=range(10))
    (task,) = campaign.ask("ann")
    campaign.tell(task.id, 3, "ann", note="blurred")
    campaign.tell(task.id, 8, "ann")
    assert campaign.labels()["label"].tolist() == [8]
    entries = [(e["label"], e["current"]) for e in campaign.history()]
    assert entries == [(3, False), (8, True)]
    campaign.undo("ann")
    assert campaign.labels()["label"].tolist() == [3]
    assert campaign.history()[0]["note"] == "blurred"


def test_reasons_to_skip(opened):
    campaign = opened()
    unsure, later, unusable = campaign.ask("ann", 3)
    campaign.skip(unsure.id, "ann")
    campaign.skip(later.id, "ann", "later")
    campaign.skip(unusable.id, "ann", "unusable")
    assert set(ids(campaign.ask("bob", 2))) == {unsure.id, later.id}
    everything = ids(campaign.ask("ann", 300))
    assert unsure.id not in everything
    assert unusable.id not in everything + ids(campaign.ask("bob", 300))


def test_the_test_set_is_first_and_not_trained_on(opened):
    campaign = opened(test_size=4)
    tests = answer(campaign, "ann", 4)
    assert set(ids(tests)) == set(campaign.test_ids_)
    answer(campaign, "ann", 5)
    (done,) = campaign.refit().rounds_
    assert (done.n_labels, done.n_test) == (5, 4)
    assert 0 <= done.score <= 1


def test_readers_see_what_is_written(opened, tmp_path):
    campaign = opened()
    with Campaign(tmp_path / "c.sqlite") as reader:
        assert len(reader.labels()) == 0
        answer(campaign, "ann", 3)
        assert len(reader.labels()) == 3
        assert reader.progress()["labelled"] == 3
        with pytest.raises(RuntimeError, match="reading only"):
            reader.ask("ann")
