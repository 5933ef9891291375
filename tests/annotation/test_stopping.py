import json

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.naive_bayes import GaussianNB

from skactive import CoreSet, Margin
from skactive.annotation import Campaign
from skactive.annotation._stopping import as_array, as_blob, named
from skactive.stopping import (
    Budget,
    OverallUncertainty,
    Plateau,
    RecallTarget,
    Round,
    StabilizingPredictions,
)

ALL = {
    "kappa": StabilizingPredictions(0.5, window=2),
    "uncertainty": OverallUncertainty(),
    "both": Plateau(1) & Budget(labels=10),
    "recall": RecallTarget(3, starts="all"),
    "money": Budget(money=30.0),
}


def test_criteria_report_and_say_the_same_after_a_restart(opened, answer, tmp_path):
    settings = {"test_size": 10, "cost": 2.0, "stopping": ALL}
    campaign = opened(**settings)
    answer(campaign, n=10)
    for _ in range(5):
        answer(campaign)
        campaign.refit()
    found = campaign.progress()["stopping"]
    assert found["money"]["stopped_at"] == 5  # and 10 of the test set
    np.testing.assert_allclose(found["money"]["history"], np.arange(3, 8) / 3)
    assert {len(rule["history"]) for rule in found.values()} == {5}
    assert all(rule.stopped_at_ is None for rule in ALL.values())  # cloned
    json.dumps(found)
    again = opened(**settings)
    assert as_text(again) == json.dumps(found)
    answer(again)
    again.refit()
    assert len(again.progress()["stopping"]["kappa"]["history"]) == 6
    with Campaign(tmp_path / "c.sqlite", stopping=ALL) as reader:
        assert as_text(reader) == as_text(again)


def as_text(campaign):
    return json.dumps(campaign.progress()["stopping"])


def test_they_see_what_the_model_says_of_the_stop_set(opened, answer, X):
    class Watch(Budget):
        needs = ("predictions", "probabilities", "classes", "labels", "n_points")
        seen: list[Round] = []

        def update(self, round):
            self.seen.append(round)
            return super().update(round)

    campaign = opened(stopping=Watch(labels=99), test_size=20)
    answer(campaign, n=20)
    tasks = answer(campaign, n=5)
    model = campaign.refit().estimator_
    (seen,) = Watch.seen
    stop_set = X[campaign._state.stop_set]
    assert len(stop_set) == 180
    assert not set(campaign._state.stop_set) & set(campaign.test_ids_)
    np.testing.assert_array_equal(seen.predictions, model.predict(stop_set))
    proba = model.predict_proba(stop_set)
    np.testing.assert_allclose(seen.probabilities, proba, atol=1e-7)
    assert seen.classes.tolist() == model.classes_.tolist()
    labels = campaign.labels().set_index("id")["label"]
    assert seen.labels.tolist() == [labels[task.id] for task in tasks]
    assert (seen.n_labels, seen.n_points) == (5, 180)


@pytest.mark.parametrize(
    ("strategy", "rule", "message"),
    [
        (Margin(GaussianNB()), Plateau(), "Plateau needs a test set; pass test_size"),
        (Margin(GaussianNB()), Budget(money=3.0), "Budget needs costs"),
        (CoreSet(), StabilizingPredictions(), "needs a strategy with a classifier"),
        (Margin(RidgeClassifier()), OverallUncertainty(), "predict_proba"),
    ],
)
def test_what_a_criterion_cannot_have_is_said_at_once(opened, strategy, rule, message):
    with pytest.raises(ValueError, match=message):
        opened(strategy=strategy, stopping=rule)


def test_names():
    one, two = Budget(labels=3), Budget(labels=5)
    assert named(None) == {}
    assert named(one) == {"Budget": one}
    assert named([one, Plateau()]).keys() == {"Budget", "Plateau"}
    assert named([one, two]) == {"Budget(labels=3)": one, "Budget(labels=5)": two}
    assert named({"mine": one}) == {"mine": one}


def test_arrays_are_stored():
    array = np.array([[0.5, 0.25]])
    np.testing.assert_array_equal(as_array(as_blob(array)), array)
    assert as_array(as_blob(None)) is None
