import numpy as np
from numpy.testing import assert_array_equal

from skactive import (
    MeanSD,
)
from tests.draws import GivenDraws, fitted, pool_of

ONE = np.ones((3, 2, 1))


def test_constant_draws_have_no_spread_at_all():
    """Not 1e-17, which would rank points by rounding."""
    constant = np.tile([0.1, 0.2, 0.7], (5, 3, 1))
    strategy = fitted(MeanSD(GivenDraws(constant)))
    assert_array_equal(strategy.score_samples(pool_of(constant)), 0)
