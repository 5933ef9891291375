import numpy as np
from largest_spread import LargestSpread
from sklearn.ensemble import RandomForestClassifier

from skactive.testing import check_strategy


def test_score_by_hand():
    agree, differ = [[0.5, 0.5], [0.5, 0.5]], [[0.9, 0.1], [0.5, 0.5]]
    scores = LargestSpread()._score(np.array([agree, differ]))
    np.testing.assert_allclose(scores, [0.0, 0.2])


def test_contract():
    check_strategy(LargestSpread(RandomForestClassifier(20), random_state=0))
