import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.ensemble import RandomForestClassifier

from skactive import BALD, BatchBALD
from skactive.information import joint_mutual_information, mutual_information
from skactive.testing import make_data
from tests.draws import GivenDraws, fitted, pool_of

DRAWS = np.random.default_rng(0).dirichlet(np.full(4, 0.6), size=(60, 10))


def test_one_point_is_that_of_bald(as_array):
    strategy = fitted(BatchBALD(GivenDraws(as_array(DRAWS))))
    bald = fitted(BALD(GivenDraws(DRAWS)))
    assert_array_equal(strategy.query(pool_of(DRAWS)), bald.query(pool_of(DRAWS)))
    assert_allclose(strategy.score_samples(pool_of(DRAWS)), mutual_information(DRAWS))


def test_scores_sum_to_what_the_batch_says(as_array):
    strategy = fitted(BatchBALD(GivenDraws(as_array(DRAWS)), random_state=0))
    indices, scores = strategy.query(pool_of(DRAWS), 8, return_scores=True)
    rng = np.random.default_rng(1)
    worth, error = joint_mutual_information(DRAWS[indices], 40_000, rng)
    assert scores.sum() == pytest.approx(worth, abs=4 * error + 0.01)
    assert (scores > 0).all()


def test_a_batch_beats_the_top_of_bald_where_points_come_in_copies():
    thrice = np.tile(DRAWS, (3, 1, 1))
    batch = fitted(BatchBALD(GivenDraws(thrice), random_state=0))
    top = fitted(BALD(GivenDraws(thrice)))
    picks = batch.query(pool_of(thrice), 3), top.query(pool_of(thrice), 3)
    assert len(set(picks[0] % 60)) == 3
    assert len(set(picks[1] % 60)) == 1
    worth = [
        joint_mutual_information(thrice[p], 20_000, np.random.default_rng(0))[0]
        for p in picks
    ]
    assert worth[0] > worth[1] + 0.2


def test_variants_agree_while_samples_are_many():
    picks = [
        fitted(
            BatchBALD(
                GivenDraws(DRAWS),
                entropies=entropies,
                max_configurations=20_000,
                random_state=0,
            )
        ).query(pool_of(DRAWS), 3)
        for entropies in ("exact", "dynamic", "sampled")
    ]
    assert_array_equal(picks[0], picks[1])
    assert_array_equal(picks[0], picks[2])


def test_exact_is_refused_where_it_takes_too_long():
    strategy = BatchBALD(GivenDraws(DRAWS), entropies="exact", max_configurations=50)
    fitted(strategy).query(pool_of(DRAWS), 3)  # 4**2 labellings before the third pick
    with pytest.raises(ValueError, match="64 joint label configurations"):
        strategy.query(pool_of(DRAWS), 4)


def test_batches_of_a_seed_are_nested():
    """The labellings of a step depend on the seed and on the step alone."""
    strategy = fitted(
        BatchBALD(GivenDraws(DRAWS), max_configurations=30, random_state=0)
    )
    long, short = (strategy.query(pool_of(DRAWS), n) for n in (9, 4))
    assert_array_equal(long[:4], short)


def test_an_exhausted_batch_warns_once_and_goes_on_by_bald():
    sure = np.eye(2)[[0, 1]]
    draws = np.stack([sure, *(0.5 + (sure - 0.5) * w for w in (0.1, 0.5, 0.3))])
    strategy = fitted(BatchBALD(GivenDraws(draws)))
    for candidates, expected in ((None, [0, 2, 3, 1]), ([0, 1, 3], [0, 3, 1])):
        with pytest.warns(UserWarning, match="individual scores") as caught:
            picks = strategy.query(pool_of(draws), len(expected), candidates=candidates)
        assert_array_equal(picks, expected)
        assert len(caught) == 1


def test_forest_with_pure_leaves():
    X, y, X_pool = make_data("classification")
    strategy = BatchBALD(RandomForestClassifier(12), random_state=0).fit(X, y)
    indices, scores = strategy.query(X_pool, 12, return_scores=True)
    assert len(set(indices.tolist())) == 12
    assert np.isfinite(scores).all()
    assert scores.sum() <= np.log(12) + 0.05
