import math
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import chisquare
from sklearn.base import clone
from sklearn.svm import SVC

from skactive import BALD, Entropy, Margin, PointwiseStrategy, PowerBALD, testing
from skactive.base._stochastic import KINDS, log_weights
from tests import zoo
from tests.draws import GivenDraws, fitted, pool_of

DRAWS = np.random.default_rng(3).dirichlet(np.full(3, 0.5), size=(6, 5))
POINTWISE = [
    pytest.param(cls, task, id=f"{cls.__name__}-{task}")
    for cls in testing.all_strategies()
    for task in cls.tasks
    if issubclass(cls, PointwiseStrategy) and cls is not PowerBALD
]
on_kinds = pytest.mark.parametrize("kind", KINDS)


def forest(task):
    """Trees that disagree, none of them certain: balances are finite and positive."""
    return zoo.forest(task).set_params(
        n_estimators=40, min_samples_leaf=3, max_features=1, random_state=0
    )


def weights(kind, scores, beta):
    """What points are drawn in proportion to, point by point."""
    if kind == "power":
        return np.array([s**beta for s in scores])
    if kind == "softmax":
        return np.array([math.exp(beta * s) for s in scores])
    ranks = [1 + sum(other > s for other in scores) for s in scores]
    return np.array([rank**-beta for rank in ranks])


class Spread(PointwiseStrategy):
    """A stranger's five lines."""

    def _score(self, p_nkc):
        return p_nkc.std(axis=1).max(axis=1)


@pytest.mark.slow
@on_kinds
@pytest.mark.parametrize("beta", [0.5, 2.0])
@pytest.mark.parametrize("cls", [Spread, Margin])
def test_picks_follow_the_distribution_they_stand_for(cls, kind, beta):
    """Over 2,000 seeds: the first pick, and the second given the first."""
    strategy = fitted(cls(GivenDraws(DRAWS), batch=kind, beta=beta))
    pairs = [
        strategy.set_params(random_state=seed).query(pool_of(DRAWS), 2)
        for seed in range(2000)
    ]
    scores = fitted(cls(GivenDraws(DRAWS))).score_samples(pool_of(DRAWS))
    if cls is Margin and kind == "power":
        scores = 1 + scores
    p = weights(kind, scores, beta)
    p = p / p.sum()
    expected = p[:, None] * p / (1 - p[:, None])
    np.fill_diagonal(expected, 0)
    counts = np.zeros((6, 6))
    np.add.at(counts, tuple(np.transpose(pairs)), 1)
    often = 2000 * expected >= 5
    seen = np.append(counts[often], counts[~often].sum())
    awaited = 2000 * np.append(expected[often], expected[~often].sum())
    some = awaited > 0
    assert chisquare(seen[some], awaited[some]).pvalue > 1e-3


@on_kinds
def test_power_bald_is_one_case(kind):
    for seed in range(5):
        given = {"beta": 2.0, "random_state": seed}
        one = fitted(PowerBALD(GivenDraws(DRAWS), variant=kind, **given))
        other = fitted(BALD(GivenDraws(DRAWS), batch=kind, **given))
        expected = one.query(pool_of(DRAWS), 6, return_scores=True)
        found = other.query(pool_of(DRAWS), 6, return_scores=True)
        assert_array_equal(found, expected)


@on_kinds
@pytest.mark.parametrize(("cls", "task"), POINTWISE)
def test_every_pointwise_strategy_has_them(cls, task, kind):
    X, y, X_pool = testing.make_data(task)
    strategy = cls(forest(task), batch=kind, beta=1e-3, random_state=0).fit(X, y)
    with warnings.catch_warnings():  # of balances that are not finite
        warnings.filterwarnings("ignore", "only .* candidates|all candidates have")
        batch = strategy.query(X_pool, 9)
        assert_array_equal(strategy.query(X_pool, 9), batch)
        others = [
            strategy.set_params(random_state=seed).query(X_pool, 9) for seed in (1, 2)
        ]
    assert len(set(batch.tolist())) == 9
    # plain scores give one batch for all seeds
    assert any(set(other.tolist()) != set(batch.tolist()) for other in others)


@pytest.mark.parametrize(("cls", "task"), POINTWISE)
def test_a_large_beta_is_the_plain_ranking(cls, task):
    X, y, X_pool = testing.make_data(task)
    plain = cls(forest(task), random_state=0).fit(X, y)
    scores = plain.score_samples(X_pool)
    drawn = plain.set_params(batch="softmax", beta=1e12)
    assert_allclose(
        scores[drawn.query(X_pool, 5)], np.sort(scores)[::-1][:5], rtol=1e-9
    )


@on_kinds
def test_one_seed_gives_one_batch_on_every_backend(kind, as_array):
    plain = fitted(Entropy(GivenDraws(DRAWS), batch=kind, random_state=7))
    other = fitted(Entropy(GivenDraws(as_array(DRAWS)), batch=kind, random_state=7))
    expected, scores = plain.query(pool_of(DRAWS), 6, return_scores=True)
    indices, other_scores = other.query(pool_of(DRAWS), 6, return_scores=True)
    assert_array_equal(indices, expected)
    assert_allclose(other_scores, scores)


@on_kinds
def test_blocks_of_a_pool_give_the_same_batch(kind):
    array = pytest.importorskip("dask.array")
    X, y, X_pool = testing.make_data("classification")
    strategy = Entropy(forest("classification"), batch=kind, random_state=0)
    strategy.fit(X, y)
    pool = array.from_array(X_pool, chunks=(7, -1))
    assert_array_equal(strategy.query(pool, 9), strategy.query(X_pool, 9))


@on_kinds
def test_candidates_and_pending_points_do_not_move_the_others(kind):
    """Noise is a point's own: the order of the whole pool, those left out skipped."""
    strategy = fitted(Entropy(GivenDraws(DRAWS), batch=kind, random_state=1))
    order = strategy.query(pool_of(DRAWS), 6)
    found = strategy.query(pool_of(DRAWS), 2, candidates=[0, 2, 3, 5], pending=[3])
    assert_array_equal(found, [i for i in order if i in (0, 2, 5)][:2])


def test_costs_divide_the_weights():
    """Of two points of one score, one at nine times the cost: drawn one time in ten."""
    two = np.repeat(DRAWS[:1], 2, axis=0)
    strategy = fitted(Entropy(GivenDraws(two), batch="power"))
    first = [
        strategy.set_params(random_state=seed).query(
            pool_of(two), 1, cost=[1.0, 9.0], budget=9.0
        )[0]
        for seed in range(2000)
    ]
    assert chisquare([sum(first), 2000 - sum(first)], [200, 1800]).pvalue > 1e-3


class Below(Spread):
    def _score(self, p_nkc):
        return -super()._score(p_nkc)


def test_power_refuses_scores_below_zero():
    strategy = fitted(Below(GivenDraws(DRAWS), batch="power"))
    with pytest.raises(ValueError, match=r'Below scores point \d with -0.* "softrank"'):
        strategy.query(pool_of(DRAWS))
    for kind in ("softmax", "softrank"):
        strategy.set_params(batch=kind).query(pool_of(DRAWS))


@on_kinds
def test_decision_functions_can_be_drawn_from_too(kind):
    X, y, X_pool = testing.make_data("classification")
    strategy = Margin(SVC(), batch=kind, random_state=0).fit(X, y)
    assert len(set(strategy.query(X_pool, 9).tolist())) == 9


class OwnInit(Spread):
    """A stranger's, from before there was a choice."""

    def __init__(self, estimator=None, *, random_state=None):
        self.estimator = estimator
        self.random_state = random_state


def test_a_class_that_does_not_pass_them_on_has_plain_batches():
    strategy = fitted(OwnInit(GivenDraws(DRAWS)))
    expected = fitted(Spread(GivenDraws(DRAWS))).query(pool_of(DRAWS), 6)
    assert_array_equal(strategy.query(pool_of(DRAWS), 6), expected)
    assert "batch" not in clone(strategy).get_params()


@pytest.mark.parametrize("params", [{"batch": "hard"}, {"beta": 0}, {"beta": -1.0}])
def test_unknown_parameters_are_refused(params):
    with pytest.raises(ValueError, match=next(iter(params))):
        fitted(Entropy(GivenDraws(DRAWS), **params))


def test_infinite_scores_rank_first_and_last():
    scores = np.array([-np.inf, 1.0, np.inf, np.inf])
    ranks = np.exp(-log_weights("softrank", scores, None, "X"))
    assert_allclose(ranks, [4, 3, 1, 2])
