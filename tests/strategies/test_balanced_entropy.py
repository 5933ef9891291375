import math
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.ensemble import RandomForestClassifier

from skactive import BalancedEntropy, BetaMarginalEIG, ExpectedEffectiveLoss
from skactive.information import (
    balanced_entropy,
    beta_information_gain,
    expected_effective_loss,
    marginalized_joint_entropy,
)
from skactive.testing import make_data
from tests.draws import GivenDraws, fitted, pool_of

DRAWS = np.random.default_rng(1).dirichlet(np.ones(3), size=(40, 9))
DRAWS[20:] = np.random.default_rng(2).dirichlet(np.full(3, 0.2), size=(20, 9))
BALANCE = balanced_entropy(DRAWS)


def scores_of(draws=DRAWS, **params):
    return fitted(BalancedEntropy(GivenDraws(draws), **params)).score_samples(
        pool_of(draws)
    )


def test_reciprocal_is_the_acquisition_function_of_the_paper(as_array):
    assert (BALANCE > 0).any()
    assert (BALANCE < 0).any()
    expected = np.where(BALANCE >= 0, 1 / BALANCE, BALANCE)
    assert_allclose(scores_of(as_array(DRAWS)), expected)


def test_priorities_of_the_appendix():
    assert_allclose(scores_of(priority="largest"), BALANCE)
    assert_allclose(scores_of(priority="smallest"), -BALANCE)


def test_from_zero_up_then_from_zero_down():
    """What is asked first: the smallest balance above 0; last, the most negative."""
    strategy = fitted(BalancedEntropy(GivenDraws(DRAWS)))
    asked = BALANCE[strategy.query(pool_of(DRAWS), 40)]
    n_above = int((asked > 0).sum())
    assert (asked[:n_above] > 0).all()
    assert (np.diff(asked[:n_above]) > 0).all()
    assert (np.diff(asked[n_above:]) < 0).all()


def test_zero_is_the_top_priority():
    strategy = BalancedEntropy()
    assert_array_equal(
        strategy._priority(np.array([0.0, -0.0, 2.0**-900, -(2.0**-900)])),
        [np.inf, np.inf, 2.0**900, -(2.0**-900)],
    )


def test_uniform_law():
    spread = 12**-0.5
    draws = np.array([[[0.5 + spread, 0.5 - spread], [0.5 - spread, 0.5 + spread]]])
    assert_allclose(scores_of(draws), 4 * math.log(2))


def test_without_the_denominator():
    joint = marginalized_joint_entropy(DRAWS)
    assert_allclose(scores_of(normalize=False, priority="largest"), joint)


@pytest.mark.parametrize("precision", [-1, 0, 2, 3])
def test_precision(precision):
    scores = scores_of(precision=precision, priority="largest")
    joint, h = marginalized_joint_entropy(DRAWS), _entropy(DRAWS.mean(axis=1))
    below = h + precision * math.log(2)
    expected = (joint + (precision - 1) * math.log(2)) / below
    assert_allclose(scores, np.where(below > 0, expected, -np.inf))


def _entropy(m_nc):
    return -(m_nc * np.log(m_nc)).sum(axis=-1)


def pure_and_mixed():
    """Ten points with one-hot draws, between points with finite balance."""
    votes = np.random.default_rng(5).integers(3, size=(10, 9))
    return np.concatenate([DRAWS[:2], np.eye(3)[votes], DRAWS[2:4]])


@pytest.mark.parametrize("priority", ["reciprocal", "largest"])
def test_points_without_a_balance_come_last_by_the_clipped_one(priority):
    draws = pure_and_mixed()
    strategy = fitted(BalancedEntropy(GivenDraws(draws), priority=priority))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = strategy.query(pool_of(draws), 4)
    assert set(first) == {0, 1, 12, 13}
    with pytest.warns(UserWarning, match="only 4 candidates have a finite") as caught:
        indices, scores = strategy.query(pool_of(draws), 14, return_scores=True)
    assert len(caught) == 1
    assert_array_equal(scores[4:], -np.inf)
    clipped = balanced_entropy(draws, clipped=True)[indices[4:]]
    assert (clipped < 0).all()
    assert (np.diff(clipped) <= 1e-12).all()
    assert len(np.unique(clipped)) > 3


def test_points_without_a_balance_come_first_if_the_smallest_does():
    draws = pure_and_mixed()
    strategy = fitted(BalancedEntropy(GivenDraws(draws), priority="smallest"))
    with pytest.warns(UserWarning, match="only 4 candidates have a finite"):
        indices = strategy.query(pool_of(draws), 14)
    assert set(indices[10:]) == {0, 1, 12, 13}
    clipped = balanced_entropy(draws, clipped=True)[indices[:10]]
    # copies are tied up to rounding of numbers of this size, and go by index
    assert (np.diff(clipped) >= -2e-12 * np.abs(clipped[1:])).all()


def test_the_clipped_order_holds_among_candidates_and_in_small_chunks(monkeypatch):
    draws = pure_and_mixed()
    strategy = fitted(BalancedEntropy(GivenDraws(draws)))
    with pytest.warns(UserWarning, match="finite"):
        whole = strategy.query(pool_of(draws), 14)
    with pytest.warns(UserWarning, match="finite"):
        some = strategy.query(pool_of(draws), 10, candidates=np.arange(2, 12))
    assert_array_equal(some, whole[4:])
    monkeypatch.setattr("skactive._utils.array.MAX_CHUNK_BYTES", 1)
    with pytest.warns(UserWarning, match="finite"):
        assert_array_equal(strategy.query(pool_of(draws), 14), whole)


def test_draws_that_agree_everywhere_are_taken_by_index():
    agreeing = np.tile([0.2, 0.3, 0.5], (6, 4, 1))
    strategy = fitted(BalancedEntropy(GivenDraws(agreeing)))
    with pytest.warns(UserWarning, match="same gain") as caught:
        assert_array_equal(strategy.query(pool_of(agreeing), 3), [0, 1, 2])
    assert len(caught) == 1


def test_forest_with_pure_leaves_is_told_the_remedy():
    X, y, X_pool = make_data("classification")
    forest = RandomForestClassifier(20)
    strategy = BalancedEntropy(forest, random_state=0).fit(X, y)
    with pytest.warns(UserWarning, match="min_samples_leaf"):
        assert len(set(strategy.query(X_pool, 5))) == 5


@pytest.mark.parametrize(
    ("cls", "score"),
    [
        (ExpectedEffectiveLoss, expected_effective_loss),
        (BetaMarginalEIG, beta_information_gain),
    ],
)
def test_the_others_score_by_their_formulas(cls, score, as_array):
    strategy = fitted(cls(GivenDraws(as_array(DRAWS))))
    assert_allclose(strategy.score_samples(pool_of(DRAWS)), score(DRAWS))
    top = np.argsort(-score(DRAWS), kind="stable")[:5]
    assert_array_equal(strategy.query(pool_of(DRAWS), 5), top)


@pytest.mark.parametrize(
    "params", [{"priority": "highest"}, {"precision": "high"}, {"normalize": 2}]
)
def test_unknown_parameters_are_refused(params):
    with pytest.raises(ValueError, match=next(iter(params))):
        fitted(BalancedEntropy(GivenDraws(DRAWS), **params))
