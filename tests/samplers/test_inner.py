"""Searches, thresholds and transformed targets: draws of the model inside."""

import pickle

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import BayesianRidge, LogisticRegression, Ridge
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skactive import BALD, DEIMOS, BatchBALD, Entropy
from skactive.samplers import EnsembleSampler, LinearSampler, as_sampler
from skactive.samplers._inner import InnerSampler
from skactive.testing import check_sampler
from tests.zoo import NAMES, data, small_forest

X, Y, Y2 = data()
TWO, VALUES = NAMES[(Y > 0).astype(int)], Y2[:, 0]
FOREST = small_forest()
GRID = {"n_estimators": [4, 6]}
SEARCHES = {
    "grid": GridSearchCV(FOREST, GRID, cv=2),
    "randomized": RandomizedSearchCV(FOREST, GRID, n_iter=2, cv=2, random_state=0),
    "halving": HalvingGridSearchCV(FOREST, GRID, cv=2, min_resources=20),
}
THRESHOLDS = {
    "tuned": TunedThresholdClassifierCV(FOREST, cv=2),
    "fixed": FixedThresholdClassifier(FOREST, threshold=0.2),
}


@pytest.mark.parametrize("model", SEARCHES.values(), ids=SEARCHES)
def test_a_search_draws_its_best_model(model):
    sampler = as_sampler(model)
    assert isinstance(sampler, InnerSampler)
    sampler.fit(X, TWO)
    best = sampler.estimator_.best_estimator_
    expected = EnsembleSampler(FrozenEstimator(best)).fit(X, TWO)
    assert_array_equal(sampler.draw(X, 0), expected.draw(X, 0))
    assert_array_equal(sampler.classes_, ["ant", "bee"])
    assert sampler.n_draws_ == best.n_estimators
    assert_allclose(sampler.predict_proba(X), sampler.estimator_.predict_proba(X))


@pytest.mark.parametrize("model", THRESHOLDS.values(), ids=THRESHOLDS)
def test_thresholds_decide_and_their_models_draw(model):
    strategy = BALD(model, random_state=0).fit(X, TWO)
    inner = strategy.estimator_.estimator_
    expected = EnsembleSampler(FrozenEstimator(inner)).fit(X, TWO)
    assert_array_equal(strategy.sampler_.draw(X, 0), expected.draw(X, 0))
    assert_array_equal(strategy.predict(X), strategy.estimator_.predict(X))


@pytest.mark.parametrize(
    "regressor", [small_forest(RandomForestRegressor), BayesianRidge()]
)
def test_a_transformed_target_is_drawn_in_its_units(regressor):
    scaled = TransformedTargetRegressor(regressor, transformer=StandardScaler())
    y = 100 + 10 * VALUES
    sampler = InnerSampler(scaled).fit(X, y)
    scale = sampler.estimator_.transformer_
    inner = as_sampler(clone(regressor))
    inner.fit(X, scale.transform(y[:, None])[:, 0])
    expected = inner.draw(X, 0) * scale.scale_ + scale.mean_
    assert_allclose(sampler.draw(X, 0), expected)
    assert 90 < sampler.draw(X, 0).mean() < 110
    assert len(DEIMOS(scaled, random_state=0).fit(X, y).query(X, 3)) == 3


def test_a_curved_target_and_two_of_them():
    positive = np.exp(Y2)
    model = TransformedTargetRegressor(
        small_forest(RandomForestRegressor), func=np.log, inverse_func=np.exp
    )
    sampler = as_sampler(model).fit(X, positive)
    trees = as_sampler(small_forest(RandomForestRegressor)).fit(X, np.log(positive))
    assert_allclose(sampler.draw(X, 0), np.exp(trees.draw(X, 0)))
    assert sampler.n_outputs_ == 2


def test_within_pipelines_and_each_other():
    search = GridSearchCV(FOREST, GRID, cv=2)
    piped = make_pipeline(StandardScaler(), search)
    strategy = BatchBALD(piped, random_state=0).fit(X, TWO)
    assert isinstance(strategy.sampler_, InnerSampler)
    frozen = FrozenEstimator(strategy.estimator_)
    again = as_sampler(frozen).fit(X, TWO)
    assert_array_equal(again.draw(X, 0), strategy.sampler_.draw(X, 0))
    both = TransformedTargetRegressor(
        GridSearchCV(BayesianRidge(), {"tol": [1e-3, 1e-4]}, cv=2),
        transformer=StandardScaler(),
    )
    plain = TransformedTargetRegressor(BayesianRidge(), transformer=StandardScaler())
    draws = [as_sampler(m).fit(X, VALUES).draw(X, 0) for m in (both, plain)]
    assert_allclose(*draws, rtol=1e-6)


def test_joint_draws_stay_joint():
    grid = GridSearchCV(GaussianProcessRegressor(alpha=0.1), {"alpha": [0.1]}, cv=2)
    sampler = as_sampler(grid).fit(X, VALUES)
    assert not sampler.is_pointwise
    assert sampler.pointwise().is_pointwise
    assert not sampler.is_pointwise


def test_how_many_draws():
    forest = RandomForestClassifier(8, random_state=0)
    grid = GridSearchCV(forest, {"min_samples_leaf": [1, 2]}, cv=2)
    assert InnerSampler(grid).fit(X, Y).n_draws_ == 8
    few = InnerSampler(grid, n_draws=3).fit(X, Y)
    assert few.draw(X, 0).shape == (len(X), 3, 3)
    assert few.uses_rng
    one = GridSearchCV(forest, {"n_estimators": [1]}, cv=2)
    with pytest.raises(ValueError, match="has a single member"):
        BALD(one, random_state=0).fit(X, Y)
    pytest.importorskip("torch")
    assert InnerSampler(grid, device="cpu").fit(X, Y).device == "cpu"


def test_what_it_cannot_draw_from():
    assert not InnerSampler.accepts(GridSearchCV(GaussianNB(), {}))
    assert not InnerSampler.accepts(TransformedTargetRegressor())
    with pytest.raises(TypeError, match="no posterior is known for GridSearchCV"):
        as_sampler(GridSearchCV(GaussianNB(), {}))
    unfinished = GridSearchCV(FOREST, GRID, cv=2, refit=False)
    with pytest.raises(ValueError, match="has refit=False"):
        BALD(unfinished, random_state=0).fit(X, Y)
    trained = FrozenEstimator(clone(THRESHOLDS["fixed"]).fit(X, TWO))
    with pytest.raises(ValueError, match="needs labelled points"):
        as_sampler(trained).fit(None, None)


def test_a_mean_is_that_of_the_whole():
    strategy = Entropy(SEARCHES["grid"], random_state=0).fit(X, Y)
    assert not isinstance(strategy.sampler_, InnerSampler)
    p_nkc = strategy.sampler_.draw(X, 0)
    assert_array_equal(p_nkc[:, 0], strategy.estimator_.predict_proba(X))


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibrated_members_are_draws(method):
    model = CalibratedClassifierCV(LinearSVC(random_state=0), cv=3, method=method)
    sampler = as_sampler(model).fit(X, NAMES[Y])
    assert isinstance(sampler, EnsembleSampler)
    p_nkc = sampler.draw(X, 0)
    assert p_nkc.shape == (len(X), 3, 3)
    assert_allclose(p_nkc.mean(1), sampler.estimator_.predict_proba(X))
    single = clone(model).set_params(ensemble=False)
    with pytest.raises(ValueError, match="has a single member"):
        BALD(single, random_state=0).fit(X, Y)


@pytest.mark.parametrize(
    "model",
    [
        StackingClassifier([("a", GaussianNB()), ("b", LogisticRegression())], cv=2),
        OneVsRestClassifier(LogisticRegression()),
    ],
)
def test_several_models_of_one_prediction_have_a_mean_only(model):
    with pytest.raises(
        TypeError, match=r"one prediction.*Entropy.*BootstrapSampler\(e"
    ):
        BALD(model, random_state=0).fit(X, Y)
    assert len(Entropy(model, random_state=0).fit(X, Y).query(X, 3)) == 3
    frozen = FrozenEstimator(clone(model).fit(X, Y))
    with pytest.raises(TypeError, match=r"BootstrapSampler of a .* that is not frozen"):
        BALD(frozen, random_state=0).fit(X, Y)


def test_pickled():
    sampler = as_sampler(SEARCHES["grid"]).fit(X, Y)
    again = pickle.loads(pickle.dumps(sampler))
    assert_array_equal(again.draw(X, 0), sampler.draw(X, 0))


@pytest.mark.parametrize(
    "model",
    [
        SEARCHES["grid"],
        CalibratedClassifierCV(GaussianNB(), cv=3),
        TransformedTargetRegressor(BayesianRidge(), transformer=StandardScaler()),
        GridSearchCV(GaussianProcessRegressor(alpha=0.1), {"alpha": [0.1]}, cv=2),
    ],
    ids=["grid", "calibrated", "target", "process"],
)
def test_check_sampler(model):
    check_sampler(as_sampler(model))


def test_nets():
    torch = pytest.importorskip("torch")
    pytest.importorskip("skorch")
    from skactive.samplers import DropoutSampler, LaplaceSampler
    from tests.zoo import nets

    X32 = X.astype(np.float32)
    for name, kind in (("net", DropoutSampler), ("plain net", LaplaceSampler)):
        grid = GridSearchCV(nets("classification")[name], {"lr": [0.1, 0.2]}, cv=2)
        strategy = BALD(grid, random_state=0).fit(X32, Y)
        assert isinstance(strategy.sampler_.inner_, kind)
        assert isinstance(strategy.sampler_.draw(X32, 0), torch.Tensor)
    values = Y2[:, :1].astype(np.float32)
    scaled = TransformedTargetRegressor(
        nets("regression")["plain net"], transformer=StandardScaler()
    )
    sampler = as_sampler(scaled).set_params(random_state=0).fit(X32, values[:, 0])
    mean = sampler.draw(X32, 0).mean(axis=1)[:, 0]
    assert np.corrcoef(mean, sampler.estimator_.predict(X32))[0, 1] > 0.9


LINE = LogisticRegression(max_iter=5000, tol=1e-10)
WEIGHT = np.random.default_rng(0).uniform(0.1, 50, len(X))


def meta_estimators(line):
    """Meta-estimators around a logistic regression, and the name of its weights."""
    piped = make_pipeline(StandardScaler(), line)
    name = "logisticregression__sample_weight"
    return {
        "grid": (GridSearchCV(line, {"C": [1.0]}, cv=2), "sample_weight"),
        "piped in a grid": (GridSearchCV(piped, {}, cv=2), name),
        "grid in a pipeline": (
            make_pipeline(StandardScaler(), GridSearchCV(line, {}, cv=2)),
            "gridsearchcv__sample_weight",
        ),
        "halving": (
            HalvingGridSearchCV(line, {"C": [1.0]}, cv=2, min_resources=40),
            "sample_weight",
        ),
        "fixed": (FixedThresholdClassifier(line), "sample_weight"),
        "tuned": (TunedThresholdClassifierCV(line, cv=2), "sample_weight"),
        "grid of thresholds": (
            GridSearchCV(FixedThresholdClassifier(piped), {}, cv=2),
            name,
        ),
    }


def last_step(model):
    """The logistic regression in a fitted meta-estimator, and the points it gets."""
    points = X
    while not isinstance(model, LogisticRegression):
        if isinstance(model, Pipeline):
            points, model = model[:-1].transform(points), model[-1]
        elif isinstance(model, GridSearchCV | HalvingGridSearchCV):
            model = model.best_estimator_
        else:
            model = model.estimator_
    return model, points


@pytest.mark.parametrize("kind", meta_estimators(LINE))
@pytest.mark.parametrize("routing", [False, True], ids=["plain", "routed"])
def test_weights_reach_the_curvature_within(kind, routing):
    # thresholds pass no parameters on unless metadata routing is enabled
    if not routing and ("fixed" in kind or "tuned" in kind or "threshold" in kind):
        pytest.skip("scikit-learn refuses the weights")
    y = (Y > 0).astype(int)
    with sklearn.config_context(enable_metadata_routing=routing):
        line, name = clone(LINE), "importance"
        if routing:
            line.set_fit_request(sample_weight="importance")
        else:
            name = meta_estimators(LINE)[kind][1]
        sampler = as_sampler(meta_estimators(line)[kind][0])
        sampler.fit(X, y, **{name: WEIGHT})
        plain = as_sampler(meta_estimators(line)[kind][0]).fit(X, y)
    fitted, points = last_step(sampler.estimator_)
    direct = LinearSampler(clone(fitted).set_params(warm_start=False))
    with sklearn.config_context(enable_metadata_routing=False):
        direct.fit(points, y, sample_weight=WEIGHT)
    expected = direct.draw(points, 0)
    assert_allclose(sampler.draw(X, 0), expected, atol=1e-6)
    assert plain.draw(X, 0).std(1).mean() > 2 * expected.std(1).mean()


def test_weights_reach_a_transformed_target():
    scaled = TransformedTargetRegressor(BayesianRidge(), transformer=StandardScaler())
    y = VALUES + np.random.default_rng(0).normal(size=len(X))
    sampler = as_sampler(scaled).fit(X, y, sample_weight=WEIGHT)
    inner = StandardScaler().fit(y[:, None])
    direct = as_sampler(BayesianRidge())
    direct.fit(X, inner.transform(y[:, None])[:, 0], sample_weight=WEIGHT)
    expected = direct.draw(X, 0) * inner.scale_ + inner.mean_
    assert_allclose(sampler.draw(X, 0), expected)
    assert abs(as_sampler(scaled).fit(X, y).draw(X, 0) - expected).max() > 0.1


def test_weights_of_a_frozen_search_reach_the_curvature():
    search = GridSearchCV(LINE, {"C": [1.0]}, cv=2).fit(X, Y, sample_weight=WEIGHT)
    sampler = as_sampler(FrozenEstimator(search)).fit(X, Y, sample_weight=WEIGHT)
    direct = LinearSampler(LINE).fit(X, Y, sample_weight=WEIGHT)
    assert_allclose(sampler.draw(X, 0), direct.draw(X, 0), atol=1e-6)


def test_other_regressors_are_refused():
    assert not InnerSampler.accepts(TransformedTargetRegressor(Ridge()))
