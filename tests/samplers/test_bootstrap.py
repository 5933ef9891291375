import re

import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.exceptions import DataConversionWarning
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from skactive import BALD, ICAL, Entropy
from skactive.samplers import BootstrapSampler, as_sampler

IRIS, SPECIES = load_iris(return_X_y=True)
X, Y = IRIS[::5], SPECIES[::5]


def test_draws_are_refits_by_hand():
    sampler = BootstrapSampler(GaussianNB(), n_draws=6, random_state=0).fit(X, Y)
    p_nkc = sampler.draw(IRIS, rng=0)
    assert sampler.resamples_.shape == (6, len(X))
    for k, rows in enumerate(sampler.resamples_):
        by_hand = GaussianNB().fit(X[rows], Y[rows]).predict_proba(IRIS)
        np.testing.assert_array_equal(p_nkc[:, k], by_hand)
    whole = GaussianNB().fit(X, Y).predict_proba(IRIS)
    np.testing.assert_array_equal(sampler.estimator_.predict_proba(IRIS), whole)


def test_regression_with_several_targets_is_refits_by_hand():
    targets = IRIS[:, 2:]
    model = MultiOutputRegressor(Ridge())
    sampler = BootstrapSampler(model, n_draws=4, random_state=0)
    f_nkc = sampler.fit(IRIS[:, :2], targets).draw(IRIS[:7, :2], rng=0)
    assert f_nkc.shape == (7, 4, 2)
    for k, rows in enumerate(sampler.resamples_):
        by_hand = clone(model).fit(IRIS[rows, :2], targets[rows])
        np.testing.assert_allclose(f_nkc[:, k], by_hand.predict(IRIS[:7, :2]))


def test_resamples_are_drawn_with_replacement():
    sampler = BootstrapSampler(Ridge(), n_draws=200, random_state=0)
    rows = sampler.fit(X, X[:, 0]).resamples_
    distinct = np.mean([len(np.unique(r)) for r in rows]) / len(X)
    assert distinct == pytest.approx(1 - (1 - 1 / len(X)) ** len(X), abs=0.02)
    counts = np.bincount(rows.ravel(), minlength=len(X))
    assert counts.mean() == 200
    assert counts.std() < 3 * np.sqrt(200)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_seeds():
    def draws(seed, n_jobs=None):
        model = MLPClassifier((4,), max_iter=5)
        sampler = BootstrapSampler(model, n_draws=3, n_jobs=n_jobs, random_state=seed)
        with joblib.parallel_config("threading"):
            return sampler.fit(X, Y).draw(IRIS, rng=0)

    np.testing.assert_array_equal(draws(0), draws(0))
    np.testing.assert_array_equal(draws(0), draws(0, n_jobs=2))
    assert not np.allclose(draws(0), draws(1))


def test_members_have_chance_of_their_own():
    model = DecisionTreeClassifier(max_features=1, random_state=0)
    sampler = BootstrapSampler(model, n_draws=5, random_state=0).fit(X, Y)
    seeds = [member.random_state for member in sampler.members_]
    assert len(set(seeds)) == 5
    assert model.random_state == sampler.estimator_.random_state == 0


@pytest.mark.parametrize("n_rare", [1, 2, 5])
def test_a_resample_has_as_many_of_each_class(n_rare):
    """Missing classes break XGBoost, classes of one point cross-validation."""
    y = np.array(["a"] * 15 + ["b"] * (15 - n_rare) + ["rare"] * n_rare)
    sampler = BootstrapSampler(GaussianNB(), n_draws=40, random_state=0).fit(X, y)
    for rows in sampler.resamples_:
        np.testing.assert_array_equal(y[rows], y)
    p_nkc = sampler.draw(IRIS, rng=0)
    assert list(sampler.classes_) == ["a", "b", "rare"]
    assert (p_nkc[..., 2] > 0).any()
    # within a class all points are as likely
    of_a = sampler.resamples_[:, :15]
    counts = np.bincount(of_a.ravel(), minlength=15)
    assert counts.sum() == 15 * 40
    assert counts.std() < 3 * np.sqrt(40)


def test_labels_in_a_column_are_classes_too():
    sampler = BootstrapSampler(LogisticRegression(max_iter=500), random_state=0)
    column = Y[:, None]
    with pytest.warns(DataConversionWarning):
        rows = sampler.set_params(n_draws=2).fit(X, column).resamples_
    np.testing.assert_array_equal(Y[rows], [Y, Y])


def test_models_that_need_every_class_several_times():
    few = np.r_[0:5, 50:55, 100:105]
    model = CalibratedClassifierCV(LinearSVC(), cv=5)
    sampler = BootstrapSampler(model, n_draws=4, random_state=0)
    p_nkc = sampler.fit(IRIS[few], SPECIES[few]).draw(IRIS, 0)
    assert p_nkc.shape == (150, 4, 3)


def test_boosters_that_want_all_labels():
    xgboost = pytest.importorskip("xgboost")
    few = np.r_[0:3, 50:53, 100:103]
    booster = xgboost.XGBClassifier(n_estimators=2)
    sampler = BootstrapSampler(booster, n_draws=30, random_state=0)
    assert sampler.fit(IRIS[few], SPECIES[few]).draw(IRIS, 0).shape == (150, 30, 3)


class Finicky(GaussianNB):
    """Raises an error if a point is repeated."""

    def fit(self, X, y):
        if len(np.unique(X, axis=0)) < len(X):
            raise ValueError("points are repeated")
        return super().fit(X, y)


def test_an_error_in_a_refit_says_that_it_was_one():
    X = np.arange(20.0)[:, None]
    sampler = BootstrapSampler(Finicky(), n_draws=5, random_state=0)
    with pytest.raises(ValueError, match="points are repeated") as caught:
        sampler.fit(X, np.arange(20) % 2)
    assert "in a refit by BootstrapSampler" in caught.value.__notes__[0]


def test_one_class_altogether_is_left_to_the_model():
    sampler = BootstrapSampler(GaussianNB(), n_draws=3, random_state=0)
    p_nkc = sampler.fit(X[:5], np.zeros(5)).draw(IRIS, rng=0)
    np.testing.assert_array_equal(p_nkc, np.ones((150, 3, 1)))


class Weighing(ClassifierMixin, BaseEstimator):
    """Stores the fit parameters that it received."""

    def fit(self, X, y, sample_weight=None, flag=None):
        self.classes_ = np.unique(y)
        self.seen_ = sample_weight, flag
        return self

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


def test_weights_are_resampled_with_their_points():
    weight = np.arange(len(X), dtype=float)
    sampler = BootstrapSampler(Weighing(), n_draws=3, random_state=0)
    sampler.fit(X, Y, sample_weight=weight, flag="as it is")
    for member, rows in zip(sampler.members_, sampler.resamples_, strict=True):
        np.testing.assert_array_equal(member.seen_[0], weight[rows])
        assert member.seen_[1] == "as it is"


def test_what_belongs_to_no_point_is_not_resampled():
    """Only `sample_weight` is; an array of as many entries may be about features."""
    X, Y = IRIS[[0, 1, 60, 61]], SPECIES[[0, 1, 60, 61]]
    of_features = np.arange(4.0)
    sampler = BootstrapSampler(Weighing(), n_draws=6, random_state=0)
    sampler.fit(X, Y, sample_weight=of_features, flag=of_features)
    for member, rows in zip(sampler.members_, sampler.resamples_, strict=True):
        np.testing.assert_array_equal(member.seen_[0], of_features[rows])
        np.testing.assert_array_equal(member.seen_[1], of_features)


def test_weights_of_a_step_are_resampled():
    weight = np.arange(len(X), dtype=float)
    model = make_pipeline(StandardScaler(), Weighing())
    sampler = BootstrapSampler(model, n_draws=3, random_state=0)
    sampler.fit(X, Y, weighing__sample_weight=weight, weighing__flag=weight)
    for member, rows in zip(sampler.members_, sampler.resamples_, strict=True):
        np.testing.assert_array_equal(member[-1].seen_[0], weight[rows])
        np.testing.assert_array_equal(member[-1].seen_[1], weight)


def test_groups_are_resampled():
    group = np.arange(len(X)) % 5
    search = GridSearchCV(
        GaussianNB(), {"var_smoothing": [1e-9, 1e-3]}, cv=GroupKFold(2)
    )
    with config_context(enable_metadata_routing=False):
        sampler = BootstrapSampler(search, n_draws=3, random_state=0)
        members = sampler.fit(X, Y, groups=group).members_
    rows = sampler.resamples_[1]
    by_hand = clone(search).fit(X[rows], Y[rows], groups=group[rows])
    key = "split0_test_score"
    np.testing.assert_array_equal(members[1].cv_results_[key], by_hand.cv_results_[key])


def test_what_is_requested_by_routing_belongs_to_points():
    weight = np.arange(len(X), dtype=float)
    with config_context(enable_metadata_routing=True):
        model = Weighing().set_fit_request(flag=True)
        sampler = BootstrapSampler(model, n_draws=3, random_state=0)
        sampler.fit(X, Y, flag=weight)
    for member, rows in zip(sampler.members_, sampler.resamples_, strict=True):
        np.testing.assert_array_equal(member.seen_[1], weight[rows])


@pytest.mark.parametrize(
    "convert",
    [
        lambda a: pd.DataFrame(a, columns=list("abcd")),
        sp.csr_matrix,
        sp.csr_array,
        lambda a: a.tolist(),
    ],
)
def test_containers(convert):
    model = LogisticRegression(max_iter=1000)
    sampler = BootstrapSampler(model, n_draws=3, random_state=0)
    expected = sampler.fit(X, Y).draw(IRIS, rng=0)
    converted = sampler.fit(convert(X), pd.Series(Y, index=Y + 100))
    np.testing.assert_allclose(
        converted.draw(convert(IRIS), rng=0), expected, atol=1e-3
    )


def test_a_pipeline_is_refitted_as_a_whole():
    model = make_pipeline(StandardScaler(), GaussianNB())
    sampler = BootstrapSampler(model, n_draws=3, random_state=0).fit(X, Y)
    for member, rows in zip(sampler.members_, sampler.resamples_, strict=True):
        np.testing.assert_allclose(member[0].mean_, X[rows].mean(axis=0))
    np.testing.assert_allclose(sampler.embed(X).mean(axis=0), 0, atol=1e-12)


@pytest.mark.parametrize("model", [LinearSVC(), SVC()])
def test_without_probabilities_members_vote(model):
    sampler = BootstrapSampler(model, n_draws=3, random_state=0).fit(X, Y)
    p_nkc = sampler.draw(IRIS, rng=0)
    assert set(np.unique(p_nkc)) == {0.0, 1.0}
    for k, member in enumerate(sampler.members_):
        np.testing.assert_array_equal(p_nkc[:, k].argmax(axis=1), member.predict(IRIS))
    Entropy(BootstrapSampler(model, n_draws=3)).fit(X, Y).query(IRIS, 2)


BOOSTERS = [
    AdaBoostClassifier(),
    GradientBoostingClassifier(n_estimators=3),
    HistGradientBoostingClassifier(max_iter=3),
    GradientBoostingRegressor(n_estimators=3),
    HistGradientBoostingRegressor(max_iter=3, min_samples_leaf=3),
]


@pytest.mark.parametrize("booster", BOOSTERS, ids=lambda b: type(b).__name__)
def test_boosters_are_referred_to_the_bootstrap(booster):
    name = re.escape(type(booster).__name__)
    with pytest.raises(TypeError, match=rf"{name}.*BootstrapSampler\(estimator\)"):
        ICAL(booster).fit(X, Y)
    strategy = ICAL(BootstrapSampler(booster, n_draws=4), random_state=0)
    assert len(set(strategy.fit(X, Y).query(IRIS, 3))) == 3


def test_the_bootstrap_is_never_automatic():
    with pytest.raises(TypeError, match="no posterior is known for GaussianNB"):
        as_sampler(GaussianNB())


def test_what_cannot_disagree_is_refused():
    with pytest.raises(
        ValueError, match="n_draws=1, but a single draw cannot disagree"
    ):
        BALD(BootstrapSampler(GaussianNB(), n_draws=1)).fit(X, Y)
    with pytest.raises(ValueError, match="'n_draws' parameter"):
        BootstrapSampler(GaussianNB(), n_draws=0).fit(X, Y)
    frozen = FrozenEstimator(GaussianNB().fit(X, Y))
    for model in (frozen, make_pipeline(StandardScaler(), frozen)):
        with pytest.raises(ValueError, match="cannot refit a FrozenEstimator"):
            BootstrapSampler(model).fit(X, Y)


def test_nets_keep_all_their_outputs():
    torch = pytest.importorskip("torch")
    skorch = pytest.importorskip("skorch")
    net = skorch.NeuralNetClassifier(
        torch.nn.Linear,
        module__in_features=4,
        module__out_features=4,
        criterion=torch.nn.CrossEntropyLoss,
        train_split=None,
        max_epochs=1,
        verbose=0,
    )
    sampler = BootstrapSampler(net, n_draws=3, random_state=0)
    sampler.fit(X.astype("float32"), Y)
    p_nkc = sampler.draw(IRIS.astype("float32"), rng=0)
    assert p_nkc.shape == (150, 3, 4)  # an output that no label stands for
    assert list(sampler.classes_) == [0, 1, 2, 3]
    again = clone(sampler).fit(X.astype("float32"), Y)
    np.testing.assert_array_equal(again.draw(IRIS.astype("float32"), rng=0), p_nkc)
