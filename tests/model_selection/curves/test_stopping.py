import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge

from skactive import Entropy, RandomSampling
from skactive.model_selection import StrategySearchCV, active_learning_curve
from skactive.model_selection.curves._stopping import check_stopping
from skactive.stopping import (
    Budget,
    ClassificationChange,
    OverallUncertainty,
    Plateau,
    RecallTarget,
    Round,
    StabilizingPredictions,
)

X, Y = load_iris(return_X_y=True)
CRITERIA = {
    "kappa": StabilizingPredictions(threshold=0.9, window=2),
    "change": ClassificationChange(threshold=0.02),
    "uncertainty": OverallUncertainty(threshold=0.3),
    "recall": RecallTarget(2, starts="all"),
    "plateau": Plateau(patience=2),
    "budget": Budget(labels=18),
}
SMALL = {"n": 4, "rounds": 6, "cv": 2, "random_state": 0}
MODEL = LogisticRegression(C=10, max_iter=500)


class ByHand:
    """A user's callback that passes each round to the criteria."""

    def __init__(self, splits):
        self.splits, self.criteria, self.pool = splits, {}, {}

    def __call__(self, round_):
        train, _ = self.splits[round_.split]
        if round_.number == 0:
            self.pool[round_.split] = np.setdiff1d(train, round_.labelled)
            self.criteria[round_.split] = {n: clone(c) for n, c in CRITERIA.items()}
        stop_set = X[self.pool[round_.split]]
        seen = Round(
            len(round_.labelled),
            predictions=round_.strategy.predict(stop_set),
            probabilities=round_.strategy.predict_proba(stop_set),
            classes=round_.strategy.classes_,
            score=round_.scores["score"],
            labels=Y[round_.labelled],
            n_points=len(train),
        )
        for criterion in self.criteria[round_.split].values():
            criterion.update(seen)


@pytest.fixture(scope="module")
def splits():
    order = np.random.default_rng(0).permutation(150)
    return [(order[:100], order[100:]), (order[50:], order[:50])]


def test_same_as_by_hand(splits):
    by_hand = ByHand(splits)
    options = {**SMALL, "cv": splits, "callbacks": by_hand}
    curve = active_learning_curve(Entropy(MODEL), X, Y, stopping=CRITERIA, **options)
    for name, criteria in curve.stopping.items():
        for split, found in enumerate(criteria):
            expected = by_hand.criteria[split][name]
            np.testing.assert_array_equal(found.history_, expected.history_)
            assert found.stopped_at_ == expected.stopped_at_
    stopped = np.isfinite(np.stack(list(curve.stopped_at.values())))
    assert stopped.any()
    assert not stopped.all()


def test_a_run_with_criteria_is_the_run_without():
    plain = active_learning_curve(Entropy(MODEL), X, Y, **SMALL)
    watched = active_learning_curve(Entropy(MODEL), X, Y, stopping=CRITERIA, **SMALL)
    np.testing.assert_array_equal(plain.indices, watched.indices)
    np.testing.assert_array_equal(plain.scores["score"], watched.scores["score"])
    assert plain.stopped_at == {}
    for criterion in CRITERIA.values():
        assert criterion.stopped_at_ is None  # the user's own are left alone


def histories(curve):
    return {name: [c.history_ for c in cs] for name, cs in curve.stopping.items()}


@pytest.mark.parametrize("warm_start", [False, True])
@pytest.mark.parametrize("names", [list(CRITERIA), ["recall", "plateau", "budget"]])
def test_after_a_stop_and_from_a_finished_checkpoint(tmp_path, warm_start, names):
    options = {**SMALL, "warm_start": warm_start}
    criteria = {name: CRITERIA[name] for name in names}
    strategy = Entropy(MODEL)
    whole = active_learning_curve(strategy, X, Y, stopping=criteria, **options)
    # two rounds without criteria, then all with, then once more
    active_learning_curve(
        strategy, X, Y, checkpoint=tmp_path, **{**options, "rounds": 2}
    )
    for _ in range(2):
        again = active_learning_curve(
            strategy, X, Y, stopping=criteria, checkpoint=tmp_path, **options
        )
        np.testing.assert_equal(histories(again), histories(whole))
        np.testing.assert_array_equal(again.indices, whole.indices)
        np.testing.assert_array_equal(again.scores["score"], whole.scores["score"])


def test_finished_rounds_are_fitted_again_only_for_predictions(tmp_path):
    fits = []

    class Counting(LogisticRegression):
        def fit(self, X, y):
            fits.append(len(y))
            return super().fit(X, y)

    options = {**SMALL, "cv": 2, "checkpoint": tmp_path}
    strategy = RandomSampling(Counting())
    active_learning_curve(strategy, X, Y, **options)
    for criterion, times in ((Plateau(), 0), (ClassificationChange(), 14)):
        fits.clear()
        active_learning_curve(strategy, X, Y, stopping=criterion, **options)
        assert len(fits) == times


def test_stop_set_is_the_same_for_all_strategies_and_jobs():
    strategies = {"a": RandomSampling(MODEL), "b": RandomSampling(MODEL)}
    found = [
        StrategySearchCV(
            strategies, stopping=CRITERIA, stop_set_size=20, n_jobs=n_jobs, **SMALL
        ).fit(X, Y)
        for n_jobs in (None, 2)
    ]
    for name in strategies:
        first = histories(found[0].curves_["a"])
        np.testing.assert_equal(histories(found[0].curves_[name]), first)
        np.testing.assert_equal(histories(found[1].curves_[name]), first)


def test_global_chance_is_given_back():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    forest = RandomForestClassifier(3)
    active_learning_curve(Entropy(forest), X, Y, stopping=CRITERIA, **SMALL)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_one_criterion_goes_by_its_class():
    curve = active_learning_curve(Entropy(MODEL), X, Y, stopping=Plateau(), **SMALL)
    assert list(curve.stopped_at) == ["Plateau"]


def test_regression():
    options = {**SMALL, "initial": "random"}
    curve = active_learning_curve(
        RandomSampling(Ridge()), X[:, :3], X[:, 3], stopping=Plateau(), **options
    )
    np.testing.assert_array_equal(
        [c.history_ for c in curve.stopping["Plateau"]], curve.scores["score"]
    )


def test_what_is_no_criterion():
    assert check_stopping(None) == {}
    with pytest.raises(TypeError, match="must be a criterion"):
        check_stopping([Plateau()])
    with pytest.raises(TypeError, match=r"stopping\['a'\] is not a criterion"):
        check_stopping({"a": Plateau})
    with pytest.raises(ValueError, match="needs spent"):
        check_stopping({"a": Plateau() | Budget(money=3.0)})
    with pytest.raises(ValueError, match="stop_set_size"):
        active_learning_curve(Entropy(MODEL), X, Y, stop_set_size=0, **SMALL)


def test_failures_of_criteria_are_those_of_the_run():
    strategies = {"a": RandomSampling(MODEL)}
    wrong = {"kappa": StabilizingPredictions(window=0)}
    search = StrategySearchCV(strategies, stopping=wrong, error_score="raise", **SMALL)
    with pytest.raises(ValueError, match="window"):
        search.fit(X, Y)
