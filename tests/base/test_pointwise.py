import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.ensemble import (
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.naive_bayes import GaussianNB

from skactive import (
    BALD,
    Entropy,
    LeastConfidence,
    Margin,
    MaxVariance,
    MeanSD,
)
from skactive.samplers import EnsembleSampler
from skactive.testing import make_data
from tests.draws import GivenDraws, fitted, pool_of

X, y, X_pool = make_data("classification")


@pytest.fixture
def draws():
    return np.random.default_rng(0).dirichlet(np.full(4, 0.3), size=(50, 7))


@pytest.mark.parametrize("cls", [BALD, Entropy])
def test_permuting_the_pool_permutes_the_scores(cls):
    strategy = cls(RandomForestClassifier(20), random_state=0).fit(X, y)
    rows = np.random.default_rng(0).permutation(len(X_pool))
    assert_allclose(
        strategy.score_samples(X_pool[rows]), strategy.score_samples(X_pool)[rows]
    )


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


@pytest.mark.parametrize("cls", [LeastConfidence, Margin])
def test_a_model_without_a_posterior_will_do(cls):
    strategy = cls(GaussianNB()).fit(X, y)
    expected = BY_HAND[cls](strategy.predict_proba(X_pool)[:, None])
    assert_allclose(strategy.score_samples(X_pool), expected)


@pytest.mark.parametrize(
    ("cls", "model"),
    [(MaxVariance, RandomForestClassifier(5)), (MeanSD, RandomForestRegressor(5))],
)
def test_the_wrong_task_is_refused(cls, model):
    with pytest.raises(ValueError, match=f"{cls.__name__} is for"):
        cls(model).fit(X, y)


@pytest.mark.parametrize("cls", [LeastConfidence, Margin])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ties_are_broken_by_the_entropy_of_the_mean(cls, dtype, as_array):
    """Votes of ten trees: ranked by exact fractions, then entropy, then index."""
    votes = np.random.default_rng(1).integers(5, size=(60, 10))
    p_nkc = np.eye(5)[votes].astype(dtype)
    counts = np.sort(np.eye(5, dtype=int)[votes].sum(axis=1), axis=1)
    first = counts[:, -1] if cls is LeastConfidence else counts[:, -1] - counts[:, -2]
    # the exponential of the entropy, times ten: a product of whole numbers
    spread = np.prod((counts / 10) ** -(counts / 10), axis=1).round(9)
    expected = np.lexsort((np.arange(60), -spread, first))
    strategy = fitted(cls(GivenDraws(as_array(p_nkc))))
    assert len(np.unique(first)) < len(np.unique(first + 100 * spread)) < 60
    assert_array_equal(strategy.query(pool_of(p_nkc), 60), expected)
    for size in (1, 7, 30):
        assert_array_equal(strategy.query(pool_of(p_nkc), size), expected[:size])


@pytest.mark.parametrize("cls", [LeastConfidence, Margin])
def test_ties_are_broken_alike_in_blocks(cls):
    array = pytest.importorskip("dask.array")
    forest = RandomForestClassifier(10, random_state=0)
    strategy = cls(forest).fit(X, y)
    pool = array.from_array(X_pool, chunks=(7, -1))
    assert_array_equal(strategy.query(pool, 20), strategy.query(X_pool, 20))
