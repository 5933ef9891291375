"""Models inside pipelines, FrozenEstimator and frozen searches."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skactive import BALD, Entropy
from skactive.samplers import BootstrapSampler, EnsembleSampler, as_sampler
from skactive.samplers._unwrap import is_frozen, unwrap
from tests.zoo import NAMES, data, small_forest

X, LABELS, _ = data()


class Resampler(BaseEstimator):
    """Like those of imbalanced-learn: resamples in fit, and transforms nothing."""

    def fit_resample(self, X, y):
        return X, y


def test_unwrap_splits_transforms_and_model():
    forest, scaler = small_forest(), StandardScaler()
    inner = make_pipeline(StandardScaler(), FrozenEstimator(forest))
    transforms, final = unwrap(make_pipeline(scaler, inner))
    assert final is forest
    assert [type(t) for t in transforms] == [Pipeline, Pipeline]
    assert transforms[0][0] is scaler
    assert unwrap(forest) == ([], forest)
    assert unwrap(Pipeline([("only", forest)])) == ([], forest)


def test_resamplers_are_no_transforms():
    scaler, forest = StandardScaler(), small_forest()
    piped = make_pipeline(scaler, Resampler(), forest)
    (transform,), final = unwrap(piped)
    assert final is forest
    assert [step for _, step in transform.steps] == [scaler]
    assert unwrap(make_pipeline(Resampler(), forest)) == ([], forest)


def test_a_frozen_search_is_the_model_that_it_found():
    """Error messages advise to freeze a fitted search, so it must be accepted."""
    piped = make_pipeline(StandardScaler(), RandomForestClassifier(random_state=0))
    search = GridSearchCV(piped, {"randomforestclassifier__n_estimators": [4, 6]})
    frozen = FrozenEstimator(search.fit(X, NAMES[LABELS]))
    sampler = as_sampler(frozen)
    assert isinstance(sampler, EnsembleSampler)
    p_nkc = sampler.fit(X[:3], NAMES[LABELS[:3]]).draw(X, 0)
    found = as_sampler(FrozenEstimator(search.best_estimator_)).fit(X, NAMES[LABELS])
    assert_array_equal(p_nkc, found.draw(X, 0))
    np.testing.assert_allclose(p_nkc.mean(axis=1), search.predict_proba(X))
    strategy = BALD(frozen, random_state=0).fit(X[:3], NAMES[LABELS[:3]])
    assert strategy.estimator_ is frozen
    assert len(strategy.query(X, 4)) == 4


def test_a_frozen_search_for_a_mean():
    search = GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9, 1e-3]})
    frozen = FrozenEstimator(search.fit(X, LABELS))
    assert len(Entropy(frozen).fit(X[:3], LABELS[:3]).query(X, 4)) == 4
    # what is frozen cannot be bootstrapped, so the remedy is another
    with pytest.raises(
        TypeError,
        match="known for GaussianNB: use BootstrapSampler of a GaussianNB that",
    ):
        as_sampler(frozen)


def test_searches_that_are_not_frozen_stay_whole():
    search = GridSearchCV(small_forest(), {"max_depth": [2]})
    assert unwrap(search) == ([], search)
    search.fit(X, LABELS)
    assert unwrap(search) == ([], search)


def test_is_frozen():
    frozen = FrozenEstimator(SVC())
    assert is_frozen(frozen)
    assert is_frozen(make_pipeline(StandardScaler(), make_pipeline(frozen)))
    assert not is_frozen(make_pipeline(frozen, SVC()))
    assert not is_frozen(SVC())


@pytest.mark.parametrize("model", [small_forest(), LogisticRegression(), GaussianNB()])
@pytest.mark.parametrize("name", ["SMOTE", "RandomOverSampler", "RandomUnderSampler"])
@pytest.mark.parametrize("scaled", [True, False])
def test_pipelines_of_imbalanced_learn(name, model, scaled):
    """Resampling steps act in fit only and must not be asked to transform the pool."""
    imblearn = pytest.importorskip("imblearn")
    from imblearn.pipeline import make_pipeline as make_imbalanced

    module = imblearn.under_sampling if "Under" in name else imblearn.over_sampling
    resampler = getattr(module, name)(random_state=0)
    steps = [StandardScaler()] * scaled + [resampler, model]
    piped = make_imbalanced(*steps)
    for strategy in (Entropy(piped), BALD(BootstrapSampler(piped, n_draws=4))):
        assert len(set(strategy.fit(X, LABELS).query(X, 4))) == 4
    mean = as_sampler(piped, needs="mean").fit(X, LABELS).draw(X, 0).mean(axis=1)
    np.testing.assert_allclose(mean, piped.fit(X, LABELS).predict_proba(X))
    frozen = FrozenEstimator(piped)
    np.testing.assert_allclose(
        as_sampler(frozen, needs="mean").fit(None, None).draw(X, 0).mean(axis=1), mean
    )
