import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import softmax

from skactive import EPIG, CoreLog, CoreMSE
from skactive.information import mutual_information
from skactive.objectives import label_information, prediction_change
from tests.draws import GivenDraws, fitted, pool_of

DRAWS = np.random.default_rng(0).dirichlet(np.full(3, 0.5), size=(50, 8))
VALUES = np.random.default_rng(0).normal(size=(30, 8, 2))
ALL = [EPIG, CoreLog, CoreMSE]


@pytest.mark.parametrize("cls", ALL)
def test_the_gain_is_the_mean_over_the_reference(cls, as_array):
    strategy = fitted(cls(GivenDraws(as_array(DRAWS))))  # the whole pool is referred to
    measure = prediction_change if cls is CoreMSE else label_information
    expected = measure(DRAWS, DRAWS).mean(axis=1)
    assert_allclose(strategy.score_samples(pool_of(DRAWS)), expected, rtol=1e-6)


def test_core_log_is_epig():
    for draws, task in ((DRAWS, "classification"), (VALUES, "regression")):
        scores = [
            fitted(
                cls(GivenDraws(draws, task), n_reference=10, random_state=0)
            ).score_samples(pool_of(draws))
            for cls in (EPIG, CoreLog)
        ]
        assert_array_equal(*scores)


def test_epig_is_at_most_bald():
    scores = fitted(EPIG(GivenDraws(DRAWS))).score_samples(pool_of(DRAWS))
    assert (scores <= mutual_information(DRAWS)).all()


@pytest.mark.parametrize("cls", ALL)
def test_the_reference_is_a_sample_of_the_pool(cls):
    whole = fitted(cls(GivenDraws(DRAWS))).score_samples(pool_of(DRAWS))
    sampled = [
        fitted(cls(GivenDraws(DRAWS), n_reference=7, random_state=seed)).score_samples(
            pool_of(DRAWS)
        )
        for seed in range(200)
    ]
    error = np.std(sampled, axis=0) / np.sqrt(200)
    assert (np.abs(np.mean(sampled, axis=0) - whole) < 4.5 * error).all()
    assert error.max() > 0


@pytest.mark.parametrize("cls", ALL)
def test_a_point_none_else_depends_on_is_not_asked(cls):
    """Thirty points share a doubt; one has a larger doubt all of its own."""
    shared = np.where(np.arange(8)[:, None] < 4, [0.8, 0.2], [0.2, 0.8])
    alone = np.eye(2)[np.arange(8) % 2]
    draws = np.concatenate([np.tile(shared, (30, 1, 1)), alone[None]])
    strategy = fitted(cls(GivenDraws(draws)))
    assert mutual_information(draws).argmax() == 30
    assert strategy.query(pool_of(draws))[0] == 0


def test_diverse_batches_avoid_copies():
    """Five doubts, ten points each: a batch of five takes one of each."""
    doubts = DRAWS[:5]
    copies = np.repeat(doubts, 10, axis=0)
    strategy = fitted(
        CoreMSE(GivenDraws(copies), share=1.0, random_state=0), batch="diverse"
    )
    assert_array_equal(np.unique(strategy.query(pool_of(copies), 5) // 10), range(5))
    top = fitted(CoreMSE(GivenDraws(copies), batch="top"))
    assert len(np.unique(top.query(pool_of(copies), 5) // 10)) == 1


def test_diverse_batches_are_of_the_best_share_and_of_the_candidates():
    strategy = fitted(CoreLog(GivenDraws(DRAWS), share=0.2, random_state=0))
    scores = strategy.score_samples(pool_of(DRAWS))
    best = np.argsort(-scores)[:10]
    indices, gains = strategy.query(pool_of(DRAWS), 4, return_scores=True)
    assert set(indices) <= set(best)
    assert_allclose(gains, scores[indices])
    assert (np.diff(gains) <= 0).all()
    some = np.arange(0, 50, 2)
    assert set(strategy.query(pool_of(DRAWS), 6, candidates=some)) <= set(some)


@pytest.mark.parametrize("n", [3, 7])
def test_fewer_distinct_points_than_the_batch(n):
    copies = np.repeat(DRAWS[:2], 5, axis=0)
    strategy = fitted(CoreMSE(GivenDraws(copies), share=1.0, random_state=0))
    indices = strategy.query(pool_of(copies), n)
    assert len(set(indices.tolist())) == n
    assert set(indices // 5) == {0, 1}


@pytest.mark.parametrize("cls", ALL)
def test_values_are_conditioned_on_earlier_picks(cls):
    """Copies of the best point: once one is asked, the others tell little."""
    values = np.concatenate([np.tile(3 * VALUES[:1], (4, 1, 1)), VALUES[1:20]])
    strategy = fitted(cls(GivenDraws(values, "regression"), noise=0.01))
    first, second = strategy.query(pool_of(values), 2)
    assert first == 0
    assert second > 3


@pytest.mark.parametrize("cls", ALL)
def test_values_that_agree_give_zero_gains_and_a_warning(cls):
    agreeing = np.ones((6, 4, 1))
    strategy = fitted(cls(GivenDraws(agreeing, "regression")))
    with pytest.warns(UserWarning, match="same gain"):
        assert_array_equal(strategy.query(pool_of(agreeing), 2), [0, 1])


@pytest.mark.parametrize("cls", [EPIG, CoreLog, CoreMSE])
def test_points_tied_but_for_rounding_go_by_index(cls, as_array):
    """Mirror images, in single precision: a class more is a class less."""
    p_nk = np.array([[3, 3], [2, 3], [4, 6], [3, 0], [4, 3], [6, 0]]) / 6
    p_nkc = np.stack([p_nk, 1 - p_nk], axis=-1)[:5].astype(np.float32)
    strategy = fitted(cls(GivenDraws(as_array(p_nkc)), random_state=0))
    picks = strategy.query(pool_of(p_nkc), 5).tolist()
    assert picks.index(1) < picks.index(4)  # 2/3 and 1/2 against 1/3 and 1/2


@pytest.mark.parametrize("cls", ALL)
@pytest.mark.parametrize("batch", ["top", "diverse"])
@pytest.mark.parametrize("seed", range(3))
def test_single_precision_tells_apart_draws_that_differ_little(cls, batch, seed):
    """Logits differ by some .03: gains lie far below what single precision adds up."""
    rng = np.random.default_rng(seed)
    logits_nkc = rng.normal(size=(60, 1, 4)) + 0.03 * rng.normal(size=(60, 20, 4))
    p_nkc = softmax(logits_nkc, axis=-1)
    expected, single = (
        fitted(cls(GivenDraws(draws), batch=batch, random_state=0)).query(
            pool_of(p_nkc), 5, return_scores=True
        )
        for draws in (p_nkc, p_nkc.astype(np.float32))
    )
    assert_array_equal(single[0], expected[0])
    assert_allclose(single[1], expected[1], rtol=1e-4)
    assert expected[1].max() < 1e-5


def enumerated(batch, reference):
    """Mean over the reference of what a pair's labels tell of one label."""
    joint_rabz = np.einsum("ka,kb,rkz->rabz", *batch, reference) / batch.shape[1]
    joint_rsz = joint_rabz.reshape(len(reference), -1, reference.shape[-1])
    apart = joint_rsz.sum(axis=2, keepdims=True) * joint_rsz.sum(axis=1, keepdims=True)
    return np.sum(joint_rsz * np.log(joint_rsz / apart), axis=(1, 2)).mean()


def greedy_epig(draws, **params):
    return fitted(EPIG(GivenDraws(draws), batch="greedy", random_state=0), **params)


def test_greedy_batches_are_worth_what_their_labels_tell_jointly(as_array):
    strategy, pool = greedy_epig(as_array(DRAWS)), pool_of(DRAWS)
    picks, gains = strategy.query(pool, 2, return_scores=True)
    scores = strategy.score_samples(pool)
    assert picks[0] == scores.argmax()
    assert_allclose(gains[0], label_information(DRAWS, DRAWS).mean(axis=1).max())
    pairs = [enumerated(DRAWS[[picks[0], x]], DRAWS) for x in range(50)]
    pairs[picks[0]] = 0.0
    assert picks[1] == np.argmax(pairs)
    assert_allclose(gains.sum(), max(pairs), rtol=1e-6)


def test_greedy_batches_avoid_copies():
    """Draws that are certain: another label of the same point tells nothing more."""
    doubts = np.eye(3)[np.random.default_rng(0).integers(3, size=(5, 64))]
    copies = np.repeat(doubts, 10, axis=0)
    picks = greedy_epig(copies, max_configurations=81).query(pool_of(copies), 5)
    assert_array_equal(np.unique(picks // 10), range(5))
    top = fitted(EPIG(GivenDraws(copies))).query(pool_of(copies), 5)
    assert len(set(top // 10)) == 1


def test_greedy_batches_follow_from_what_is_pending():
    strategy, pool = greedy_epig(DRAWS), pool_of(DRAWS)
    picks, gains = strategy.query(pool, 3, return_scores=True)
    later, their_gains = strategy.query(pool, 2, pending=picks[:1], return_scores=True)
    assert_array_equal(later, picks[1:])
    assert_allclose(their_gains, gains[1:])


def test_greedy_batches_within_a_budget():
    strategy, pool = greedy_epig(DRAWS), pool_of(DRAWS)
    equal = strategy.query(pool, None, cost=np.full(50, 2.0), budget=6.0)
    assert_array_equal(equal, strategy.query(pool, 3))
    cost = np.random.default_rng(1).uniform(1, 5, size=50)
    picks, gains = strategy.query(pool, None, cost=cost, budget=6, return_scores=True)
    assert cost[picks].sum() <= 6 * (1 + 1e-9)
    assert (gains > 0).all()


def test_greedy_batches_of_values_are_those_of_every_batch():
    pool = pool_of(VALUES)
    expected, found = (
        fitted(EPIG(GivenDraws(VALUES, "regression"), batch=batch, random_state=0))
        for batch in ("top", "greedy")
    )
    assert_array_equal(found.query(pool, 4), expected.query(pool, 4))
