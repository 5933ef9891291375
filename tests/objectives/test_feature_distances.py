import numpy as np
import pytest
import sklearn
from scipy.sparse import csr_array, csr_matrix
from scipy.spatial.distance import cdist

from skactive._utils.array import to_numpy
from skactive.objectives import FeatureDistances, distances

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


def test_features_of_different_width():
    with pytest.raises(ValueError, match=r"5 features.*have 4"):
        distances(POOL, LABELLED[:, :4], "euclidean")


def test_nothing_labelled_is_infinitely_far(as_array):
    d = distances(as_array(POOL), as_array(POOL[:0]), "euclidean")
    assert np.isinf(to_numpy(d.to_labelled())).all()


@pytest.mark.parametrize("d", [3, 64])
def test_points_of_one_direction_have_cosine_distance_zero(as_array, d):
    x = np.random.default_rng(0).normal(size=(40, d))
    copies = np.concatenate([x, x * np.linspace(0.1, 70, 40)[:, None]])
    found = FeatureDistances(as_array(np.asfortranarray(copies)), as_array(x), "cosine")
    rows = np.arange(40)
    assert (np.diagonal(np.asarray(found.between(rows + 40, rows))) == 0).all()
    alone = [float(found.between(np.array([i + 40]), [i])[0, 0]) for i in rows]
    assert alone == [0.0] * 40
    assert (np.asarray(found.to_labelled()) == 0).all()
