import warnings
from itertools import combinations

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.ensemble import RandomForestClassifier

from skactive import CoreSet, RobustCoreSet
from skactive.strategies._robust_core_set import _without_rounding

RNG = np.random.default_rng(0)


def radius_of(pool, labelled, batch, n_outliers=0):
    centres = np.vstack([labelled, pool[list(batch)]])
    return np.sort(cdist(pool, centres).min(axis=1))[-1 - n_outliers]


@pytest.mark.parametrize("n_outliers", [0, 1, 3])
@pytest.mark.parametrize("seed", range(6))
def test_radius_is_the_least_there_is(seed, n_outliers, as_array):
    rng = np.random.default_rng(seed)
    pool, labelled = rng.normal(size=(13, 2)), rng.normal(size=(2, 2))
    strategy = RobustCoreSet(outliers=(n_outliers + 0.5) / 13)
    picks = strategy.fit(as_array(labelled)).query(as_array(pool), 3)
    best = min(
        radius_of(pool, labelled, batch, n_outliers)
        for batch in combinations(range(13), 3)
    )
    assert radius_of(pool, labelled, picks, n_outliers) == pytest.approx(best)
    assert len(set(picks.tolist())) == 3


@pytest.mark.parametrize("seed", range(4))
def test_candidates_and_nothing_labelled(seed):
    rng = np.random.default_rng(seed)
    pool, some = rng.normal(size=(14, 2)), np.arange(0, 14, 2)
    picks = RobustCoreSet(outliers=0).fit(pool[:0]).query(pool, 3, candidates=some)
    best = min(radius_of(pool, pool[:0], batch) for batch in combinations(some, 3))
    assert radius_of(pool, pool[:0], picks) == pytest.approx(best)
    assert np.isin(picks, some).all()


def test_never_worse_than_greedy_nor_half_of_it():
    pool, labelled = RNG.normal(size=(60, 5)), RNG.normal(size=(4, 5))
    greedy = CoreSet().fit(labelled).query(pool, 6)
    robust = RobustCoreSet(outliers=0).fit(labelled).query(pool, 6)
    of_greedy = radius_of(pool, labelled, greedy)
    of_robust = radius_of(pool, labelled, robust)
    assert of_greedy / 2 <= of_robust < of_greedy


def test_greedy_batch_is_kept_where_it_is_optimal():
    pool = np.array([[1.0], [10.0], [20.0]])
    batch, gains = (
        RobustCoreSet(outliers=0)
        .fit(np.array([[0.0]]))
        .query(pool, 3, return_scores=True)
    )
    assert batch.tolist() == [2, 1, 0]  # the order of greedy
    assert gains.tolist() == [20, 10, 1]


def test_scores_are_the_gains_along_the_picks():
    pool, labelled = RNG.normal(size=(40, 2)), RNG.normal(size=(1, 2))
    picks, gains = RobustCoreSet().fit(labelled).query(pool, 4, return_scores=True)
    for t, i in enumerate(picks):
        centres = np.vstack([labelled, pool[picks[:t]]])
        assert gains[t] == pytest.approx(cdist(pool[[i]], centres).min())


def test_time_limit_falls_back_to_greedy_and_says_so():
    pool, labelled = RNG.normal(size=(80, 4)), RNG.normal(size=(2, 4))
    expected = CoreSet().fit(labelled).query(pool, 8)
    strategy = RobustCoreSet(time_limit=1e-9).fit(labelled)
    with pytest.warns(UserWarning, match=r"time_limit was reached.*greedy batch"):
        assert strategy.query(pool, 8).tolist() == expected.tolist()


def test_no_warning_where_the_search_ends():
    pool = RNG.normal(size=(20, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        RobustCoreSet(RandomForestClassifier(3), random_state=0).fit(
            pool, np.arange(20) % 2
        ).query(RNG.normal(size=(30, 2)), 4)


def test_metrics_agree_on_the_same_distances():
    pool, labelled = RNG.normal(size=(30, 3)), RNG.normal(size=(3, 3))
    expected = RobustCoreSet().fit(labelled).query(pool, 4).tolist()
    table = np.hstack([cdist(pool, labelled), cdist(pool, pool)])
    by_table = RobustCoreSet(metric="precomputed").fit(labelled)
    radius = radius_of(pool, labelled, expected)
    picks = by_table.query(table, 4)
    assert radius_of(pool, labelled, picks) == pytest.approx(radius)


@pytest.mark.parametrize("bad", [{"outliers": 1.0}, {"time_limit": 0}])
def test_bad_parameters(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        RobustCoreSet(**bad).fit(np.zeros((2, 1)))


@pytest.mark.filterwarnings("ignore:all candidates have the same gain")
@pytest.mark.parametrize("seed", [0, 16, 29, 33])
def test_distances_equal_but_for_rounding_decide_about_no_batch(seed):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(seed)  # points of a grid: many distances are equal
    points = rng.integers(2, size=(rng.integers(4, 12), 3)) / 7
    n_labelled = rng.integers(1, 4)
    n = int(rng.integers(1, len(points) - n_labelled + 1))
    batch, elsewhere = (
        RobustCoreSet(metric="cosine").fit(a[:n_labelled]).query(a[n_labelled:], n)
        for a in (points, torch.as_tensor(points))
    )
    assert batch.tolist() == elsewhere.tolist()


def test_without_rounding():
    distances = np.array([[1.0, 1 + 1e-13, 1 - 1e-13], [3.0, 0, 1e-14], [9, 3, np.inf]])
    expected = np.array([[1.0, 1, 1], [3, 0, 0], [9, 3, np.inf]])
    expected[0] = 1 - 1e-13  # the least of them
    assert _without_rounding(distances).tolist() == expected.tolist()
    nothing_labelled = np.array([[0.0, np.inf]])
    assert _without_rounding(nothing_labelled).tolist() == [[0.0, np.inf]]


@pytest.mark.filterwarnings("ignore:all candidates have the same gain")
@pytest.mark.parametrize("seed", range(8))
def test_of_copies_the_first_are_taken(seed):
    rng = np.random.default_rng(seed)
    kinds = rng.permutation(np.arange(24) % 8)
    pool = rng.normal(size=(8, 3)).astype("float32")[kinds]
    picks = RobustCoreSet(outliers=0.1).fit(pool[:1]).query(pool, 3)
    for kind in np.unique(kinds[picks]):
        of_kind = np.sort(picks[kinds[picks] == kind])
        assert (
            of_kind.tolist() == np.flatnonzero(kinds == kind)[: len(of_kind)].tolist()
        )
