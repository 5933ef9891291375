import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skactive import Entropy
from skactive.samplers import register_sampler, unregister_sampler
from skactive.samplers._point import PointSampler

X = np.arange(6.0)[:, None]
Y = np.array([0, 0, 0, 1, 1, 1])


class Curve(LogisticRegression):
    """A model of which nobody but these tests knows."""


@pytest.fixture
def registered():
    """Register a function that makes samplers of `Curve`, for one test."""
    yield lambda make: register_sampler(Curve, make)
    unregister_sampler(Curve)


def test_model_of_the_user_is_neither_fitted_nor_seeded():
    model = LogisticRegression(C=2.0)
    strategy = Entropy(model, random_state=0).fit(X, Y)
    assert vars(model) == vars(LogisticRegression(C=2.0))
    assert strategy.estimator_.C == 2.0
    assert strategy.estimator_.random_state is not None


def test_sampler_that_a_registered_function_shares_stays_as_it_is(registered):
    shared = PointSampler(Curve(C=3.0))
    registered(lambda model: shared)
    strategy = Entropy(Curve(), random_state=0).fit(X, Y)
    assert vars(shared).keys() == vars(PointSampler(Curve())).keys()
    assert shared.random_state is None
    assert shared.estimator.random_state is None
    assert strategy.estimator_.C == 3.0


def test_parameters_that_a_registered_function_shares_stay_as_they_are(registered):
    class Noted(PointSampler):
        def __init__(self, estimator, *, other=None, random_state=None):
            super().__init__(estimator, random_state=random_state)
            self.other = other

    other = LogisticRegression()
    registered(lambda model: Noted(model, other=other))
    Entropy(Curve(), random_state=0).fit(X, Y)
    assert other.random_state is None
