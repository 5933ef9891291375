import numpy as np
import pytest
from sklearn.svm import LinearSVC

from skactive import RandomSampling
from skactive.testing import make_data

X, y, X_pool = make_data("classification")


def test_every_point_is_as_likely_at_every_place():
    strategy = RandomSampling(random_state=np.random.RandomState(0)).fit(X, y)
    batches = np.array([strategy.query(np.zeros((10, 1)), 3) for _ in range(2000)])
    for place in batches.T:
        counts = np.bincount(place, minlength=10)
        assert ((counts - 200) ** 2 / 200).sum() < 27.9  # chi2, 9 df, .999


def test_without_a_model_and_with_any_model():
    alone = RandomSampling(random_state=0).fit(X, y)
    assert alone.sampler_ is None
    assert not hasattr(alone, "predict")
    machine = RandomSampling(LinearSVC(), random_state=0).fit(X, y)
    np.testing.assert_array_equal(machine.query(X_pool, 9), alone.query(X_pool, 9))
    np.testing.assert_array_equal(
        machine.predict(X_pool), machine.estimator_.predict(X_pool)
    )


def test_a_none_seed_gives_other_batches():
    strategy = RandomSampling().fit(X, y)
    assert any(
        (strategy.query(X_pool, 5) != strategy.query(X_pool, 5)).any() for _ in range(3)
    )


@pytest.mark.parametrize("seed", [0, 1])
def test_the_seed_decides(seed):
    other = RandomSampling(random_state=2).fit(X, y).query(X_pool, 9)
    batch = RandomSampling(random_state=seed).fit(X, y).query(X_pool, 9)
    assert (batch != other).any()
