import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.naive_bayes import GaussianNB

from skactive._utils.array import to_numpy
from skactive.samplers import as_sampler
from skactive.samplers._temperature import (
    best_temperature,
    cross_validated_temperature,
    tempered,
)

X, Y = make_classification(80, n_informative=4, n_classes=3, random_state=0)
NAMES = np.array(["ant", "bee", "cat"])[Y]


def of(model, X=X, y=NAMES, params=()):
    rng = np.random.default_rng(0)
    return cross_validated_temperature(
        as_sampler(model, "mean"), X, y, dict(params), rng
    )


def test_probabilities_to_a_power(as_array):
    p_nc = np.array([[0.2, 0.8], [0.5, 0.5]])
    expected = p_nc**0.5 / (p_nc**0.5).sum(axis=1, keepdims=True)
    assert_allclose(to_numpy(tempered(as_array(p_nc), 2.0)), expected)
    assert_allclose(to_numpy(tempered(as_array(p_nc), 1.0)), p_nc)


def test_impossible_classes_are_possible_at_other_temperatures():
    assert tempered(np.array([[0.0, 1.0]]), 1.0).tolist() == [[0.0, 1.0]]
    assert tempered(np.array([[0.0, 1.0]]), 3.0)[0, 0] > 0


@pytest.mark.parametrize("truth", [0.25, 1.0, 4.0])
def test_the_temperature_of_labels_drawn_at_it(truth):
    rng = np.random.default_rng(0)
    p_nc = rng.dirichlet(np.ones(3), size=20_000)
    true_nc = tempered(p_nc, truth)
    y_n = (rng.random(20_000)[:, None] > true_nc.cumsum(axis=1)).sum(axis=1)
    found = best_temperature(p_nc, y_n.clip(max=2))
    assert found == pytest.approx(truth, rel=0.05)


def test_it_is_bounded():
    p_nc = np.tile([0.4, 0.6], (9, 1))
    always_right, always_wrong = np.ones(9, int), np.zeros(9, int)
    assert best_temperature(p_nc, always_right) == pytest.approx(np.exp(-3), rel=1e-2)
    assert best_temperature(p_nc, always_wrong) == pytest.approx(np.exp(3), rel=1e-2)


@pytest.mark.parametrize("weight", [None, np.linspace(0, 2, 80) ** 4])
def test_cross_validation_is_the_loop_written_out(weight):
    s_n, params = (weight, {"sample_weight": weight}) if weight is not None else (1, {})
    rng = np.random.default_rng(0)
    folds = StratifiedKFold(5, shuffle=True, random_state=int(rng.integers(2**31 - 1)))
    p_nc = np.zeros((80, 3))
    for train, test in folds.split(X, NAMES):
        of_fold = {name: values[train] for name, values in params.items()}
        model = clone(GaussianNB()).fit(X[train], NAMES[train], **of_fold)
        p_nc[test] = model.predict_proba(X[test])
    losses = {
        t: -(s_n * np.log(tempered(p_nc, t)[np.arange(80), Y])).mean()
        for t in np.exp(np.linspace(-3, 3, 601))
    }
    best = min(losses, key=losses.get)
    found = of(GaussianNB(), params=params)
    assert found == pytest.approx(best, rel=0.02)
    assert found > 1.2  # it is overconfident


def test_the_rarest_class_limits_the_folds(monkeypatch):
    seen = []
    fit = GaussianNB.fit

    def watched(self, X, y):
        seen.append(len(y))
        return fit(self, X, y)

    monkeypatch.setattr(GaussianNB, "fit", watched)
    rows = np.r_[np.flatnonzero(Y == 0)[:2], np.flatnonzero(Y == 1)[:8]]
    of(GaussianNB(), X[rows], NAMES[rows])
    assert seen == [5, 5]


FEW = np.r_[np.flatnonzero(Y == 0)[:1], np.flatnonzero(Y > 0)]


@pytest.mark.parametrize(
    ("model", "rows"),
    [
        (GaussianNB(), FEW),
        (GaussianNB(), np.flatnonzero(Y == 1)),
        (FrozenEstimator(GaussianNB().fit(X, NAMES)), np.arange(80)),
        (FrozenEstimator(GaussianNB().fit(X, NAMES)), np.arange(0)),
        ([FrozenEstimator(GaussianNB().fit(X, NAMES))] * 2, np.arange(80)),
    ],
    ids=["one label of a class", "one class", "frozen", "no labels", "frozen list"],
)
def test_where_it_cannot_be_told_it_is_one(model, rows):
    assert of(model, X[rows], NAMES[rows]) == 1.0


def test_fit_parameters_are_cut_to_the_folds():
    weights = np.linspace(0.1, 2, 80)
    plain = of(LogisticRegression())
    assert of(LogisticRegression(), params={"sample_weight": weights}) != plain


def test_labels_without_weight_do_not_count():
    """Wrong labels of weight zero change nothing, as if they had not been there."""
    wrong = np.arange(80) % 4 == 0
    p_nc = GaussianNB().fit(X, NAMES).predict_proba(X)
    column_n = np.where(wrong, (Y + 1) % 3, Y)
    weighted = best_temperature(p_nc, column_n, 1.0 - wrong)
    assert weighted == best_temperature(p_nc[~wrong], column_n[~wrong])
    assert weighted < best_temperature(p_nc, column_n)


def test_the_sampler_stays_as_it_was():
    sampler = as_sampler(GaussianNB(), "mean").fit(X, NAMES)
    before = sampler.estimator_.theta_.copy()
    cross_validated_temperature(sampler, X, NAMES, {}, np.random.default_rng(0))
    assert_allclose(sampler.estimator_.theta_, before)
