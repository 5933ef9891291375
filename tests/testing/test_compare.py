import numpy as np
import pytest

from skactive.selection import Scores
from skactive.testing._compare import raises, same_batch, slack, within

CONTENT = np.arange(9)


def batch(rows, scores):
    return np.array(rows), np.array(scores)


def test_batches_are_compared_up_to_the_first_tie():
    first = batch([3, 1, 2], [0.5, 0.4, 0.3])
    same_batch(first, first, CONTENT, "itself", 1e-6)
    same_batch(first, batch([3, 4, 8], [0.5, 0.4, 0.1]), CONTENT, "a tie", 1e-6)
    with pytest.raises(AssertionError, match="at pick 2"):
        same_batch(first, batch([3, 4, 2], [0.5, 0.39, 0.3]), CONTENT, "another", 1e-6)


def test_copies_are_one_point():
    content = np.where(CONTENT == 4, 1, CONTENT)
    first, second = batch([1, 2], [0.4, 0.3]), batch([4, 8], [0.4, 0.2])
    with pytest.raises(AssertionError, match="at pick 2"):
        same_batch(first, second, content, "a copy", 1e-6)


def test_infinities_must_be_equal():
    x = np.array([-np.inf, 1.0])
    within(x, x, 0.0, "itself")
    for other in (
        np.array([0.0, 1.0]),
        np.array([np.inf, 1.0]),
        np.array([np.nan, 1.0]),
    ):
        with pytest.raises(AssertionError, match="at point 0"):
            within(x, other, 1.0, "another")


def test_slack_is_relative_to_the_largest_finite_gain():
    gains = np.array([-np.inf, 100.0, 1.0])
    assert slack(Scores(gains, rounding=0.5), gains) == pytest.approx(0.5, abs=1e-8)
    assert 0 < slack(Scores(gains), gains) < 1e-9


def test_another_error_is_no_error_wanted():
    raises(ValueError, "int", int, "x")
    with pytest.raises(AssertionError, match="does not raise"):
        raises(ValueError, "int", int, "1")
    with pytest.raises(TypeError):
        raises(ValueError, "int", int, None)
