import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from scipy.spatial.distance import cdist

from skactive._utils.array import to_numpy
from skactive.objectives import distances
from skactive.objectives._distances import as_features

RNG = np.random.default_rng(0)
POOL, LABELLED = RNG.normal(size=(30, 5)), RNG.normal(size=(7, 5))


def test_callable_takes_points_of_any_kind():
    def differing(a, b):
        return abs(len(a) - len(b))

    d = distances(["a", "abcd", "ab"], ["abc"], differing)
    np.testing.assert_array_equal(d.to_labelled(), [2, 1, 1])
    np.testing.assert_array_equal(d.between(np.array([0, 2]), (1, 0)), [[3, 0], [2, 1]])


def test_callable_sees_rows_of_a_data_frame():
    frame = pd.DataFrame({"a": [0.0, 3.0], "b": [0.0, 4.0]})
    d = distances(frame, frame[:1], lambda a, b: np.hypot(*(a - b)))
    np.testing.assert_array_equal(d.to_labelled(), [0, 5])


def test_precomputed_columns_are_the_labelled_then_the_pool(as_array):
    table = np.hstack([cdist(POOL, LABELLED), cdist(POOL, POOL)])
    d = distances(as_array(table), LABELLED, "precomputed")
    np.testing.assert_array_equal(to_numpy(d.to_labelled()), table[:, :7].min(axis=1))
    got = to_numpy(d.between(np.array([4, 0]), (3, 7)))
    np.testing.assert_array_equal(got, table[[4, 0]][:, [10, 14]])


def test_precomputed_table_of_the_wrong_width():
    with pytest.raises(ValueError, match=r"X_pool has 30 columns.*37 columns"):
        distances(cdist(POOL, POOL), LABELLED, "precomputed")


def test_features_are_not_copied(as_array):
    X = as_array(POOL.astype("float32"))
    features = as_features(X)
    features[0, 0] = 7.0
    assert X[0, 0] == 7.0


def test_images_are_flattened():
    assert as_features(np.zeros((3, 2, 4, 4))).shape == (3, 32)


def test_features_that_are_no_numbers():
    with pytest.raises(ValueError, match=r"not numeric.*Pipeline"):
        as_features(np.array([[1.0], ["text"]]))


def test_features_of_a_frame_with_categories():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1.0, 2.0], "b": pandas.Categorical(["x", "y"])})
    with pytest.raises(ValueError, match=r"not numeric.*Pipeline"):
        as_features(frame)
    frame["b"] = pandas.Categorical([3, 4])
    np.testing.assert_array_equal(as_features(frame), [[1.0, 3.0], [2.0, 4.0]])


def test_features_of_extended_precision():
    assert as_features(POOL.astype(np.longdouble)).dtype == np.float64


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_features_that_are_not_finite(bad, as_array):
    X = np.ones((5, 3))
    X[3, 1] = bad
    for features in (as_array(X), csr_matrix(X)):
        with pytest.raises(ValueError, match="row 3 are not finite"):
            as_features(features)


@pytest.mark.filterwarnings("ignore:overflow")
def test_large_features_are_finite(as_array):
    X = as_array(np.full((2, 4), 1e38, dtype="float32"))
    assert as_features(X).shape == (2, 4)


def test_features_without_columns(as_array):
    with pytest.raises(ValueError, match=r"\(n, d\), not \(3,\)"):
        as_features(as_array(np.zeros(3)))
