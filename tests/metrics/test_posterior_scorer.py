"""Scores of the mean over draws."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import BayesianRidge, LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, r2_score
from sklearn.model_selection import cross_val_score
from sklearn.preprocessing import StandardScaler

from skactive import BALD, DEIMOS, CoreSet, RandomSampling
from skactive.metrics import posterior_scorer
from skactive.metrics._posterior_scorer import shared_draws
from skactive.model_selection import StrategySearchCV, active_learning_curve
from skactive.pipeline import make_pipeline
from skactive.samplers import LinearSampler

X, Y = load_iris(return_X_y=True)
XR, YR = load_diabetes(return_X_y=True)
LOGISTIC = LogisticRegression(C=10, max_iter=1000)
SCORING = {
    "model": "neg_log_loss",
    "mean": posterior_scorer("neg_log_loss"),
    "accuracy": posterior_scorer("accuracy"),
    "area": posterior_scorer("roc_auc_ovr"),
}


def fitted(strategy=None):
    return (strategy or BALD(LOGISTIC, random_state=0)).fit(X[::5], Y[::5])


def test_it_scores_the_mean_of_the_draws():
    strategy = fitted()
    p_nc = strategy.sampler_.draw(X, 0).mean(axis=1)
    for on in (strategy, strategy.sampler_):
        assert_allclose(posterior_scorer("neg_log_loss")(on, X, Y), -log_loss(Y, p_nc))
        assert posterior_scorer("accuracy")(on, X, Y) == accuracy_score(
            Y, p_nc.argmax(1)
        )
    assert posterior_scorer("log_likelihood")(strategy, X, Y) != strategy.score(X, Y)


def test_values():
    strategy = DEIMOS(BayesianRidge(), random_state=0).fit(XR[::2], YR[::2])
    mean = strategy.sampler_.draw(XR, 0).mean(axis=1)
    assert_allclose(posterior_scorer("r2")(strategy, XR, YR), r2_score(YR, mean))


def test_names_and_pipelines():
    names = load_iris().target_names[Y]
    strategy = make_pipeline(StandardScaler(), BALD(LOGISTIC, random_state=0))
    strategy.fit(X[::5], names[::5])
    sampler = strategy[-1].sampler_
    p_nc = sampler.mean(strategy[:-1].transform(X), 0)
    expected = accuracy_score(names, sampler.classes_[p_nc.argmax(axis=1)])
    assert posterior_scorer("accuracy")(strategy, X, names) == expected > 0.7


def test_a_scorer_of_ones_own():
    seen = []

    def mine(estimator, X, y):
        seen.append(estimator.predict_proba(X))
        return 0.5

    strategy = fitted()
    assert posterior_scorer(mine)(strategy, X, Y) == 0.5
    assert_allclose(seen[0], strategy.sampler_.mean(X, 0))


def count_draws(monkeypatch):
    calls, draw = [], LinearSampler.functions

    def counted(self, rng):
        calls.append(rng.bit_generator.state["state"]["state"])
        return draw(self, rng)

    monkeypatch.setattr(LinearSampler, "functions", counted)
    return calls


def test_draws_are_made_once_for_several(monkeypatch):
    strategy, calls = fitted(), count_draws(monkeypatch)
    mean, accuracy = SCORING["mean"], SCORING["accuracy"]
    with shared_draws(3):
        inside = mean(strategy, X, Y), accuracy(strategy, X, Y)
        assert len(calls) == 1
        mean(strategy, X[::2], Y[::2])
        assert len(calls) == 2
    with shared_draws(3):
        assert (mean(strategy, X, Y), accuracy(strategy, X, Y)) == inside
    with shared_draws(4):
        assert mean(strategy, X, Y) != inside[0]
    # a model that was fitted again, outside of any block
    before = mean(strategy, X, Y)
    assert mean(strategy, X, Y) == before
    assert mean(strategy.fit(X[::3], Y[::3]), X, Y) != before


def test_a_curve_draws_once_a_round_by_the_round_s_seed(monkeypatch):
    options = {"n": 5, "rounds": 2, "cv": 2, "random_state": 0, "scoring": SCORING}
    strategy = RandomSampling(LinearSampler(LOGISTIC, n_draws=20))
    calls = count_draws(monkeypatch)
    curve = active_learning_curve(strategy, X, Y, **options)
    assert list(curve.scores) == list(SCORING)
    assert len(calls) == len(set(calls)) == 6  # 3 rounds, 2 splits: no query draws
    assert (curve.scores["mean"] != curve.scores["model"]).all()
    again = active_learning_curve(strategy, X, Y, **options)
    assert_array_equal(again.scores["mean"], curve.scores["mean"])
    parallel = active_learning_curve(strategy, X, Y, n_jobs=2, **options)
    assert_array_equal(parallel.scores["mean"], curve.scores["mean"])


def test_a_search_ranks_by_it(tmp_path):
    strategies = {
        "BALD": BALD(LOGISTIC),
        "random": RandomSampling(RandomForestClassifier(5)),
    }
    options = {"n": 5, "rounds": 1, "cv": 2, "random_state": 0, "refit": "mean"}
    options |= {"scoring": SCORING, "checkpoint": tmp_path / "run"}
    search = StrategySearchCV(strategies, **options).fit(X, Y)
    assert search.best_name_ == "BALD"
    table = StrategySearchCV(strategies, **options).fit(X, Y).cv_results_
    assert_array_equal(table["mean_test_mean"], search.cv_results_["mean_test_mean"])
    other = {**SCORING, "mean": posterior_scorer("accuracy")}
    with pytest.raises(ValueError, match="scoring"):
        StrategySearchCV(strategies, **{**options, "scoring": other}).fit(X, Y)


def test_scikit_learn_takes_it():
    scores = cross_val_score(
        BALD(LOGISTIC, random_state=0), X, Y, cv=3, scoring=posterior_scorer("accuracy")
    )
    assert scores.shape == (3,)
    assert scores.min() > 0.8


def test_it_pickles_and_says_what_it_is():
    scorer = pickle.loads(pickle.dumps(SCORING["mean"]))
    assert repr(scorer) == "posterior_scorer('neg_log_loss')"
    strategy = fitted()
    assert scorer(strategy, X, Y) == SCORING["mean"](strategy, X, Y)


def test_what_it_cannot_score():
    with pytest.raises(TypeError, match="CoreSet has no posterior draws"):
        posterior_scorer("accuracy")(CoreSet().fit(X, Y), X, Y)
    with pytest.raises(TypeError, match="LogisticRegression has no posterior draws"):
        posterior_scorer("accuracy")(clone(LOGISTIC).fit(X, Y), X, Y)
    with pytest.raises(TypeError, match="the name of a scorer"):
        posterior_scorer(["accuracy"])
    with pytest.raises(ValueError, match="'none' is not a valid scoring value"):
        posterior_scorer("none")
    with pytest.raises(ValueError, match="not fitted"):
        posterior_scorer("accuracy")(BALD(LOGISTIC), X, Y)


def test_samplers_predict_by_their_mean():
    sampler = LinearSampler(LOGISTIC, random_state=3).fit(X[::5], Y[::5])
    p_nc = sampler.predict_proba(X)
    assert_array_equal(sampler.predict_proba(X), p_nc)
    assert_array_equal(sampler.predict(X), p_nc.argmax(axis=1))
    assert_allclose(sampler.mean(X, 0), sampler.draw(X, 0).mean(1))
    assert abs(p_nc - sampler.estimator_.predict_proba(X)).max() > 1e-3
    other = clone(sampler).set_params(random_state=None).fit(X[::5], Y[::5])
    assert (other.predict_proba(X) != other.predict_proba(X)).any()
    values = LinearSampler(BayesianRidge(), random_state=0).fit(XR, YR)
    assert values.predict(XR).shape == YR.shape
    assert not hasattr(values, "predict_proba")
    two = np.column_stack([YR, -YR])
    from sklearn.ensemble import RandomForestRegressor

    from skactive.samplers import EnsembleSampler

    forest = EnsembleSampler(RandomForestRegressor(5, random_state=0)).fit(XR, two)
    assert_allclose(forest.predict(XR), forest.estimator_.predict(XR))
