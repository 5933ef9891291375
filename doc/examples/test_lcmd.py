import numpy as np
from lcmd import LargestCluster, ShortLCMD
from sklearn.ensemble import RandomForestClassifier

from skactive.selection import greedy
from skactive.testing import check_set_function, check_strategy

RNG = np.random.default_rng(0)
POOL, LABELLED = RNG.normal(size=(40, 3)), RNG.normal(size=(5, 3))


def by_loops(pool, centres, n):
    picks, centres = [], list(centres)
    for _ in range(n):
        away = np.array([[((x - c) ** 2).sum() for c in centres] for x in pool])
        nearest, own = away.min(1), away.argmin(1)
        total = [nearest[own == j].sum() for j in range(len(centres))]
        picks.append(int(np.where(own == np.argmax(total), nearest, -1).argmax()))
        centres.append(pool[picks[-1]])
    return picks


def test_first_pick_by_hand():
    X, X_pool = np.array([[0.0], [10]]), np.array([[1.0], [2], [3], [9], [14]])
    batch = ShortLCMD().fit(X).query(X_pool, return_scores=True)
    np.testing.assert_array_equal(batch, [[4], [17]])  # 16 + 1, against 1 + 4 + 9


def test_batch_is_that_of_the_naive_loop():
    expected = by_loops(POOL, LABELLED, 12)
    np.testing.assert_array_equal(
        greedy(LargestCluster(POOL, LABELLED), 12)[0], expected
    )


def test_without_labels_the_first_pick_has_the_largest_norm():
    first = int((POOL**2).sum(1).argmax())
    expected = [first, *by_loops(POOL, POOL[[first]], 6)]
    picks, _ = greedy(LargestCluster(POOL, POOL[:0]), 7)
    np.testing.assert_array_equal(picks, expected)


def test_contract():
    check_set_function(LargestCluster(POOL, LABELLED))
    check_set_function(LargestCluster(POOL, POOL[:0]))
    check_strategy(ShortLCMD(RandomForestClassifier(20), random_state=0))
