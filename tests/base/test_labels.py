import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.frozen import FrozenEstimator

from skactive import MaxVariance
from skactive.base._labels import check_labelled


@pytest.mark.parametrize("targets", [1, 2])
def test_there_may_be_nothing_labelled(targets):
    """A model that is trained already needs no labels."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 3))
    y = X[:, 0] if targets == 1 else X[:, :2]
    frozen = FrozenEstimator(RandomForestRegressor(5).fit(X, y))
    for nothing in ((None, None), (X[:0], y[:0])):
        batch = MaxVariance(frozen).fit(*nothing).query(X, 3)
        assert len(set(batch.tolist())) == 3
    for empty in ([], np.zeros((0, 2)), np.zeros(0, dtype=object)):
        check_labelled(empty)
