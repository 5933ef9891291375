import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skactive.selection import (
    best,
    proportional,
)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_best_takes_the_smallest_index_among_ties(as_array, dtype):
    gains = np.array([0.3, 0.1 + 0.2, 0.3, 0.2], dtype=dtype)
    every = np.ones(4, dtype=bool)
    assert best(as_array(gains), as_array(every)) == 0
    every[0] = False
    assert best(as_array(gains), as_array(every)) == 1
    assert best(as_array(np.full(4, -np.inf)), as_array(every)) == 1


def test_proportional_follows_the_gains(as_array):
    gains = np.array([0.0, 1.0, 3.0, -2.0, 6.0])
    available = np.array([True, True, True, True, False])
    pick = proportional(np.random.default_rng(0))
    counts = np.bincount(
        [pick(as_array(gains), as_array(available)) for _ in range(4000)], minlength=5
    )
    assert_array_equal(counts[[0, 3, 4]], 0)
    assert abs(counts[1] - 1000) < 4 * np.sqrt(4000 * 0.25 * 0.75)


def test_proportional_refuses_where_nothing_is_positive():
    pick = proportional(np.random.default_rng(0))
    with pytest.raises(ValueError, match="no candidate has a positive gain"):
        pick(np.zeros(3), np.ones(3, dtype=bool))
