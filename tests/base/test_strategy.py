import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.ensemble import (
    BaggingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import get_tags

from skactive import (
    BALD,
    DEIMOS,
    FASS,
    ICAL,
    BatchBALD,
    CoreSet,
    Entropy,
    ProbabilisticCoreSet,
    RandomSampling,
)
from skactive.base import QueryStrategy
from skactive.samplers import EnsembleSampler
from skactive.selection import Scores
from skactive.testing import make_data

X, y, X_pool = make_data("classification")


class Ordered(QueryStrategy):
    """The last rows of the pool first: a strategy with nothing in it."""

    needs = None

    def _objective(self, X_pool, rng):
        return Scores(np.arange(len(X_pool), dtype=float))


def test_a_strategy_is_its_set_function():
    strategy = Ordered().fit(X, y)
    assert_array_equal(strategy.query(X_pool, 3), [59, 58, 57])
    indices, gains = strategy.query(X_pool, 2, candidates=[9, 4], return_scores=True)
    assert_array_equal(indices, [9, 4])
    assert_array_equal(gains, [9, 4])


def test_a_seed_fills_every_nested_random_state_that_is_none():
    model = make_pipeline(
        StandardScaler(),
        BaggingClassifier(DecisionTreeClassifier(max_features=2), random_state=5),
    )
    strategy = BALD(model, random_state=0).fit(X, y)
    params = strategy.estimator_.get_params()
    assert params["baggingclassifier__random_state"] == 5
    assert params["baggingclassifier__estimator__random_state"] is not None
    again = BALD(model, random_state=0).fit(X, y)
    other = BALD(model, random_state=1).fit(X, y)
    key = "baggingclassifier__estimator__random_state"
    assert params[key] == again.estimator_.get_params()[key]
    assert params[key] != other.estimator_.get_params()[key]
    assert model.get_params()[key] is None


def test_members_of_a_list_get_seeds_of_their_own():
    members = [RandomForestClassifier(5), RandomForestClassifier(5)]
    strategy = BALD(members, random_state=0).fit(X, y)
    seeds = [member.random_state for member in strategy.estimator_.estimators_]
    assert None not in seeds
    assert seeds[0] != seeds[1]
    assert all(member.random_state is None for member in members)


def test_without_a_seed_nothing_is_filled_in():
    strategy = BALD(RandomForestClassifier(5)).fit(X, y)
    assert strategy.estimator_.random_state is None


def test_a_random_state_instance_advances():
    """A batch is not repeated: the instance is used, not copied."""
    strategy = RandomSampling(random_state=np.random.RandomState(0)).fit(X, y)
    assert (strategy.query(X_pool, 9) != strategy.query(X_pool, 9)).any()


def test_a_frozen_model_is_neither_refitted_nor_seeded():
    forest = RandomForestClassifier(10).fit(X[:20], y[:20])
    strategy = BALD(FrozenEstimator(forest), random_state=0).fit(X, y)
    assert strategy.estimator_.estimator is forest
    assert forest.random_state is None
    assert_array_equal(strategy.predict(X_pool), forest.predict(X_pool))


def test_predictions_and_tags_are_those_of_the_model():
    strategy = Entropy(LogisticRegression(), random_state=0)
    assert is_classifier(strategy)
    assert hasattr(strategy, "decision_function")
    with pytest.raises(NotFittedError):
        strategy.predict(X)
    strategy.fit(X, y)
    model = strategy.estimator_
    for method in ("predict", "predict_proba", "predict_log_proba"):
        assert_array_equal(
            getattr(strategy, method)(X_pool), getattr(model, method)(X_pool)
        )
    assert_array_equal(strategy.decision_function(X), model.decision_function(X))
    assert strategy.score(X, y) == model.score(X, y)
    assert_array_equal(strategy.classes_, model.classes_)
    assert strategy.n_features_in_ == 6


def test_methods_that_the_model_lacks_are_lacking():
    strategy = ICAL(RandomForestRegressor())
    assert is_regressor(strategy)
    assert not hasattr(strategy, "predict_proba")
    assert not hasattr(RandomSampling(), "predict")
    assert not hasattr(RandomSampling().fit(X, y), "classes_")


@pytest.mark.parametrize(
    "model",
    [
        [GaussianNB(), LogisticRegression()],
        EnsembleSampler(RandomForestClassifier(5)),
    ],
)
def test_lists_and_samplers_show_their_model(model):
    strategy = BALD(model, random_state=0)
    assert is_classifier(strategy)
    assert hasattr(strategy, "predict_proba")
    strategy.fit(X, y)
    assert strategy.predict_proba(X_pool).shape == (60, 3)
    assert_array_equal(clone(strategy).fit(X, y).predict(X), strategy.predict(X))


def test_tags_are_copied_field_by_field():
    """A frozen model's tags would have scikit-learn skip all its checks."""
    forest = RandomForestClassifier(5).fit(X, y)
    tags = get_tags(BALD(FrozenEstimator(forest)))
    assert tags.estimator_type == "classifier"
    assert not tags._skip_test


def test_feature_names_are_those_of_the_model():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=list("abcdef"))
    strategy = BALD(RandomForestClassifier(5), random_state=0).fit(frame, y)
    assert list(strategy.feature_names_in_) == list("abcdef")
    pool = pd.DataFrame(X_pool, columns=list("abcdef"), index=np.arange(60) * 7)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # no "X does not have valid feature names"
        assert strategy.query(pool, 3).max() < 60


def test_grid_search_over_the_model_and_over_the_strategy():
    strategy = BALD(RandomForestClassifier(5), random_state=0)
    grid = {"estimator__max_depth": [1, 3]}
    search = GridSearchCV(strategy, grid, cv=3, error_score="raise").fit(X, y)
    assert search.best_params_["estimator__max_depth"] in (1, 3)
    assert search.best_estimator_.query(X_pool, 2).shape == (2,)
    assert len(cross_val_score(strategy, X, y, cv=3)) == 3


def test_fit_parameters_reach_the_model():
    weights = np.random.default_rng(0).random(len(y))
    strategy = Entropy(GaussianNB()).fit(X, y, sample_weight=weights)
    expected = GaussianNB().fit(X, y, sample_weight=weights).predict_proba(X)
    assert_array_equal(strategy.predict_proba(X), expected)
    assert (expected != GaussianNB().fit(X, y).predict_proba(X)).any()


def test_the_task_is_looked_at_before_the_posterior():
    values = np.linspace(0, 1, len(y))
    with pytest.raises(ValueError, match="BatchBALD is for classification"):
        BatchBALD(LinearRegression()).fit(X, values)


def test_a_strategy_that_needs_a_model_says_so():
    with pytest.raises(TypeError, match="BALD needs an estimator"):
        BALD().fit(X, y)


class Fails(RandomForestClassifier):
    """A model whose training fails, once all else has been looked at."""

    def fit(self, X, y, sample_weight=None):
        raise RuntimeError("out of memory")


ONE_TREE = RandomForestClassifier(1)  # it fits, and cannot disagree with itself


@pytest.mark.parametrize(
    ("cls", "model", "error"),
    [
        (BALD, Fails(), RuntimeError),
        (BALD, ONE_TREE, ValueError),
        (RandomSampling, Fails(), RuntimeError),
        (CoreSet, Fails(), RuntimeError),
        (DEIMOS, ONE_TREE, ValueError),
        (ProbabilisticCoreSet, LinearSVC(), TypeError),
    ],
)
def test_a_fit_that_fails_leaves_all_as_it_was(cls, model, error):
    strategy = cls(model, random_state=0)
    for method in (lambda: strategy.query(X_pool, 2), lambda: strategy.predict(X)):
        with pytest.raises(error):
            strategy.fit(X, y)
        with pytest.raises(NotFittedError, match=f"{cls.__name__} instance is not"):
            method()
    good = RandomForestClassifier(5, min_samples_leaf=2)
    strategy.set_params(estimator=good).fit(X, y)
    before, state = strategy.query(X_pool, 3), vars(strategy).copy()
    with pytest.raises(error):
        strategy.set_params(estimator=model).fit(X[:20] + 1, y[:20])
    assert {**vars(strategy), "estimator": good} == state
    assert_array_equal(strategy.query(X_pool, 3), before)


def test_a_warning_made_an_error_leaves_all_as_it_was_too():
    for cls in (Entropy, DEIMOS):
        strategy = cls(RandomForestClassifier(5), random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(UserWarning, match="of one class"):
                strategy.fit(X, np.zeros(len(X)))
        with pytest.raises(NotFittedError):
            strategy.query(X_pool, 2)


def test_what_tells_of_one_class_does_not_outlive_its_fit():
    strategy = Entropy(RandomForestClassifier(5), random_state=0)
    with pytest.warns(UserWarning, match="RandomSampling or TypiClust"):
        strategy.fit(X, np.zeros(len(X)))
    with pytest.warns(UserWarning, match="same gain.*RandomSampling or TypiClust"):
        strategy.query(X_pool, 2)
    strategy.fit(X, y)
    with pytest.warns(UserWarning, match=r"same gain.*min_samples_leaf"):
        strategy.query(np.repeat(X_pool[:1], 5, axis=0), 2)


def test_a_remedy_known_beforehand_is_named_even_beside_candidates():
    with pytest.warns(UserWarning, match="of one class"):
        strategy = FASS(RandomForestClassifier(5)).fit(X, np.zeros(len(X)))
    with pytest.warns(UserWarning, match="same gain.*TypiClust"):
        assert set(strategy.query(X_pool, 2, candidates=[5, 9, 2])) < {2, 5, 9}
