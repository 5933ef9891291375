"""Samplers that other libraries register for their models."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import RandomForestRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import BayesianRidge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skactive import BALD, ICAL, MaxVariance
from skactive.samplers import (
    EnsembleSampler,
    GaussianProcessSampler,
    PosteriorSampler,
    _registry,
    as_sampler,
    register_sampler,
    unregister_sampler,
)
from skactive.samplers._point import PointSampler
from skactive.testing import check_sampler
from tests.zoo import data

X, _, y_2 = data()
Y = y_2[:, 0]


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch):
    monkeypatch.setattr(_registry, "ENTRIES", list(_registry.ENTRIES))


class Line(RegressorMixin, BaseEstimator):
    """A model of another library."""

    def fit(self, X, y):
        self.weights_ = np.linalg.lstsq(X, y, rcond=None)[0]
        return self

    def predict(self, X):
        return X @ self.weights_


class SteepLine(Line):
    """A subclass of it."""


class LineSampler(PosteriorSampler):
    """The sampler that the other library registers for it."""

    def functions(self, rng):
        mean_d = self._final.weights_
        w_kd = rng.normal(mean_d, 0.1, (self.n_draws_, len(mean_d)))
        return lambda X: (self._transform(X) @ w_kd.T)[:, :, None]


class OtherSampler(LineSampler):
    """A sampler registered by somebody else."""


@pytest.mark.parametrize("wrap", [FrozenEstimator, make_pipeline, lambda model: model])
def test_a_registered_type_is_known_however_it_is_wrapped(wrap):
    model = wrap(Line())
    with pytest.raises(TypeError, match="no posterior is known for Line"):
        as_sampler(model)
    register_sampler(Line, LineSampler)
    sampler = as_sampler(model)
    assert type(sampler) is LineSampler
    assert sampler.estimator is model


def test_registered_models_work_in_strategies():
    register_sampler(Line, LineSampler)
    check_sampler(as_sampler(Line()))
    piped = make_pipeline(StandardScaler(), Line())
    for cls in (ICAL, BALD, MaxVariance):
        params = {"noise": 1.0} if "noise" in cls().get_params() else {}
        strategy = cls(piped, random_state=0, **params)
        assert len(strategy.fit(X, Y).query(X, 4)) == 4


def test_subclasses_are_known_too():
    register_sampler(Line, LineSampler)
    assert type(as_sampler(SteepLine())) is LineSampler


def test_the_latest_goes_first():
    register_sampler(SteepLine, OtherSampler)
    register_sampler(Line, LineSampler)
    assert type(as_sampler(SteepLine())) is LineSampler
    register_sampler(SteepLine, OtherSampler)  # again: it moves to the end
    assert type(as_sampler(SteepLine())) is OtherSampler
    assert type(as_sampler(Line())) is LineSampler
    register_sampler(Line, OtherSampler)
    assert type(as_sampler(Line())) is OtherSampler


def test_registered_types_go_before_those_of_the_package():
    register_sampler(
        RandomForestRegressor, lambda model: EnsembleSampler(model, n_draws=3)
    )
    assert as_sampler(RandomForestRegressor()).n_draws == 3


def test_unregistering():
    register_sampler(BayesianRidge, LineSampler)
    register_sampler(BayesianRidge, OtherSampler)
    unregister_sampler(BayesianRidge)
    assert type(as_sampler(BayesianRidge())).__name__ == "LinearSampler"
    with pytest.raises(ValueError, match="no sampler is registered for BayesianRidge"):
        unregister_sampler(BayesianRidge)


def test_only_where_functions_are_needed():
    register_sampler(Line, LineSampler, functions_only=True)
    assert type(as_sampler(Line())) is LineSampler
    assert type(as_sampler(Line(), needs="mean")) is PointSampler
    register_sampler(Line, LineSampler)
    assert type(as_sampler(Line(), needs="mean")) is LineSampler


def test_a_type_without_tags_takes_its_sampler_s_task():
    class Bare:
        """A class that has nothing to do with scikit-learn."""

        def fit(self, X, y):
            self.mean = y.mean(axis=0)

    class BareSampler(PosteriorSampler):
        task = "regression"

        def functions(self, rng):
            w_kd = self.estimator_.mean + rng.normal(size=(self.n_draws_, 6))
            return lambda X: (X @ w_kd.T)[:, :, None]

    register_sampler(Bare, BareSampler)
    strategy = ICAL(Bare(), random_state=0).fit(X, Y)
    assert_array_equal(strategy.fit(X, Y).query(X, 3), strategy.query(X, 3))


@pytest.mark.parametrize("thing", [Line(), "Line", None, int | str])
def test_what_is_no_class_is_refused(thing):
    with pytest.raises(TypeError, match="is not a class; register the type"):
        register_sampler(thing, LineSampler)
    with pytest.raises(TypeError, match="is not a class; register the type"):
        unregister_sampler(thing)


@pytest.mark.parametrize("cls", [Pipeline, FrozenEstimator, list])
def test_what_holds_the_model_is_refused(cls):
    with pytest.raises(TypeError, match="register the type of the model itself"):
        register_sampler(cls, LineSampler)


def test_what_is_no_factory_is_refused():
    with pytest.raises(TypeError, match="factory for Line must be callable, not 3"):
        register_sampler(Line, 3)


def test_what_a_factory_makes_is_checked():
    register_sampler(Line, lambda model: model)
    with pytest.raises(TypeError, match="registered for Line, returned a Line, not"):
        as_sampler(Line())


def test_the_package_s_own_are_found_in_the_same_way():
    assert _registry.find(GaussianProcessRegressor(), "functions") is (
        GaussianProcessSampler
    )
    assert _registry.find(GaussianProcessRegressor(), "mean") is None
