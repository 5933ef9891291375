import numpy as np
from sklearn.ensemble import RandomForestClassifier
from spread_ratio import CloseCalls, SpreadRatio

from skactive.selection import greedy
from skactive.testing import check_strategy

DRAWS = np.random.default_rng(0).dirichlet(np.ones(3), size=20)


def test_gains_by_hand():
    f = CloseCalls(np.array([[0.5, 0.4, 0.1], [0.8, 0.2, 0.0], [0.1, 0.3, 0.6]]))
    np.testing.assert_allclose(f.gains(f.start()), [0.8, 0.25, 0.5])
    np.testing.assert_allclose(f.gains(f.add(f.start(), 0)), [0.4, 0.125, 0.5])


def test_batch_is_that_of_the_naive_loop():
    second, first = np.sort(DRAWS)[:, -2:].T
    predicted, picks = DRAWS.argmax(1), []
    for _ in range(6):
        same = np.array([(predicted[picks] == c).sum() for c in predicted])
        worth = second / first / (1 + same)
        worth[picks] = -1
        picks.append(int(worth.argmax()))
    np.testing.assert_array_equal(greedy(CloseCalls(DRAWS), 6)[0], picks)


def test_contract():
    check_strategy(SpreadRatio(RandomForestClassifier(20), random_state=0))
