import math
from collections import Counter

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from skactive import VoteEntropy, testing
from skactive.information import mutual_information
from tests.draws import GivenDraws, fitted, pool_of


def literal(p_nkc):
    """Count the votes, member by member."""
    scores = []
    for p_kc in p_nkc.tolist():
        votes = Counter(p_c.index(max(p_c)) for p_c in p_kc)
        shares = [count / len(p_kc) for count in votes.values()]
        scores.append(-sum(share * math.log(share) for share in shares))
    return scores


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_score_is_the_entropy_of_the_votes(dtype, as_array):
    draws = np.random.default_rng(0).dirichlet(np.full(4, 0.3), size=(50, 7))
    draws = draws.astype(dtype)
    strategy = fitted(VoteEntropy(GivenDraws(as_array(draws))))
    eps = np.finfo(dtype).eps  # scores have the precision of the draws
    for memory in (1024, 1e-3):
        with config_context(working_memory=memory):
            scores = strategy.score_samples(pool_of(draws))
        assert_allclose(scores, literal(draws), rtol=eps, atol=4 * eps**2)


def test_ties_go_by_bald_then_by_index(as_array):
    draws = np.random.default_rng(0).dirichlet(np.full(3, 0.3), size=(60, 3))
    draws[40:] = draws[:20]  # copies
    levels = np.round(literal(draws), 9)
    assert len(set(levels.tolist())) == 3  # three votes are split in three ways
    bald = mutual_information(draws).round(12)
    expected = np.lexsort((np.arange(60), -bald, -levels))
    strategy = fitted(VoteEntropy(GivenDraws(as_array(draws))))
    assert_array_equal(strategy.query(pool_of(draws), 60), expected)
    assert_array_equal(strategy.query(pool_of(draws), 7), expected[:7])


def test_how_sure_a_member_is_does_not_count():
    sure = np.array([[[1.0, 0.0], [0.0, 1.0]]])
    unsure = np.array([[[0.51, 0.49], [0.49, 0.51]]])
    for draws in (sure, unsure):
        scores = fitted(VoteEntropy(GivenDraws(draws))).score_samples(pool_of(draws))
        assert_allclose(scores, np.log(2))


def test_a_member_of_two_minds_votes_for_the_first(as_array):
    """Halves that are equal but for their rounding: in every library the same vote."""
    draws = np.array([[[0.5, 0.5], [0.5 - 1e-15, 0.5 + 1e-15], [1.0, 0.0]]])
    strategy = fitted(VoteEntropy(GivenDraws(as_array(draws))))
    assert strategy.score_samples(pool_of(draws)) == 0


def test_a_list_of_models_is_a_committee():
    X, y, X_pool = testing.make_data("classification")
    committee = [GaussianNB(), KNeighborsClassifier(3), LogisticRegression()]
    strategy = VoteEntropy(committee).fit(X, y)
    votes = [clone.fit(X, y).predict(X_pool) for clone in committee]
    expected = [
        -sum(v / 3 * math.log(v / 3) for v in Counter(point).values())
        for point in np.transpose(votes).tolist()
    ]
    assert_allclose(strategy.score_samples(X_pool), expected, atol=1e-15)
