"""Models of XGBoost, LightGBM, CatBoost and imbalanced-learn, if installed."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.frozen import FrozenEstimator
from sklearn.preprocessing import StandardScaler

from skactive import BALD, DEIMOS, CoreSet, Entropy
from skactive.samplers import BootstrapSampler, EnsembleSampler, as_sampler
from tests.zoo import NAMES, data, small_forest

X, Y, Y2 = data()
VALUES = Y2[:, 0]


def xgboost(kind):
    module = pytest.importorskip("xgboost")
    return getattr(module, kind)(n_estimators=3, n_jobs=1)


def lightgbm(kind, **params):
    module = pytest.importorskip("lightgbm")
    params = {"n_estimators": 3, "verbose": -1, "min_child_samples": 3, **params}
    return getattr(module, kind)(n_jobs=1, **params)


def catboost(kind):
    module = pytest.importorskip("catboost")
    quiet = {"verbose": 0, "allow_writing_files": False, "thread_count": 1}
    return getattr(module, kind)(iterations=3, **quiet)


BAGGED = {"boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.7}
CLASSIFIERS = {
    "XGBClassifier": lambda: xgboost("XGBClassifier"),
    "XGBRFClassifier": lambda: xgboost("XGBRFClassifier"),
    "LGBMClassifier": lambda: lightgbm("LGBMClassifier"),
    "LGBMClassifier, forest": lambda: lightgbm("LGBMClassifier", **BAGGED),
    "CatBoostClassifier": lambda: catboost("CatBoostClassifier"),
}
REGRESSORS = {
    "XGBRegressor": lambda: xgboost("XGBRegressor"),
    "XGBRFRegressor": lambda: xgboost("XGBRFRegressor"),
    "LGBMRegressor": lambda: lightgbm("LGBMRegressor"),
    "CatBoostRegressor": lambda: catboost("CatBoostRegressor"),
}


@pytest.mark.parametrize("make", CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_boosted_classifiers(make):
    model = make()
    strategy = Entropy(model, random_state=0).fit(X, Y)
    assert is_classifier(strategy)
    frozen = FrozenEstimator(clone(model).fit(X, Y))
    for one in (strategy, Entropy(frozen).fit(X, Y), CoreSet(model).fit(X, Y)):
        assert len(set(one.query(X, 3))) == 3
    with pytest.raises(TypeError, match=r"use BootstrapSampler\(estimator\)"):
        BALD(model).fit(X, Y)
    sampler = BootstrapSampler(model, n_draws=4, random_state=0)
    bald = BALD(sampler, random_state=0).fit(X, Y)
    assert len(set(bald.query(X, 3))) == 3
    assert bald.sampler_.draw(X, 0).std(axis=1).max() > 0


@pytest.mark.parametrize("make", REGRESSORS.values(), ids=REGRESSORS)
def test_boosted_regressors(make):
    model = make()
    with pytest.raises(TypeError, match=r"use BootstrapSampler\(estimator\)"):
        DEIMOS(model).fit(X, VALUES)
    sampler = BootstrapSampler(model, n_draws=4, random_state=0)
    strategy = DEIMOS(sampler, random_state=0).fit(X, VALUES)
    assert is_regressor(strategy)
    assert len(set(strategy.query(X, 3))) == 3


def test_weights_of_points_are_resampled_with_them():
    sampler = BootstrapSampler(xgboost("XGBClassifier"), n_draws=4, random_state=0)
    sampler.fit(X, Y, sample_weight=np.where(Y == 0, 1e-6, 1.0))
    assert (sampler.draw(X, 0).mean(axis=1).argmax(axis=1) == 0).mean() < 0.1


def balanced(kind, **params):
    ensemble = pytest.importorskip("imblearn.ensemble")
    return getattr(ensemble, kind)(random_state=0, **params)


ENSEMBLES = {
    "forest": lambda: balanced("BalancedRandomForestClassifier", n_estimators=5),
    "bags": lambda: balanced("BalancedBaggingClassifier", n_estimators=5),
    "easy": lambda: balanced("EasyEnsembleClassifier", n_estimators=3),
}


@pytest.mark.parametrize("make", ENSEMBLES.values(), ids=ENSEMBLES)
@pytest.mark.parametrize("labels", [Y, NAMES[Y]], ids=["numbers", "names"])
def test_balanced_ensembles_are_ensembles(make, labels):
    sampler = as_sampler(make()).fit(X, labels)
    assert isinstance(sampler, EnsembleSampler)
    mean = sampler.draw(X, 0).mean(axis=1)
    assert_allclose(mean, sampler.estimator_.predict_proba(X), atol=1e-12)
    strategy = BALD(make(), random_state=0).fit(X, labels)
    assert len(set(strategy.query(X, 3))) == 3


def test_pipelines_that_resample():
    pipeline = pytest.importorskip("imblearn.pipeline")
    sampling = pytest.importorskip("imblearn.over_sampling")
    resampler = sampling.RandomOverSampler(random_state=0)
    model = pipeline.make_pipeline(StandardScaler(), resampler, small_forest())
    sampler = as_sampler(model).fit(X, Y)
    assert isinstance(sampler, EnsembleSampler)
    mean = sampler.draw(X, 0).mean(axis=1)
    assert_allclose(mean, sampler.estimator_.predict_proba(X), atol=1e-12)
