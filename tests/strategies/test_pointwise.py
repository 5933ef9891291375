import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import entropy as scipy_entropy
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

from skactive import (
    BALD,
    Entropy,
    LeastConfidence,
    Margin,
    MaxVariance,
    MeanSD,
    VariationRatios,
)
from skactive import information as of_draws
from skactive._utils.array import to_numpy
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
    monkeypatch.setattr("skactive._utils.array.MAX_CHUNK_BYTES", 8 * 20 * 3 * 13)
    BALD(RandomForestClassifier(20)).fit(X, y).query(X_pool, 3)
    assert max(seen) == 13
    assert sum(seen) == len(X_pool)


def test_draws_that_agree_give_zero_scores_and_a_warning():
    agreeing = np.tile([0.2, 0.3, 0.5], (6, 4, 1))
    strategy = fitted(BALD(GivenDraws(agreeing)))
    assert_array_equal(strategy.score_samples(pool_of(agreeing)), 0)
    with pytest.warns(UserWarning, match="same gain"):
        assert_array_equal(strategy.query(pool_of(agreeing), 2), [0, 1])


def second_largest_less_largest(p_nkc):
    ordered = np.sort(p_nkc.mean(axis=1), axis=1)
    return ordered[:, -2] - ordered[:, -1]


BY_HAND = {
    LeastConfidence: lambda p: 1 - p.mean(axis=1).max(axis=1),
    Margin: second_largest_less_largest,
    MeanSD: lambda p: p.std(axis=1).mean(axis=1),
}


@pytest.mark.parametrize("cls", BY_HAND)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_score_is_what_its_page_says(cls, dtype, draws, as_array):
    strategy = fitted(cls(GivenDraws(as_array(draws.astype(dtype)))))
    expected = BY_HAND[cls](draws)
    scores = strategy.score_samples(pool_of(draws))
    assert_allclose(scores, expected, atol=1e-6 if dtype == np.float32 else 1e-14)
    assert_array_equal(strategy.query(pool_of(draws), 4), np.argsort(-expected)[:4])


def test_variation_ratios_is_least_confidence():
    assert VariationRatios is LeastConfidence


@pytest.mark.parametrize("cls", [LeastConfidence, Margin])
def test_a_model_without_a_posterior_will_do(cls):
    strategy = cls(GaussianNB()).fit(X, y)
    expected = BY_HAND[cls](strategy.predict_proba(X_pool)[:, None])
    assert_allclose(strategy.score_samples(X_pool), expected)


def test_margin_of_a_single_class():
    assert_array_equal(fitted(Margin(GivenDraws(ONE))).score_samples(pool_of(ONE)), -1)


ONE = np.ones((3, 2, 1))


def test_constant_draws_have_no_spread_at_all():
    """Not 1e-17, which would rank points by rounding."""
    constant = np.tile([0.1, 0.2, 0.7], (5, 3, 1))
    strategy = fitted(MeanSD(GivenDraws(constant)))
    assert_array_equal(strategy.score_samples(pool_of(constant)), 0)


def test_max_variance_sums_over_targets(as_array):
    values = np.random.default_rng(0).normal(size=(30, 6, 2))
    strategy = fitted(MaxVariance(GivenDraws(as_array(values), "regression")))
    assert_allclose(
        strategy.score_samples(pool_of(values)), values.var(axis=1).sum(axis=1)
    )


@pytest.mark.parametrize(
    ("estimate", "name"),
    [
        ("beta", "beta_mutual_information"),
        ("dirichlet", "dirichlet_mutual_information"),
    ],
)
def test_bald_by_the_moments_of_the_draws(estimate, name, draws):
    strategy = fitted(BALD(GivenDraws(draws), estimate=estimate))
    expected = getattr(of_draws, name)(draws)
    assert_array_equal(strategy.score_samples(pool_of(draws)), expected)
    plain = fitted(BALD(GivenDraws(draws))).score_samples(pool_of(draws))
    assert np.corrcoef(plain, expected)[0, 1] > 0.9  # another estimate of one quantity
    assert not np.allclose(plain, expected)


def test_bald_of_values_is_half_the_log_of_the_signal(as_array):
    values = np.random.default_rng(0).normal(size=(30, 6, 1))
    given = GivenDraws(as_array(values), "regression")
    strategy = fitted(BALD(given, noise=0.5))
    variance = values.var(axis=1)[:, 0]
    expected = np.log1p(variance / 0.5) / 2
    assert_allclose(strategy.score_samples(pool_of(values)), expected)
    strategy.set_params(noise="auto")
    expected = np.log1p(variance / (0.1 * variance.mean())) / 2
    assert_allclose(strategy.score_samples(pool_of(values)), expected)


def test_bald_of_values_sees_copies():
    """The largest variance, many times over, is asked once; then the others are."""
    rng = np.random.default_rng(0)
    values = np.concatenate(
        [np.tile(3 * rng.normal(size=8), (5, 1)), rng.normal(size=(9, 8))]
    )
    strategy = fitted(BALD(GivenDraws(values[..., None], "regression")))
    picks, gains = strategy.query(pool_of(values), 4, return_scores=True)
    assert picks[0] == 0
    assert (picks[1:] > 4).all()
    cov = np.cov(values[picks], bias=True)
    noise = 0.1 * values.var(axis=1).mean()
    joint = np.linalg.slogdet(np.eye(4) + cov / noise)[1] / 2
    assert gains.sum() == pytest.approx(joint)


@pytest.mark.parametrize("noise", [0, -1.0, "none"])
def test_bald_of_values_needs_noise(noise):
    given = GivenDraws(np.zeros((3, 2, 1)), "regression")
    with pytest.raises(ValueError, match="noise"):
        fitted(BALD(given, noise=noise))


def test_agreeing_values_give_zero_gains_and_a_warning():
    agreeing = np.ones((6, 4, 1))
    strategy = fitted(BALD(GivenDraws(agreeing, "regression")))
    with pytest.warns(UserWarning, match="same gain"):
        assert_array_equal(strategy.query(pool_of(agreeing), 2), [0, 1])


@pytest.mark.parametrize(
    ("cls", "model"),
    [(MaxVariance, RandomForestClassifier(5)), (MeanSD, RandomForestRegressor(5))],
)
def test_the_wrong_task_is_refused(cls, model):
    with pytest.raises(ValueError, match=f"{cls.__name__} is for"):
        cls(model).fit(X, y)


def test_margins_equal_but_for_rounding_go_by_index(as_array):
    """Means of 1/3 and 1/2 that are equal in exact arithmetic, not in single."""
    a, b, c = np.eye(3)
    both = (b + c) / 2
    p_nkc = np.stack(
        [
            [both, b, a, (a + c) / 2, both, both],
            [c, both, (a + c) / 2, np.full(3, 1 / 3), (a + b) / 2, a],
            [np.full(3, 1 / 3), both, (a + c) / 2, b, (a + b) / 2, a],
        ]
    ).astype(np.float32)
    scores = Margin()._score(as_array(p_nkc))
    assert to_numpy(scores)[1:].tolist() == [-0.0, -0.0]
