import numpy as np
from numpy.testing import assert_allclose

from skactive import (
    MaxVariance,
)
from tests.draws import GivenDraws, fitted, pool_of


def test_max_variance_sums_over_targets(as_array):
    values = np.random.default_rng(0).normal(size=(30, 6, 2))
    strategy = fitted(MaxVariance(GivenDraws(as_array(values), "regression")))
    assert_allclose(
        strategy.score_samples(pool_of(values)), values.var(axis=1).sum(axis=1)
    )
