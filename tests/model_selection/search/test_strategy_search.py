import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import GroupKFold
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator

from skactive import BALD, Entropy, RandomSampling
from skactive.model_selection import StrategySearchCV, active_learning_curve

X, Y = (part[:300] for part in load_digits(return_X_y=True))
FOREST = RandomForestClassifier(n_estimators=10)
SMALL = {"n": 5, "rounds": 2, "cv": 3, "random_state": 0}
STRATEGIES = {"BALD": BALD(FOREST), "at random": RandomSampling(FOREST)}


class Broken(RandomSampling):
    """Fails at a given number of labels."""

    def __init__(self, estimator=None, *, at=25, random_state=None):
        super().__init__(estimator, random_state=random_state)
        self.at = at

    def fit(self, X, y):
        if len(y) == self.at:
            raise RuntimeError(f"{self.at} labels are too many")
        return super().fit(X, y)


def assert_same_curves(a, b):
    assert list(a) == list(b)
    for name in a:
        np.testing.assert_array_equal(a[name].indices, b[name].indices)
        assert list(a[name].scores) == list(b[name].scores)
        for score in a[name].scores:
            np.testing.assert_array_equal(a[name].scores[score], b[name].scores[score])


@pytest.fixture(scope="module")
def search():
    return StrategySearchCV(STRATEGIES, **SMALL).fit(X, Y)


def test_curves_are_those_of_each_strategy_alone(search):
    alone = {
        name: active_learning_curve(strategy, X, Y, **SMALL)
        for name, strategy in STRATEGIES.items()
    }
    assert_same_curves(search.curves_, alone)


def test_results_are_those_of_the_curves(search):
    results = search.cv_results_
    assert list(results["strategy"]) == list(STRATEGIES)
    assert results["params"] == [{}, {}]
    for i, curve in enumerate(search.curves_.values()):
        a, b, c = curve.scores["score"].T
        areas = (0.5 * a + b + 0.5 * c) / 2  # trapezoids, of equal width
        split = [results[f"split{j}_test_score"][i] for j in range(3)]
        np.testing.assert_allclose(split, areas)
        assert results["mean_test_score"][i] == pytest.approx(areas.mean())
        assert results["std_test_score"][i] == pytest.approx(areas.std())
        seconds = curve.fit_time.sum(axis=1)
        assert results["mean_fit_time"][i] == pytest.approx(seconds.mean())
        seconds = curve.query_time[:, 1:].sum(axis=1)
        assert results["mean_query_time"][i] == pytest.approx(seconds.mean())
    mean = results["mean_test_score"]
    assert results["rank_test_score"][mean.argmax()] == 1
    assert sorted(results["rank_test_score"]) == [1, 2]


def test_the_best(search):
    best = search.cv_results_["mean_test_score"].argmax()
    assert search.best_index_ == best
    assert search.best_score_ == search.cv_results_["mean_test_score"][best]
    assert search.best_params_ == {}
    strategy = STRATEGIES[list(STRATEGIES)[best]]
    assert repr(search.best_strategy_) == repr(strategy)
    assert search.best_strategy_ is not strategy
    assert not hasattr(search.best_strategy_, "sampler_")
    assert search.n_splits_ == 3


def test_ranked_by_the_final_score():
    search = StrategySearchCV(STRATEGIES, **SMALL, rank_by="final").fit(X, Y)
    for i, curve in enumerate(search.curves_.values()):
        split = [search.cv_results_[f"split{j}_test_score"][i] for j in range(3)]
        np.testing.assert_array_equal(split, curve.scores["score"][:, -1])


def test_several_scorers():
    options = {**SMALL, "scoring": ["accuracy", "balanced_accuracy"]}
    search = StrategySearchCV(STRATEGIES, **options).fit(X, Y)
    results = search.cv_results_
    assert search.scorer_names_ == ["accuracy", "balanced_accuracy"]
    for name in options["scoring"]:
        for column in ("split2_test", "mean_test", "std_test", "rank_test"):
            assert results[f"{column}_{name}"].shape == (2,)
    assert "mean_test_score" not in results
    assert search.best_index_ == results["rank_test_accuracy"].argmin()
    search = StrategySearchCV(STRATEGIES, **options, refit="balanced_accuracy")
    search.fit(X, Y)
    best = results["mean_test_balanced_accuracy"].max()
    assert search.best_score_ == best
    with pytest.raises(ValueError, match="refit='speed' is not one of"):
        StrategySearchCV(STRATEGIES, **options, refit="speed").fit(X, Y)


def test_a_grid():
    grid = {"estimator__max_depth": [2, None], "random_state": [1]}
    search = StrategySearchCV(BALD(FOREST), param_grid=grid, **SMALL).fit(X, Y)
    names = [f"estimator__max_depth={depth}, random_state=1" for depth in ("2", "None")]
    assert list(search.curves_) == list(search.cv_results_["strategy"]) == names
    assert search.best_params_ == search.cv_results_["params"][search.best_index_]
    depths = search.cv_results_["param_estimator__max_depth"]
    assert list(depths) == [2, None]
    shallow = clone(BALD(FOREST)).set_params(estimator__max_depth=2)
    alone = active_learning_curve(shallow, X, Y, **SMALL)
    assert_same_curves({names[0]: search.curves_[names[0]]}, {names[0]: alone})


def test_grids_may_name_different_parameters():
    grid = [{"estimator": [FOREST]}, {"estimator__max_depth": [2]}]
    search = StrategySearchCV(Entropy(FOREST), param_grid=grid, **SMALL).fit(X, Y)
    mask = search.cv_results_["param_estimator__max_depth"].mask
    np.testing.assert_array_equal(mask, [True, False])


def test_one_strategy_without_a_grid():
    search = StrategySearchCV(BALD(FOREST), **SMALL).fit(X, Y)
    assert list(search.curves_) == ["BALD"]
    assert search.best_params_ == {}


def test_the_number_of_jobs_changes_nothing(search):
    two = StrategySearchCV(STRATEGIES, **SMALL, n_jobs=2).fit(X, Y)
    assert_same_curves(search.curves_, two.curves_)


def test_a_fixed_test_set():
    search = StrategySearchCV(STRATEGIES, **SMALL)
    search.fit(X[:200], Y[:200], X_test=X[200:], y_test=Y[200:])
    options = {**SMALL, "X_test": X[200:], "y_test": Y[200:]}
    alone = {
        name: active_learning_curve(strategy, X[:200], Y[:200], **options)
        for name, strategy in STRATEGIES.items()
    }
    assert_same_curves(search.curves_, alone)


def test_pandas_reads_results_and_curves(search):
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame(search.cv_results_)
    assert list(table["strategy"]) == list(STRATEGIES)
    frame = search.to_frame()
    assert len(frame) == 2 * 3 * 3
    assert list(frame.columns[:4]) == ["strategy", "split", "round", "n_labels"]
    row = frame[
        (frame["strategy"] == "at random")
        & (frame["split"] == 1)
        & (frame["round"] == 2)
    ]
    curve = search.curves_["at random"]
    assert row["score"].item() == curve.scores["score"][1, 2]
    np.testing.assert_array_equal(frame.index, np.arange(18))


def test_failures_are_recorded():
    strategies = {"good": RandomSampling(FOREST), "bad": Broken(FOREST)}
    search = StrategySearchCV(strategies, **SMALL)
    with pytest.warns(FitFailedWarning, match="25 labels are too many") as caught:
        search.fit(X, Y)
    assert "3 of 6 runs failed" in str(caught[0].message)
    results = search.cv_results_
    assert np.isnan([results[f"split{i}_test_score"][1] for i in range(3)]).all()
    np.testing.assert_array_equal(results["rank_test_score"], [1, 2])
    assert search.best_name_ == "good"
    good, bad = search.curves_.values()
    np.testing.assert_array_equal(bad.scores["score"][:, 0], good.scores["score"][:, 0])
    assert np.isnan(bad.scores["score"][:, 1:]).all()
    np.testing.assert_array_equal(bad.indices[:, :20], good.indices[:, :20])
    assert (bad.indices[:, 20:] == -1).all()


@pytest.mark.parametrize("scoring", [None, ["accuracy", "nll"]])
def test_a_strategy_that_never_finishes_a_round_leaves_the_others(scoring):
    strategies = {"bad": Broken(FOREST, at=20), "good": RandomSampling(FOREST)}
    search = StrategySearchCV(strategies, **SMALL, scoring=scoring)
    with pytest.warns(FitFailedWarning, match="20 labels are too many") as caught:
        search.fit(X, Y)
    assert [warning.filename for warning in caught] == [__file__]
    alone = StrategySearchCV({"good": strategies["good"]}, **SMALL, scoring=scoring)
    alone.fit(X, Y)
    for name in search.scorer_names_:
        bad, good = search.cv_results_[f"mean_test_{name}"]
        assert np.isnan(bad)
        assert good == alone.cv_results_[f"mean_test_{name}"][0]
        assert np.isnan(search.curves_["bad"].scores[name]).all()
    assert search.best_name_ == "good"
    assert (search.curves_["bad"].indices == -1).all()


def test_a_search_takes_groups_and_fit_parameters():
    groups, weight = np.arange(300) // 10, np.linspace(0.1, 5, 300)
    options = {**SMALL, "cv": GroupKFold(3)}
    search = StrategySearchCV(STRATEGIES, **options)
    search.fit(X, Y, groups=groups, sample_weight=weight)
    alone = {
        name: active_learning_curve(
            strategy, X, Y, groups=groups, sample_weight=weight, **options
        )
        for name, strategy in STRATEGIES.items()
    }
    assert_same_curves(search.curves_, alone)
    for indices in search.curves_["BALD"].indices:
        assert len(np.unique(groups[indices])) <= 20  # of 30, the others are tested


def test_failures_get_the_score_asked_for():
    strategies = {"bad": Broken(FOREST), "good": RandomSampling(FOREST)}
    search = StrategySearchCV(strategies, **SMALL, error_score=0)
    with pytest.warns(FitFailedWarning, match="set to 0"):
        search.fit(X, Y)
    assert search.cv_results_["mean_test_score"][0] == 0
    assert (search.curves_["bad"].scores["score"][:, 1:] == 0).all()


def test_failures_may_end_the_search():
    search = StrategySearchCV({"bad": Broken(FOREST)}, **SMALL, error_score="raise")
    with pytest.raises(RuntimeError, match="25 labels"):
        search.fit(X, Y)
    search.set_params(error_score=np.nan)
    with pytest.raises(ValueError, match="All the 3 runs failed"):
        search.fit(X, Y)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"strategies": [BALD(FOREST)]}, TypeError, "dictionary of strategies by"),
        ({"strategies": {}}, ValueError, "empty"),
        ({"strategies": {"a": FOREST}}, TypeError, "not a query strategy"),
        (
            {"param_grid": {"random_state": [1]}},
            ValueError,
            "can only be used with one strategy",
        ),
        ({"rank_by": "speed"}, ValueError, "rank_by"),
        ({"n": 0}, ValueError, "'n' parameter"),
        ({"rounds": 100}, ValueError, "500 labels, but the pool"),
    ],
)
def test_errors_come_before_the_work(options, error, message):
    search = StrategySearchCV(**{"strategies": STRATEGIES, **SMALL, **options})
    with pytest.raises(error, match=message):
        search.fit(X, Y)


def test_check_estimator():
    tree = DecisionTreeClassifier(random_state=0)
    small = {"n": 1, "rounds": 1, "cv": 2, "initial": "random", "random_state": 0}
    search = StrategySearchCV({"at random": RandomSampling(tree)}, **small)
    results = check_estimator(search, on_skip=None, on_fail=None)
    assert [r["check_name"] for r in results if r["status"] == "failed"] == []


def test_tags():
    sparse = RandomSampling(FOREST)
    dense = RandomSampling(HistGradientBoostingClassifier())
    is_sparse = get_tags(FOREST).input_tags.sparse  # not so in scikit-learn 1.6
    for strategies, expected in [
        ({"a": sparse}, is_sparse),
        ({"a": sparse, "b": dense}, False),
        (sparse, is_sparse),
        (dense, False),
        ({}, False),
    ]:
        tags = get_tags(StrategySearchCV(strategies))
        assert tags.input_tags.sparse == expected
        assert tags.target_tags.required


def test_it_is_an_estimator(search):
    copy = clone(StrategySearchCV(STRATEGIES, **SMALL))
    assert copy.get_params()["n"] == 5
    assert not hasattr(copy, "curves_")
    copy.set_params(n=7)
    assert copy.n == 7
    assert "StrategySearchCV" in repr(search)
    assert "StrategySearchCV" in search._repr_html_()
