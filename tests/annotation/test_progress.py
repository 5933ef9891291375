import json

import numpy as np
import pytest


def test_figures(opened, clock, y):
    campaign = opened(clock=clock, cost=np.arange(1.0, 201.0), refit_every=100)
    for k, task in enumerate(campaign.ask("ann", 6)):
        clock.now += 30
        if k == 5:
            clock.now += 3600  # lunch
        campaign.tell(task.id, y[task.row], "ann", seconds=20 + k)
        if k == 2:
            campaign.skip(campaign.ask("bob")[0].id, "bob")
    found = campaign.progress()
    told = campaign.labels()["row"] + 1.0
    assert found["spent"] == told.sum()
    assert (found["rows"], found["labelled"], found["left"]) == (200, 6, 194)
    assert found["annotators"]["ann"]["answers"] == 6
    assert found["annotators"]["ann"]["seconds"] == 22.5
    assert found["annotators"]["bob"] == {
        "answers": 0,
        "unsure": 1,
        "later": 0,
        "unusable": 0,
        "seconds": pytest.approx(np.nan, nan_ok=True),
        "rate": 0.0,
        "active": True,
    }
    assert found["rate"] == 120  # an answer in 30 seconds, lunch left out
    assert found["hours_left"] == pytest.approx(194 / 120)
    json.dumps(found)


def test_an_edit_is_not_paid_for_again(opened):
    campaign = opened(cost=2.5)
    (task,) = campaign.ask("ann")
    campaign.tell(task.id, 1, "ann")
    campaign.tell(task.id, 2, "ann")
    assert campaign.progress()["spent"] == 2.5
    campaign.undo("ann")
    campaign.undo("ann")
    assert campaign.progress()["spent"] == 0


def test_the_curve_is_of_the_test_set(opened, answer):
    campaign = opened(test_size=20)
    answer(campaign, n=20)
    for _ in range(3):
        answer(campaign)
        campaign.refit()
    curve = campaign.progress()["curve"]
    assert [point["n_labels"] for point in curve] == [5, 10, 15]
    assert all(0 < point["score"] <= 1 for point in curve)
    assert campaign.progress()["test_labelled"] == 20
    assert campaign.rounds_[-1].parameters["estimator__var_smoothing"] == "0.1"


def test_an_empty_campaign(opened):
    found = opened().progress()
    assert (found["answers"], found["rate"], found["curve"]) == (0, 0, [])
    assert np.isnan(found["hours_left"])
