import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skactive.selection import (
    Scores,
    greedy,
    top,
)


def test_top_sorts_and_breaks_ties_by_index(as_array):
    scores = np.array([0.5, 0.1 + 0.2, 0.9, 0.3, 0.5, -np.inf])
    indices, gains = top(as_array(scores), 5)
    assert_array_equal(indices, [2, 0, 4, 1, 3])
    assert_allclose(gains, scores[indices])
    assert top(as_array(scores), 6)[0][-1] == 5


def test_top_equals_greedy_on_scores(as_array):
    scores = np.random.default_rng(0).normal(size=200)
    for ours, theirs in zip(
        top(as_array(scores), 200), greedy(Scores(as_array(scores)), 200), strict=True
    ):
        assert_array_equal(ours, theirs)


def test_top_of_scores_with_an_error_goes_by_index_within_it(as_array):
    scores = as_array(np.array([0.1, 0.5, 0.501, 0.1005, 0.3]))
    assert top(scores, 5)[0].tolist() == [2, 1, 4, 3, 0]
    picks, of_picks = top(scores, 5, rounding=0.002)
    assert picks.tolist() == [1, 2, 4, 0, 3]
    assert of_picks.tolist() == [0.5, 0.501, 0.3, 0.1, 0.1005]
    assert top(scores, 1, rounding=0.002)[0].tolist() == [1]


def test_scores_that_are_equal_within_an_error_give_a_warning():
    scores = np.array([0.5, 0.5 + 1e-7, 0.5 - 1e-7])
    with pytest.warns(UserWarning, match="all candidates have the same gain"):
        assert top(scores, 2, rounding=1e-6)[0].tolist() == [0, 1]


def test_top_of_scores_that_lie_dense_does_not_chain_ties():
    """Neighbours within rounding of each other do not make the whole array one tie."""
    scores = np.linspace(0, 1, 2_000_001, dtype=np.float32)
    indices, _ = top(scores, 100)
    assert indices.min() > len(scores) - 200


def test_top_of_equal_scores_goes_by_the_tie_break(as_array):
    scores, order = as_array(np.ones(4)), as_array(np.array([1.0, 3.0, 2.0, 0.0]))
    assert_array_equal(top(scores, 3, order)[0], [1, 2, 0])
    with pytest.warns(UserWarning, match="same gain"):
        assert_array_equal(top(scores, 3, scores)[0], [0, 1, 2])


def test_top_orders_equal_scores_by_the_tie_break(as_array):
    scores = as_array(np.array([0.5, 0.9, 0.5, -np.inf, 0.5, -np.inf]))
    ties = as_array(np.array([1.0, 0.0, 3.0, 0.0, 3.0, 1.0]))
    assert_array_equal(top(scores, 6, ties)[0], [1, 2, 4, 0, 5, 3])
    assert_array_equal(top(scores, 3, ties)[0], [1, 2, 4])
