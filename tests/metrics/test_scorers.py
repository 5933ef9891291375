import numpy as np
import pytest
from scipy.stats import norm
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import BayesianRidge, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler

from skactive import BALD, DEIMOS, Entropy, RandomSampling
from skactive.metrics import (
    expected_calibration_error,
    gaussian_log_likelihood,
    gaussian_negative_log_likelihood,
    get_scorer,
    log_likelihood,
    negative_calibration_error,
)
from skactive.metrics._scorers import named_scorers
from skactive.model_selection import StrategySearchCV, active_learning_curve
from skactive.pipeline import make_pipeline

X, Y = load_iris(return_X_y=True)
XR, YR = load_diabetes(return_X_y=True)


def slow_calibration_error(y, p_nc, classes, n_bins):
    total = 0.0
    for b in range(n_bins):
        members = [
            (p.max(), classes[p.argmax()] == label)
            for p, label in zip(p_nc, y, strict=True)
            if b / n_bins < p.max() <= (b + 1) / n_bins
        ]
        if members:
            sure, right = np.mean(members, axis=0)
            total += len(members) / len(y) * abs(sure - right)
    return total


@pytest.mark.parametrize("n_bins", [1, 7, 15])
def test_calibration_error_is_that_of_a_loop(n_bins):
    rng = np.random.default_rng(n_bins)
    p_nc = rng.dirichlet([0.3] * 3, 200)
    classes = np.array(["b", "a", "c"])
    y = np.where(rng.random(200) < 0.1, "never seen", rng.choice(classes, 200))
    fast = expected_calibration_error(y, p_nc, classes, n_bins=n_bins)
    assert fast == pytest.approx(slow_calibration_error(y, p_nc, classes, n_bins))


def test_calibration_error_at_the_edges():
    sure = [[1.0, 0.0], [0.0, 1.0]]
    assert expected_calibration_error([0, 1], sure, [0, 1]) == 0
    assert expected_calibration_error([1, 0], sure, [0, 1]) == 1
    assert expected_calibration_error([2, 2], sure, [0, 1]) == 1


def test_log_density_is_that_of_scipy():
    rng = np.random.default_rng(0)
    f_nkc, y_nc = rng.normal(size=(30, 9, 2)), rng.normal(size=(30, 2))
    expected = -norm(f_nkc.mean(axis=1), f_nkc.std(axis=1)).logpdf(y_nc).mean()
    assert gaussian_negative_log_likelihood(y_nc, f_nkc) == pytest.approx(expected)


def test_draws_that_agree_are_clipped():
    y, f_nkc = np.array([0.0, 2.0]), np.ones((2, 5, 1))
    least = 1e-4 * 1.0
    expected = -norm(1, np.sqrt(least)).logpdf(0.0)
    assert gaussian_negative_log_likelihood(y, f_nkc) == pytest.approx(expected)
    with pytest.raises(ValueError, match="two draws or more"):
        gaussian_negative_log_likelihood(y, f_nkc[:, :1])


def test_classes_never_seen_are_scored():
    model = GaussianNB().fit(X[:100], Y[:100])
    assert get_scorer("nll")(model, X, Y) == log_likelihood(model, X, Y)
    assert np.isfinite(log_likelihood(model, X, Y))
    by_hand = expected_calibration_error(Y, model.predict_proba(X), [0, 1])
    assert negative_calibration_error(model, X, Y) == -by_hand


@pytest.mark.parametrize("model", [RandomForestRegressor(9), BayesianRidge()])
def test_values_are_scored_by_draws(model):
    strategy = DEIMOS(clone(model), random_state=0).fit(XR[:99], YR[:99])
    score = gaussian_log_likelihood(strategy, XR, YR)
    assert score == gaussian_log_likelihood(strategy.sampler_, XR, YR)
    assert score == get_scorer("log_likelihood")(strategy, XR, YR)
    f_nkc = strategy.sampler_.draw(XR, 0)
    assert score == -gaussian_negative_log_likelihood(YR, f_nkc)
    piped = make_pipeline(StandardScaler(), clone(strategy)).fit(XR[:99], YR[:99])
    assert np.isfinite(gaussian_log_likelihood(piped, XR, YR))


def test_models_without_draws_are_named():
    with pytest.raises(TypeError, match="Ridge has no posterior draws"):
        gaussian_log_likelihood(Ridge().fit(XR, YR), XR, YR)
    strategy = RandomSampling(Ridge()).fit(XR, YR)
    with pytest.raises(ValueError, match="two draws or more"):
        gaussian_log_likelihood(strategy, XR, YR)


def test_names():
    for name in ("nll", "ece"):
        assert get_scorer(name) is get_scorer(f"neg_{name}")
    model = Ridge().fit(XR, YR)
    rmse = np.sqrt(np.mean((model.predict(XR) - YR) ** 2))
    assert get_scorer("rmse")(model, XR, YR) == pytest.approx(-rmse)
    assert get_scorer("r2")(model, XR, YR) == pytest.approx(model.score(XR, YR))
    with pytest.raises(ValueError, match="speed"):
        get_scorer("speed")


def test_scoring_may_be_all_that_it_is_elsewhere():
    assert named_scorers(None) is None
    assert named_scorers(log_likelihood) is log_likelihood
    assert list(named_scorers(["accuracy", "nll"])) == ["accuracy", "neg_nll"]
    assert named_scorers({"loss": "ece"}) == {"loss": negative_calibration_error}
    with pytest.raises(ValueError, match="must not repeat a scorer"):
        named_scorers(["nll", "neg_nll"])


def test_curves_of_both_tasks():
    options = {"n": 5, "rounds": 1, "cv": 2, "random_state": 0, "initial": "random"}
    forest, values = RandomForestClassifier(5), RandomForestRegressor(5)
    names = ["accuracy", "balanced_accuracy", "nll", "ece"]
    curve = active_learning_curve(BALD(forest), X, Y, scoring=names, **options)
    assert list(curve.scores) == ["accuracy", "balanced_accuracy", "neg_nll", "neg_ece"]
    assert all(np.isfinite(score).all() for score in curve.scores.values())
    names = ["r2", "rmse", "nll"]
    curve = active_learning_curve(DEIMOS(values), XR, YR, scoring=names, **options)
    assert list(curve.scores) == ["r2", "neg_rmse", "neg_nll"]
    assert all(np.isfinite(score).all() for score in curve.scores.values())
    search = StrategySearchCV({"a": Entropy(forest)}, scoring="nll", **options)
    assert search.fit(X, Y).best_score_ < 0
