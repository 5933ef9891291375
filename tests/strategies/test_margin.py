import numpy as np
from numpy.testing import assert_array_equal

from skactive import (
    Margin,
)
from skactive._utils.array import to_numpy
from tests.draws import GivenDraws, fitted, pool_of


def test_margin_of_a_single_class():
    one = np.ones((3, 2, 1))
    assert_array_equal(fitted(Margin(GivenDraws(one))).score_samples(pool_of(one)), -1)


def test_margins_equal_but_for_rounding_go_by_index(as_array):
    """Means of 1/3 and 1/2 that are equal in exact arithmetic, not in single."""
    a, b, c = np.eye(3)
    both = (b + c) / 2
    p_nkc = np.stack(
        [
            [both, b, a, (a + c) / 2, both, both],
            [c, both, (a + c) / 2, np.full(3, 1 / 3), (a + b) / 2, a],
            [np.full(3, 1 / 3), both, (a + c) / 2, b, (a + b) / 2, a],
        ]
    ).astype(np.float32)
    scores = Margin()._score(as_array(p_nkc))
    assert to_numpy(scores)[1:].tolist() == [-0.0, -0.0]
