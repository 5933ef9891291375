import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skactive import testing
from skactive.samplers import as_sampler
from skactive.samplers._point import PointSampler
from tests import zoo

X, LABELS, TARGETS = zoo.data()
NAMES = zoo.NAMES[LABELS]


@pytest.mark.parametrize(
    "model",
    [
        GaussianNB(),
        make_pipeline(StandardScaler(), LogisticRegression()),
        FrozenEstimator(GaussianNB().fit(X, NAMES)),
    ],
)
def test_one_draw_is_the_prediction(model):
    sampler = as_sampler(model, needs="mean").fit(X, NAMES)
    assert isinstance(sampler, PointSampler)
    sampler.check_mean()
    draws = sampler.draw(X, 0)
    assert draws.shape == (40, 1, 3)
    assert_array_equal(draws[:, 0], sampler.estimator_.predict_proba(X))
    assert_array_equal(sampler.classes_, zoo.NAMES)
    testing.check_sampler(PointSampler(model), data=(X, NAMES, X))


@pytest.mark.parametrize("y", [TARGETS[:, 0], TARGETS], ids=["one", "two"])
def test_one_draw_is_the_value(y):
    sampler = as_sampler(KNeighborsRegressor(2), needs="features").fit(X, y)
    draws = sampler.draw(X, 0)
    assert draws.shape == (40, 1, 1 if y.ndim == 1 else 2)
    assert_array_equal(draws.squeeze(), sampler.estimator_.predict(X))
    with config_context(working_memory=1e-3):
        assert_allclose(sampler.draw(X, 0), draws)
    testing.check_sampler(PointSampler(LinearRegression()), data=(X, y, X))


def test_a_model_without_probabilities_is_named():
    sampler = as_sampler(LinearSVC(), needs="mean").fit(X, LABELS)
    with pytest.raises(TypeError, match=r"LinearSVC has no predict_proba; calibrate"):
        sampler.check_mean()


def test_a_regressor_needs_no_probabilities():
    as_sampler(LinearRegression(), needs="mean").fit(X, TARGETS[:, 0]).check_mean()


def test_chance_is_not_asked():
    sampler = as_sampler(GaussianNB(), needs="mean").fit(X, LABELS)
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    sampler.draw(X, rng)
    assert rng.bit_generator.state == before
