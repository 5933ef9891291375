import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy.sparse import csr_array, csr_matrix
from scipy.spatial.distance import cdist

from skactive._utils.array import to_numpy
from skactive.objectives import distances
from skactive.objectives._distances import as_features

RNG = np.random.default_rng(0)
POOL, LABELLED = RNG.normal(size=(30, 5)), RNG.normal(size=(7, 5))


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_agrees_with_scipy(metric, as_array):
    d = distances(as_array(POOL), as_array(LABELLED), metric)
    expected = cdist(POOL, POOL, metric)
    rows, picks = np.array([4, 0, 9]), (3, 7, 8, 2)
    got = to_numpy(d.between(rows, picks))
    np.testing.assert_allclose(got, expected[rows][:, picks], rtol=1e-12)
    nearest = cdist(POOL, LABELLED, metric).min(axis=1)
    np.testing.assert_allclose(to_numpy(d.to_labelled()), nearest, rtol=1e-12)


def test_picks_follow_in_any_order():
    d = distances(POOL, LABELLED, "euclidean")
    expected = cdist(POOL, POOL)
    rows = np.arange(30)
    for picks in [(5,), (5, 1), (5, 1, 8, 2), (1, 8), (2, 5), (29, 1)]:
        got = d.between(rows, picks)
        np.testing.assert_allclose(got, expected[:, picks], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_copies_are_at_zero_far_from_the_origin_in_float32(metric, as_array):
    X = (RNG.normal(size=(8, 40)) + 1000).astype("float32")
    d = distances(as_array(np.vstack([X, X])), as_array(X), metric)
    assert float(d.to_labelled().max()) == 0
    assert (np.diag(to_numpy(d.between(np.arange(8, 16), tuple(range(8))))) == 0).all()


@pytest.mark.parametrize("make", [csr_matrix, csr_array])
@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_sparse_features_give_the_same(metric, make):
    sparse = distances(make(POOL), make(LABELLED), metric)
    dense = distances(POOL, LABELLED, metric)
    np.testing.assert_array_equal(sparse.to_labelled(), dense.to_labelled())
    rows, picks = np.arange(3, 9), (1, 20)
    np.testing.assert_array_equal(
        sparse.between(rows, picks), dense.between(rows, picks)
    )


def test_chunks_do_not_change_the_answer():
    pool, labelled = RNG.normal(size=(5000, 40)), RNG.normal(size=(1500, 40))
    expected = cdist(pool, labelled).min(axis=1)
    with sklearn.config_context(working_memory=1):
        d = distances(pool, labelled, "euclidean")
        assert d.rows_per_chunk(1024) < 100
        np.testing.assert_allclose(d.to_labelled(), expected, rtol=1e-12)


def test_a_row_of_zeros_is_at_right_angles_to_the_others():
    pool = np.array([[0.0, 0.0], [2.0, 0.0], [-1.0, 0.0], [0.0, 0.0]])
    d = distances(pool, pool[:1], "cosine")
    np.testing.assert_allclose(d.to_labelled(), [0, 1, 1, 0], atol=1e-15)
    np.testing.assert_allclose(
        d.between(np.arange(4), (1,))[:, 0], [1, 0, 2, 1], atol=1e-15
    )


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


def test_features_of_different_width():
    with pytest.raises(ValueError, match=r"5 features.*have 4"):
        distances(POOL, LABELLED[:, :4], "euclidean")


def test_nothing_labelled_is_infinitely_far(as_array):
    d = distances(as_array(POOL), as_array(POOL[:0]), "euclidean")
    assert np.isinf(to_numpy(d.to_labelled())).all()


def test_features_are_not_copied(as_array):
    X = as_array(POOL.astype("float32"))
    features = as_features(X)
    features[0, 0] = 7.0
    assert X[0, 0] == 7.0


def test_images_are_flattened():
    assert as_features(np.zeros((3, 2, 4, 4))).shape == (3, 32)


def test_features_that_are_no_numbers():
    with pytest.raises(ValueError, match="numeric"):
        as_features(np.array([[1.0], ["text"]]))


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
    with pytest.raises(ValueError, match=r"\(n, d\), not of shape \(3,\)"):
        as_features(as_array(np.zeros(3)))
