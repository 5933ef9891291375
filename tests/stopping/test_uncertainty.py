import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skactive.stopping import OverallUncertainty, Round


def slow(p):
    c = len(p[0])
    h = [-sum(x * math.log(x) for x in row if x > 0) for row in p]
    return sum(h) / len(h) / math.log(c)


@pytest.mark.parametrize("c", [2, 5])
def test_against_the_slow_form(c):
    p = np.random.default_rng(c).dirichlet(np.full(c, 0.3), size=20)
    criterion = OverallUncertainty()
    criterion.update(Round(5, probabilities=p))
    assert_allclose(criterion.history_, [slow(p.tolist())])


def test_stops_below_the_threshold():
    criterion = OverallUncertainty(threshold=0.5)
    even, sure = [0.5, 0.5], [1.0, 0.0]
    assert not criterion.update(Round(5, probabilities=[even, sure]))  # exactly .5
    assert criterion.update(Round(9, probabilities=[even, sure, sure]))
    assert criterion.stopped_at_ == 9


def test_uniform_is_one_whatever_the_number_of_classes():
    criterion = OverallUncertainty()
    for c in (2, 3, 10):
        criterion.update(Round(c, probabilities=np.full((4, c), 1 / c)))
    assert_allclose(criterion.history_, 1)


def test_one_class_is_no_certainty():
    criterion = OverallUncertainty()
    assert not criterion.update(Round(5, probabilities=np.ones((4, 1))))
    assert np.isnan(criterion.history_[0])


def test_bad_input():
    with pytest.raises(ValueError, match="probabilities"):
        OverallUncertainty().update(Round(5, probabilities=[[0.5, 0.4]]))
    with pytest.raises(ValueError, match="needs probabilities"):
        OverallUncertainty().update(Round(5))
    with pytest.raises(ValueError, match="threshold"):
        OverallUncertainty(threshold=2).update(Round(5, probabilities=[[1.0, 0.0]]))


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_tensors(dtype):
    torch = pytest.importorskip("torch")
    p = np.random.default_rng(0).dirichlet(np.ones(3), size=9).astype(dtype)
    criterion = OverallUncertainty()
    criterion.update(Round(1, probabilities=torch.from_numpy(p)))
    criterion.update(Round(2, probabilities=p))
    assert criterion.history_[0] == criterion.history_[1]
