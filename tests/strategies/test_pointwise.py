import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import entropy as scipy_entropy
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

from skactive import BALD, Entropy
from skactive.samplers import EnsembleSampler
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


def test_bald_is_the_entropy_less_its_own_noise(draws):
    strategy = fitted(BALD(GivenDraws(draws)))
    noise = scipy_entropy(draws, axis=2).mean(axis=1)
    expected = scipy_entropy(draws.mean(axis=1), axis=1) - noise
    assert_allclose(strategy.score_samples(pool_of(draws)), expected, rtol=1e-10)
    assert_array_equal(
        strategy.query(pool_of(draws), 50), np.argsort(-expected, kind="stable")
    )


@pytest.mark.parametrize("cls", [BALD, Entropy])
def test_permuting_the_pool_permutes_the_scores(cls):
    strategy = cls(RandomForestClassifier(20), random_state=0).fit(X, y)
    rows = np.random.default_rng(0).permutation(len(X_pool))
    assert_allclose(
        strategy.score_samples(X_pool[rows]), strategy.score_samples(X_pool)[rows]
    )


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


def test_scores_are_reduced_chunk_by_chunk(monkeypatch):
    """The draws of the whole pool are never held at once."""
    seen = []
    check = EnsembleSampler._check_draws

    def watch(self, p_nkc, rows):
        seen.append(p_nkc.shape[0])
        check(self, p_nkc, rows)

    monkeypatch.setattr(EnsembleSampler, "_check_draws", watch)
    monkeypatch.setattr("skactive._array.MAX_CHUNK_BYTES", 8 * 20 * 3 * 13)
    BALD(RandomForestClassifier(20)).fit(X, y).query(X_pool, 3)
    assert max(seen) == 13
    assert sum(seen) == len(X_pool)


def test_draws_that_agree_give_zero_scores_and_a_warning():
    agreeing = np.tile([0.2, 0.3, 0.5], (6, 4, 1))
    strategy = fitted(BALD(GivenDraws(agreeing)))
    assert_array_equal(strategy.score_samples(pool_of(agreeing)), 0)
    with pytest.warns(UserWarning, match="same gain"):
        assert_array_equal(strategy.query(pool_of(agreeing), 2), [0, 1])
