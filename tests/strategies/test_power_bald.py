import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import chisquare

from skactive import PowerBALD
from skactive.information import mutual_information
from tests.draws import GivenDraws, fitted, pool_of

DRAWS = np.random.default_rng(3).dirichlet(np.full(3, 0.5), size=(6, 5))
BALD = mutual_information(DRAWS)
RANK = np.argsort(np.argsort(-BALD)) + 1.0
WEIGHTS = {
    "power": lambda beta: BALD**beta,
    "softmax": lambda beta: np.exp(beta * BALD),
    "softrank": lambda beta: RANK**-beta,
}


@pytest.mark.slow
@pytest.mark.parametrize("variant", WEIGHTS)
@pytest.mark.parametrize("beta", [1.0, 3.0])
def test_picks_follow_the_distribution_they_stand_for(variant, beta):
    """Over 2,000 seeds: the first pick, and the second given the first."""
    strategy = fitted(PowerBALD(GivenDraws(DRAWS), variant=variant, beta=beta))
    picks = np.array(
        [
            strategy.set_params(random_state=seed).query(pool_of(DRAWS), 2)
            for seed in range(2000)
        ]
    )
    p = WEIGHTS[variant](beta)
    p = p / p.sum()
    pairs = p[:, None] * p / (1 - p[:, None])
    np.fill_diagonal(pairs, 0)
    assert pairs.sum() == pytest.approx(1)
    counts = np.bincount(6 * picks[:, 0] + picks[:, 1], minlength=36)
    expected = 2000 * pairs.ravel()
    often = expected >= 5
    assert counts[expected == 0].sum() == 0
    seen = np.append(counts[often], counts[~often].sum())
    awaited = np.append(expected[often], expected[~often].sum())
    some = awaited > 0
    assert chisquare(seen[some], awaited[some]).pvalue > 1e-3


def test_a_large_beta_is_bald():
    strategy = fitted(PowerBALD(GivenDraws(DRAWS), beta=1e6, random_state=0))
    assert_array_equal(strategy.query(pool_of(DRAWS), 6), np.argsort(-BALD))


def test_zero_bald_comes_last_with_a_warning():
    agreeing = np.repeat(DRAWS[:, :1], 5, axis=1)
    draws = np.concatenate([agreeing[:2], DRAWS[:2], agreeing[2:]])
    strategy = fitted(PowerBALD(GivenDraws(draws), random_state=0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert set(strategy.query(pool_of(draws), 2)) == {2, 3}
    with pytest.warns(UserWarning, match="only 2 candidates") as caught:
        indices, scores = strategy.query(pool_of(draws), 4, return_scores=True)
    assert len(caught) == 1
    assert_array_equal(indices[2:], [0, 1])
    assert_array_equal(scores[2:], -np.inf)
    with pytest.warns(UserWarning, match="same gain") as caught:
        assert_array_equal(strategy.query(pool_of(draws), 2, candidates=[1, 5]), [1, 5])
    assert len(caught) == 1


def test_the_other_variants_are_finite_where_bald_is_zero():
    agreeing = np.repeat(DRAWS[:, :1], 5, axis=1)
    for variant in ("softmax", "softrank"):
        strategy = fitted(PowerBALD(GivenDraws(agreeing), variant=variant))
        assert np.isfinite(strategy.score_samples(pool_of(agreeing))).all()


def test_one_seed_gives_one_batch_on_every_backend(as_array):
    plain = fitted(PowerBALD(GivenDraws(DRAWS), random_state=7))
    other = fitted(PowerBALD(GivenDraws(as_array(DRAWS)), random_state=7))
    expected, scores = plain.query(pool_of(DRAWS), 6, return_scores=True)
    indices, other_scores = other.query(pool_of(DRAWS), 6, return_scores=True)
    assert_array_equal(indices, expected)
    assert_allclose(other_scores, scores)


@pytest.mark.parametrize("params", [{"variant": "hard"}, {"beta": 0}, {"beta": -1.0}])
def test_unknown_parameters_are_refused(params):
    with pytest.raises(ValueError, match=next(iter(params))):
        fitted(PowerBALD(GivenDraws(DRAWS), **params))
