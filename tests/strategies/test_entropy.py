import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import entropy as scipy_entropy
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

from skactive import (
    BALD,
    Entropy,
)
from skactive.testing import make_data
from tests.draws import GivenDraws, fitted, pool_of

X, y, X_pool = make_data("classification")


@pytest.fixture
def draws():
    return np.random.default_rng(0).dirichlet(np.full(4, 0.3), size=(50, 7))


def test_entropy_is_that_of_the_mean(draws):
    strategy = fitted(Entropy(GivenDraws(draws)))
    scores = strategy.score_samples(pool_of(draws))
    assert_allclose(scores, scipy_entropy(draws.mean(axis=1), axis=1))
    indices, gains = strategy.query(pool_of(draws), 9, return_scores=True)
    assert_array_equal(indices, np.argsort(-scores)[:9])
    assert_allclose(gains, np.sort(scores)[::-1][:9])


@pytest.mark.parametrize(
    "model", [GaussianNB(), HistGradientBoostingClassifier(), LogisticRegression()]
)
def test_entropy_takes_any_classifier_with_probabilities(model):
    strategy = Entropy(model, random_state=0).fit(X, y)
    expected = scipy_entropy(strategy.predict_proba(X_pool), axis=1)
    assert_allclose(strategy.score_samples(X_pool), expected, rtol=1e-5, atol=1e-6)


def test_entropy_of_a_forest_is_that_of_its_prediction():
    strategy = Entropy(RandomForestClassifier(20), random_state=0).fit(X, y)
    expected = scipy_entropy(strategy.predict_proba(X_pool), axis=1)
    assert_allclose(strategy.score_samples(X_pool), expected)


def test_a_model_without_probabilities_is_refused():
    with pytest.raises(TypeError, match="CalibratedClassifierCV"):
        Entropy(LinearSVC()).fit(X, y)
    with pytest.raises(TypeError, match="BootstrapSampler"):
        BALD(GaussianNB()).fit(X, y)
