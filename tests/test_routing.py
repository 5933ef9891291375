"""What scikit-learn expects of a meta-estimator: routing, parameters, clones, repr."""

import pickle
import re

import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score, learning_curve
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline as plain_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.metadata_routing import get_routing_for_object

from skactive import BALD, ICAL, Entropy, RandomSampling, testing
from skactive.pipeline import Pipeline, make_pipeline
from skactive.samplers import BootstrapSampler, EnsembleSampler, as_sampler
from tests import zoo

X, Y = load_iris(return_X_y=True)
WEIGHT = np.linspace(0, 1, len(X))
FOREST = RandomForestClassifier(10, min_samples_leaf=3)


class Remembering(ClassifierMixin, BaseEstimator):
    """A model that stores the fit and score parameters it received."""

    def __init__(self, name="one"):
        self.name = name

    def fit(self, X, y, sample_weight=None, groups=None):
        self.classes_ = np.unique(y)
        self.given_ = {"sample_weight": sample_weight, "groups": groups}
        return self

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def score(self, X, y, sample_weight=None):
        return -1.0 if sample_weight is None else float(np.sum(sample_weight))


@pytest.fixture(params=[False, True], ids=["routing off", "routing on"])
def routing(request):
    with sklearn.config_context(enable_metadata_routing=request.param):
        yield request.param


def requesting(routing, name="one", **request):
    model = Remembering(name)
    if routing:
        model.set_fit_request(**(request or {"sample_weight": True, "groups": False}))
        model.set_score_request(sample_weight=True)
    return model


def given(model):
    return model.given_["sample_weight"]


def test_weights_reach_the_model(routing):
    strategy = Entropy(requesting(routing)).fit(X, Y, sample_weight=WEIGHT)
    np.testing.assert_array_equal(given(strategy.estimator_), WEIGHT)
    assert strategy.score(X, Y, sample_weight=WEIGHT) == WEIGHT.sum()
    assert strategy.fit(X, Y).score(X, Y) == -1
    assert given(strategy.estimator_) is None


def test_weights_reach_every_refit(routing):
    sampler = BootstrapSampler(requesting(routing), n_draws=3, random_state=0)
    strategy = BALD(sampler).fit(X, Y, sample_weight=WEIGHT)
    fitted = strategy.sampler_
    for member, rows in zip(fitted.members_, fitted.resamples_, strict=True):
        np.testing.assert_array_equal(given(member), WEIGHT[rows])


def test_weights_reach_every_member_of_a_list(routing):
    members = [requesting(routing, "one"), requesting(routing, "two")]
    for model in (members, EnsembleSampler(as_sampler(members).estimator)):
        strategy = ICAL(model).fit(X, Y, sample_weight=WEIGHT)
        for member in strategy.estimator_.estimators_:
            np.testing.assert_array_equal(given(member), WEIGHT)


def test_weights_pass_a_pipeline_within_and_without(routing):
    scaler = StandardScaler()
    if routing:
        scaler.set_fit_request(sample_weight=False)
    within = Entropy(plain_pipeline(scaler, requesting(routing)))
    without = make_pipeline(scaler, Entropy(requesting(routing)))
    if routing:
        within.fit(X, Y, sample_weight=WEIGHT)
        without.fit(X, Y, sample_weight=WEIGHT)
    else:
        within.fit(X, Y, remembering__sample_weight=WEIGHT)
        without.fit(X, Y, entropy__sample_weight=WEIGHT)
    np.testing.assert_array_equal(given(within.estimator_[-1]), WEIGHT)
    np.testing.assert_array_equal(given(without[-1].estimator_), WEIGHT)


def test_each_model_gets_what_it_requested():
    with sklearn.config_context(enable_metadata_routing=True):
        wants = requesting(True)
        refuses = requesting(True, "two", sample_weight=False)
        strategy = ICAL([wants, refuses]).fit(X, Y, sample_weight=WEIGHT)
        first, second = strategy.estimator_.estimators_
        np.testing.assert_array_equal(given(first), WEIGHT)
        assert given(second) is None


def test_nobody_asked_is_an_error():
    with sklearn.config_context(enable_metadata_routing=True):
        for model in (Remembering(), BootstrapSampler(Remembering(), n_draws=2)):
            with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
                RandomSampling(model).fit(X, Y, sample_weight=WEIGHT)


def test_search_and_validation_route_through_a_strategy(routing):
    strategy = Entropy(requesting(routing))
    search = GridSearchCV(strategy, {"estimator__name": ["a", "b"]}, cv=3)
    search.fit(X, Y, sample_weight=WEIGHT)
    np.testing.assert_array_equal(given(search.best_estimator_.estimator_), WEIGHT)
    scores = cross_val_score(strategy, X, Y, cv=3, params={"sample_weight": WEIGHT})
    assert len(scores) == 3


@pytest.mark.parametrize("cls", testing.all_strategies())
def test_every_strategy_and_sampler_says_where_metadata_go(cls):
    task = cls.tasks[0]
    for model in zoo.models(task).values():
        routers = [get_routing_for_object(as_sampler(model, cls.needs))]
        routers.append(get_routing_for_object(cls(model)))
        for router in routers:
            assert "estimator" in dict(iter(router._route_mappings.items()))


# Parameters


def test_parameters_of_models_in_a_list():
    members = [DecisionTreeClassifier(), GaussianNB()]
    strategy = ICAL(members)
    assert strategy.get_params()["estimator__0__max_depth"] is None
    assert strategy.get_params()["estimator__1"] is members[1]
    assert "estimator__0" not in strategy.get_params(deep=False)
    strategy.set_params(estimator__0__max_depth=3, n_condense=7)
    assert strategy.estimator[0].max_depth == 3
    assert strategy.n_condense == 7
    replacement = LogisticRegression()
    strategy.set_params(estimator__1=replacement, estimator__1__C=2.0)
    assert strategy.estimator[1] is replacement
    assert replacement.C == 2
    assert isinstance(members[1], GaussianNB)  # the caller's list is the caller's
    with pytest.raises(ValueError, match="Invalid parameter '2'"):
        strategy.set_params(estimator__2__max_depth=3)
    strategy.set_params(estimator=[GaussianNB(), GaussianNB()], estimator__0__priors=1)
    assert strategy.estimator[0].priors == 1


def test_parameters_two_levels_down():
    strategy = BALD(BootstrapSampler(plain_pipeline(StandardScaler(), FOREST)))
    strategy.set_params(estimator__estimator__randomforestclassifier__max_depth=2)
    strategy.set_params(estimator__n_draws=3)
    assert strategy.estimator.estimator[-1].max_depth == 2
    assert strategy.estimator.n_draws == 3


def _strategies(model, task):
    return [c(model) for c in testing.all_strategies() if task in c.tasks]


def _described(strategy):
    """The repr, with sets in order: copying a set of names in a net can reorder it."""

    def in_order(braces):
        return f"{{{', '.join(sorted(braces[1].split(', ')))}}}"

    return re.sub(r"\{([^{}]*)\}", in_order, repr(strategy))


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_everything_clones(task):
    for name, model in zoo.models(task).items():
        for strategy in _strategies(model, task):
            copied = clone(strategy)
            assert _described(copied) == _described(strategy), name
            assert copied.estimator is not strategy.estimator


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_every_model_pickles_within_a_strategy(task):
    X, y, X_pool = testing.make_data(task)
    for name, model in zoo.models(task).items():
        fitted = ICAL(model, random_state=0).fit(X, y)
        again = pickle.loads(pickle.dumps(fitted))
        np.testing.assert_array_equal(
            again.query(X_pool, 3), fitted.query(X_pool, 3), err_msg=name
        )


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_notebooks_show_the_nested_model(task):
    for name, model in zoo.models(task).items():
        for strategy in _strategies(model, task):
            shown = strategy._repr_html_()
            members = model if isinstance(model, list) else [model]
            for member in members:
                assert type(member).__name__ in shown, name
    assert "GaussianNB" in BALD(BootstrapSampler(GaussianNB()))._repr_html_()
    assert "GaussianNB" in make_pipeline(BALD([GaussianNB()]))._repr_html_()


# Model selection


def test_grids():
    strategy = BALD(FOREST, random_state=0)
    search = GridSearchCV(strategy, {"estimator__max_depth": [1, 4]}, cv=3).fit(X, Y)
    assert search.best_params_ == {"estimator__max_depth": 4}
    assert len(search.best_estimator_.query(X, 3)) == 3

    members = ICAL([DecisionTreeClassifier(), GaussianNB()], random_state=0)
    search = GridSearchCV(members, {"estimator__0__max_depth": [1, 4]}, cv=3)
    assert set(search.fit(X, Y).best_params_) == {"estimator__0__max_depth"}

    steps = Pipeline([("scale", StandardScaler()), ("ask", strategy)])
    grid = {"ask": [RandomSampling(FOREST), Entropy(GaussianNB())]}
    search = GridSearchCV(steps, grid, cv=3).fit(X, Y)
    assert len(search.best_estimator_.query(X, 3)) == 3

    sampler = BALD(EnsembleSampler(FOREST, n_draws=2), random_state=0)
    search = GridSearchCV(sampler, {"estimator__n_draws": [2, 5]}, cv=3).fit(X, Y)
    assert search.best_estimator_.sampler_.n_draws_ in (2, 5)


def test_scores_and_learning_curves():
    strategy = BALD(FOREST, random_state=0)
    assert cross_val_score(strategy, X, Y, cv=3).mean() > 0.9
    sizes, _, test = learning_curve(
        strategy, X, Y, cv=3, train_sizes=[0.3, 1.0], shuffle=True, random_state=0
    )
    assert test.shape == (2, 3)
    assert len(sizes) == 2
