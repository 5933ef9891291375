"""Metadata routing: requests by name, by an alias, refused, and not set."""

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.linear_model import BayesianRidge, LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline as plain_pipeline
from sklearn.preprocessing import StandardScaler

from skactive import (
    BALD,
    Entropy,
    ExpectedErrorReduction,
    RandomSampling,
    UncertaintyHerding,
    testing,
)
from skactive.model_selection import StrategySearchCV, active_learning_curve
from skactive.pipeline import make_pipeline
from skactive.samplers import BootstrapSampler, LinearSampler, as_sampler
from skactive.samplers._routing import known_as

X, Y = load_iris(return_X_y=True)
WEIGHT = np.linspace(0.5, 2, len(X))
BY_METHOD = ("set_fit_request", "set_score_request")


@pytest.fixture(autouse=True)
def _routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


class Remembering(GaussianNB):
    """Stores the weights that it was fitted and scored with."""

    def fit(self, X, y, sample_weight=None):
        self.given_ = sample_weight
        return super().fit(X, y, sample_weight)

    def score(self, X, y, sample_weight=None):
        return -1.0 if sample_weight is None else float(np.sum(sample_weight))


class RememberingRidge(BayesianRidge):
    """Stores the weights that it was fitted with."""

    def fit(self, X, y, sample_weight=None):
        self.given_ = sample_weight
        return super().fit(X, y, sample_weight)


def requesting(alias, model=None):
    model = Remembering() if model is None else model
    for method in BY_METHOD:
        getattr(model, method)(sample_weight=alias)
    return model


def asked_of(cls, alias):
    """A strategy of this class with a model that stores its weights."""
    classifies = "classification" in cls.tasks
    model = requesting(alias, Remembering() if classifies else RememberingRidge())
    if cls.needs == "functions":
        model = BootstrapSampler(model, n_draws=3)
    return cls(model, random_state=0)


@pytest.mark.parametrize("cls", testing.all_strategies())
@pytest.mark.parametrize(("alias", "name"), [(True, "sample_weight"), ("w", "w")])
def test_every_strategy_hands_on_what_was_requested(cls, alias, name):
    strategy = asked_of(cls, alias).fit(X, Y, **{name: WEIGHT})
    np.testing.assert_array_equal(strategy.estimator_.given_, WEIGHT)


@pytest.mark.parametrize("cls", testing.all_strategies())
def test_every_strategy_refuses_what_was_not_requested(cls):
    with pytest.raises(UnsetMetadataPassedError, match=r"sample_weight.*\.fit"):
        asked_of(cls, None).fit(X, Y, sample_weight=WEIGHT)
    own = "sample_weight"
    for alias, name in (("w", own), (False, own), (True, "w"), (None, "groups")):
        # by the strategy, before anything is fitted
        with pytest.raises(TypeError, match=rf"(?s){cls.__name__}.*\.fit got"):
            asked_of(cls, alias).fit(X, Y, **{name: WEIGHT})


def test_a_model_without_the_parameter_refuses_it():
    for strategy in (Entropy(KNeighborsClassifier()), RandomSampling()):
        with pytest.raises(TypeError, match=r"fit got unexpected argument\(s\) {'w'}"):
            strategy.fit(X, Y, w=WEIGHT)


@pytest.mark.parametrize("alias", [True, "w"])
def test_scores_are_weighed_once(alias):
    weight = {"sample_weight" if alias is True else alias: WEIGHT}
    model = requesting(alias)
    for given in (model, BootstrapSampler(model, n_draws=2)):
        strategy = Entropy(given).fit(X, Y)
        assert strategy.score(X, Y, **weight) == WEIGHT.sum()
        assert strategy.score(X, Y) == -1
    with pytest.raises(TypeError, match=r"Entropy.*\.score got unexpected"):
        strategy.score(X, Y, v=WEIGHT)


@pytest.mark.parametrize("alias", [True, "w"])
def test_members_and_refits_are_weighed(alias):
    weight = {"sample_weight" if alias is True else alias: WEIGHT}
    vote = BALD([requesting(alias), requesting(False if alias is True else "v")])
    other = {"v": np.ones(len(X))} if alias == "w" else {}
    first, second = vote.fit(X, Y, **weight, **other).estimator_.estimators_
    np.testing.assert_array_equal(first.given_, WEIGHT)
    np.testing.assert_array_equal(second.given_, other.get("v"))

    bootstrap = BootstrapSampler(requesting(alias), n_draws=3, random_state=0)
    for sampler in (bootstrap, BALD(bootstrap).fit(X, Y, **weight).sampler_):
        sampler.fit(X, Y, **weight)
        for member, rows in zip(sampler.members_, sampler.resamples_, strict=True):
            np.testing.assert_array_equal(member.given_, WEIGHT[rows])


def test_steps_of_pipelines_have_aliases_of_their_own():
    scaler = StandardScaler().set_fit_request(sample_weight="v")
    v = np.arange(len(X), dtype=float)
    steps = plain_pipeline(scaler, requesting("w"))
    within = Entropy(steps).fit(X, Y, w=WEIGHT, v=v).estimator_
    without = make_pipeline(scaler, Entropy(requesting("w"))).fit(X, Y, w=WEIGHT, v=v)
    mean = np.average(X, axis=0, weights=v)
    for fitted, model in ((within, within[-1]), (without, without[-1].estimator_)):
        np.testing.assert_allclose(fitted[0].mean_, mean)
        np.testing.assert_array_equal(model.given_, WEIGHT)
    refits = BootstrapSampler(steps, n_draws=2, random_state=0)
    BALD(refits).fit(X, Y, w=WEIGHT, v=v)
    refits.fit(X, Y, w=WEIGHT, v=v)
    for member, rows in zip(refits.members_, refits.resamples_, strict=True):
        np.testing.assert_array_equal(member[-1].given_, WEIGHT[rows])
        np.testing.assert_allclose(
            member[0].mean_, np.average(X[rows], axis=0, weights=v[rows])
        )


def test_searches_within_and_without():
    grid = {"var_smoothing": [1e-9, 1e-3]}
    within = Entropy(GridSearchCV(requesting("w"), grid, cv=3)).fit(X, Y, w=WEIGHT)
    found = within.estimator_.best_estimator_
    np.testing.assert_array_equal(found.given_, WEIGHT)
    # scores of a test fold are its weights' sum
    mean = within.estimator_.cv_results_["mean_test_score"]
    np.testing.assert_allclose(mean, WEIGHT.sum() / 3, rtol=0.2)

    nested = {f"estimator__{name}": values for name, values in grid.items()}
    without = GridSearchCV(Entropy(requesting("w")), nested, cv=3)
    without.fit(X, Y, w=WEIGHT)
    np.testing.assert_array_equal(without.best_estimator_.estimator_.given_, WEIGHT)
    options = {"cv": 3, "params": {"w": WEIGHT}, "return_estimator": True}
    for fitted in cross_validate(Entropy(requesting("w")), X, Y, **options)[
        "estimator"
    ]:
        assert len(fitted.estimator_.given_) == 100


def test_curvature_is_weighed_by_whatever_name():
    model = LogisticRegression(max_iter=1000)
    strategy = BALD(requesting("w", clone(model)), random_state=0)
    sampler = strategy.fit(X, Y, w=WEIGHT).sampler_
    with sklearn.config_context(enable_metadata_routing=False):
        plain = LinearSampler(model).fit(X, Y, sample_weight=WEIGHT)
    np.testing.assert_allclose(sampler.draw(X, rng=0), plain.draw(X, rng=0))


class Drawing(Remembering):
    """An object that draws predictions itself."""

    def draw(self, X, rng):
        return np.tile(self.predict_proba(X)[:, None], (1, 2, 1))


def test_what_draws_for_itself_is_weighed():
    strategy = BALD(requesting("w", Drawing())).fit(X, Y, w=WEIGHT)
    np.testing.assert_array_equal(strategy.estimator_.given_, WEIGHT)


# Strategies that fit again, and games


@pytest.mark.parametrize("alias", [True, "w"])
@pytest.mark.parametrize("cls", [UncertaintyHerding, ExpectedErrorReduction])
def test_models_that_are_fitted_again_are_weighed(cls, alias):
    rows, pool = np.arange(0, 150, 5), X[1::10]
    name = "sample_weight" if alias is True else alias
    strategy = cls(requesting(alias), random_state=0)
    strategy.fit(X[rows], Y[rows], **{name: WEIGHT[rows] ** 4})
    with sklearn.config_context(enable_metadata_routing=False):
        plain = cls(GaussianNB(), random_state=0)
        plain.fit(X[rows], Y[rows], sample_weight=WEIGHT[rows] ** 4)
        expected = plain.score_samples(pool)
        unweighed = plain.fit(X[rows], Y[rows]).score_samples(pool)
    np.testing.assert_allclose(strategy.score_samples(pool), expected, rtol=1e-12)
    assert not np.allclose(expected, unweighed)


def test_only_weights_are_known_of_a_point_that_is_added():
    class Grouped(GaussianNB):
        def fit(self, X, y, groups=None):
            return super().fit(X, y)

    # an alias says nothing of what it is of
    model = Grouped().set_fit_request(groups="weight_of_groups")
    with pytest.raises(ValueError, match="has one value per labelled point"):
        ExpectedErrorReduction(model).fit(X, Y, weight_of_groups=WEIGHT)
    refuses = ExpectedErrorReduction(Grouped().set_fit_request(groups=False))
    with pytest.raises(TypeError, match=r"fit got unexpected argument\(s\) {'groups'}"):
        refuses.fit(X, Y, groups=WEIGHT)


def test_games_hand_on_the_weights_of_labelled_points():
    strategy = Entropy(requesting("w"), random_state=0)
    seen = []
    options = {"n": 5, "rounds": 2, "cv": 2, "n_initial": 10, "random_state": 0}
    active_learning_curve(
        strategy, X, Y, scoring=lambda s, X, y: seen.append(s) or 0.5, w=WEIGHT,
        **options,
    )  # fmt: skip
    assert {len(s.estimator_.given_) for s in seen} == {10, 15, 20}
    assert {*np.concatenate([s.estimator_.given_ for s in seen])} <= {*WEIGHT}
    strategies = {"entropy": strategy, "random": RandomSampling(requesting("w"))}
    search = StrategySearchCV(strategies, scoring="accuracy", **options)
    search.fit(X, Y, w=WEIGHT)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_names_by_which_models_know_a_parameter():
    scaler = StandardScaler().set_fit_request(sample_weight="v")
    model = plain_pipeline(scaler, requesting("w"))
    names = dict.fromkeys(("v", "w", "sample_weight"), WEIGHT)
    expected = {"v": {"sample_weight"}, "w": {"sample_weight"}, "sample_weight": set()}
    assert known_as(as_sampler(model, "mean"), "fit", names) == expected
    assert known_as(Entropy([requesting("w")] * 2), "fit", names)["w"] == {
        "sample_weight"
    }
    with sklearn.config_context(enable_metadata_routing=False):
        assert known_as(model, "fit", {"step__weight": WEIGHT}) == {
            "step__weight": {"step__weight"}
        }
