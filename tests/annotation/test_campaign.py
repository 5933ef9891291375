"""Campaigns: queries, answers, and the file on disk."""

import threading

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

from skactive import Margin
from skactive.annotation import Campaign


def ids(tasks):
    return [task.id for task in tasks]


def test_a_campaign_goes_on_where_it_was(opened, answer, y):
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


def test_the_model_is_fitted_again_after_opening(opened, answer):
    campaign = opened()
    answer(campaign, "ann", 5)
    before = campaign.refit().estimator_.theta_
    after = opened().estimator_.theta_
    np.testing.assert_array_equal(before, after)


def test_open_tasks_are_repeated_and_nobody_else_has_them(opened):
    campaign = opened()
    first = campaign.ask("ann", 3)
    assert campaign.ask("ann", 3) == first
    assert campaign.ask("ann", 1) == first[:1]
    assert not set(ids(first)) & set(ids(campaign.ask("bob", 10)))


def test_leases_expire(opened, clock):
    campaign = opened(clock=clock, lease=60)
    first = campaign.ask("ann", 2)
    clock.now += 59
    assert not set(ids(first)) & set(ids(campaign.ask("bob", 2)))
    clock.now += 2
    assert ids(campaign.ask("cat", 2)) == ids(first)


def test_two_people_for_each_row(opened, answer):
    campaign = opened(overlap=2)
    first = answer(campaign, "ann", 3)
    assert not set(ids(first)) & set(ids(campaign.ask("ann", 3)))
    assert ids(answer(campaign, "bob", 3)) == ids(first)
    assert not set(ids(first)) & set(ids(campaign.ask("cat", 9)))


def test_undo_gives_the_task_back(opened, answer):
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


def test_the_test_set_is_first_and_not_trained_on(opened, answer):
    campaign = opened(test_size=4)
    tests = answer(campaign, "ann", 4)
    assert set(ids(tests)) == set(campaign.test_ids_)
    answer(campaign, "ann", 5)
    (done,) = campaign.refit().rounds_
    assert (done.n_labels, done.n_test) == (5, 4)
    assert 0 <= done.score <= 1


def test_readers_see_what_is_written(opened, tmp_path, answer):
    campaign = opened()
    with Campaign(tmp_path / "c.sqlite") as reader:
        assert len(reader.labels()) == 0
        answer(campaign, "ann", 3)
        assert len(reader.labels()) == 3
        assert reader.progress()["labelled"] == 3
        with pytest.raises(RuntimeError, match="reading only"):
            reader.ask("ann")


def test_a_short_lease_is_renewed_when_it_is_asked_for_again(opened, clock):
    campaign = opened(clock=clock, lease=60)
    (task,) = campaign.ask("ann")
    for _ in range(5):
        clock.now += 40
        assert campaign.ask("ann") == [task]
        assert campaign.ask("bob") != [task]


def test_everything_is_asked_once_then_nothing(opened, y):
    campaign = opened()
    seen = []
    while tasks := campaign.ask("ann", 7):
        seen += ids(tasks)
        for task in tasks:
            campaign.tell(task.id, y[task.row], "ann")
    assert sorted(seen) == list(range(200))
    assert campaign.ask("bob") == []
    assert campaign.progress()["left"] == 0


def test_a_dry_queue_gives_random_rows(opened):
    campaign = opened(n=2, reserve=0, initial="random")
    tasks = campaign.ask("ann", 6)
    assert [task.rank for task in tasks] == [0, 1, -1, -1, -1, -1]
    assert np.isnan([task.score for task in tasks[2:]]).all()
    assert len(set(ids(tasks))) == 6


def test_later_is_last_of_the_ranking(opened, X):
    campaign = opened(X[:3])
    first, second, third = campaign.ask("ann", 3)
    campaign.skip(first.id, "ann", "later")
    assert campaign.ask("ann", 3) == [second, third, first]


def test_classes_are_added_by_answers_and_go_with_them(opened):
    campaign = opened(classes=["a", "b"])
    (task,) = campaign.ask("ann")
    campaign.tell(task.id, "c", "ann")
    assert campaign.classes_ == ["a", "b", "c"]
    campaign.undo("ann")
    assert campaign.classes_ == ["a", "b"]
    with pytest.raises(ValueError, match="label 3 is a int"):
        campaign.tell(task.id, 3, "ann")


def test_the_same_answer_sent_twice_is_one(opened):
    campaign = opened()
    (task,) = campaign.ask("ann")
    for _ in range(2):
        campaign.tell(task.id, np.int64(3), "ann", note="sure")
    assert len(campaign.history()) == 1


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda c: c.tell(999, 1, "ann"), ValueError, "id=999 is not the id of a row"),
        (lambda c: c.tell(0, None, "ann"), TypeError, "skip it"),
        (lambda c: c.tell(0, np.nan, "ann"), ValueError, "skip it"),
        (lambda c: c.tell(0, [1], "ann"), TypeError, "text or a number"),
        (lambda c: c.tell(0, 1, ""), ValueError, "must not be empty"),
        (lambda c: c.tell(0, 1, "prior"), ValueError, "came with the data"),
        (lambda c: c.tell(0, 1, 7), TypeError, "annotator must be text"),
        (lambda c: c.tell(0, 1, "ann", seconds=-1), ValueError, "seconds"),
        (lambda c: c.tell(0, 1, "ann", note=3), TypeError, "note must be text"),
        (lambda c: c.tell(1.5, 1, "ann"), TypeError, "ids must be integers or strings"),
        (lambda c: c.skip(0, "ann", "bored"), ValueError, "unsure"),
        (lambda c: c.ask("ann", 0), ValueError, "n=0"),
        (lambda c: c.ask("ann", True), TypeError, "n must be an integer"),
    ],
)
def test_wrong_calls_are_refused_and_leave_no_trace(opened, call, error, message):
    campaign = opened()
    with pytest.raises(error, match=message):
        call(campaign)
    assert campaign.history() == []


def test_five_people_at_once_are_never_asked_the_same(opened, y):
    campaign = opened()
    asked = {name: [] for name in "abcde"}

    def work(name):
        for _ in range(15):
            for task in campaign.ask(name, 2):
                asked[name].append(task.id)
                campaign.tell(task.id, y[task.row], name)

    threads = [threading.Thread(target=work, args=name) for name in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = [id for got in asked.values() for id in got]
    assert len(everything) == len(set(everything)) == 150
    assert sorted(campaign.labels()["id"]) == sorted(everything)
    assert campaign.progress()["failure"] is None


def test_asking_does_not_wait_for_a_fit(opened, answer):
    hold, fitting = threading.Event(), threading.Event()

    class Slow(GaussianNB):
        def fit(self, X, y):
            fitting.set()
            assert hold.wait(30)
            return super().fit(X, y)

    campaign = opened(strategy=Margin(Slow(var_smoothing=0.1)))
    answer(campaign, n=5)
    assert fitting.wait(30)
    during = answer(campaign, n=3)
    assert [task.round for task in during] == [0, 0, 0]
    hold.set()
    assert campaign.refit().ask("ann")[0].round == 2
    assert len(campaign.rounds_) == 2


def test_rows_and_labels_are_added(opened, X, y):
    campaign = opened(X[:100])
    campaign.add(X[100:150])
    campaign.add(X[:20], range(20), [*y[:10], *[None] * 10])
    assert campaign.progress()["rows"] == 150
    assert campaign.progress()["labelled"] == 10
    assert set(campaign.labels()["annotator"]) == {"prior"}
    assert campaign.ask("ann")[0].round == 1
    assert not set(range(10)) & set(ids(campaign.ask("ann", 200)))
    # next week, all of it is given; what came since is added
    campaign = opened(X)
    assert campaign.progress()["rows"] == 200
    assert campaign.progress()["labelled"] == 10


def test_another_X_is_refused(opened, X):
    opened()
    other = X.copy()
    other[7, 3] += 1
    with pytest.raises(
        ValueError, match=r"1 of its rows have changed, the first .* id 7"
    ):
        opened(other)
    with pytest.raises(ValueError, match="20 of its 200 rows are missing"):
        opened(X[:180])
    with pytest.raises(ValueError, match="dtype is float32, but was float64"):
        opened(X.astype(np.float32))
    with pytest.raises(ValueError, match="shape of a row"):
        opened(X[:, :5])
    with pytest.raises(ValueError, match="container"):
        opened(X.tolist())
    assert opened(X).progress()["rows"] == 200  # refusing left no lock


def test_rows_are_known_by_their_ids_in_any_order(opened, X, y):
    names = np.array([f"r{i}" for i in range(200)])
    campaign = opened(ids=names)
    tasks = campaign.ask("ann", 4)
    for task in tasks:
        campaign.tell(task.id, y[task.row], "ann")
    back = np.arange(200)[::-1]
    campaign = opened(X[back], ids=names[back])
    rows = campaign.labels()["row"]
    assert rows.tolist() == [199 - task.row for task in tasks]
    assert campaign.refit().progress()["failure"] is None


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"strategy": GaussianNB()}, TypeError, "has no query"),
        ({"n": 0}, ValueError, "n=0"),
        ({"reserve": -1}, ValueError, "reserve"),
        ({"overlap": 1.5}, TypeError, "overlap"),
        ({"lease": 0}, ValueError, "lease"),
        ({"budget": 3}, ValueError, "budget needs cost"),
        ({"initial": "best"}, ValueError, "initial"),
        ({"consensus": "loudest"}, ValueError, "consensus"),
        ({"test_size": 200}, ValueError, "leaves none"),
        ({"test_size": 1.5}, ValueError, "fraction"),
        ({"ids": [1, 2]}, ValueError, "there are 2 for 200"),
        ({"ids": [0, *range(199)]}, ValueError, "0 is repeated"),
        ({"ids": np.arange(200) / 2}, TypeError, "ids must be integers or strings"),
        ({"cost": -1}, ValueError, "positive"),
        ({"X": {"a": [1]}}, TypeError, "dictionary"),
    ],
)
def test_wrong_settings_are_refused_and_make_no_file(
    opened, tmp_path, settings, error, message
):
    with pytest.raises(error, match=message):
        opened(**settings)
    assert not (tmp_path / "c.sqlite").exists()


def test_there_is_nothing_to_read(tmp_path):
    with pytest.raises(FileNotFoundError, match="pass a strategy and X"):
        Campaign(tmp_path / "none.sqlite")


def test_a_closed_campaign_says_so(opened):
    campaign = opened()
    campaign.close()
    with pytest.raises(RuntimeError, match="is closed"):
        campaign.ask("ann")
    campaign.close()
