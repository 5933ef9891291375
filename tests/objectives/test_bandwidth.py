import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_matrix
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs

from skactive.objectives import label_spacing, pure_radius, sample, scaled

X = make_blobs(60, n_features=3, centers=3, random_state=0)[0]


def test_the_spacing_is_the_least_positive_distance():
    labelled = np.array([[0.0], [0.0], [7.0], [4.0]])
    assert label_spacing(labelled, X) == pytest.approx(3.0)


@pytest.mark.parametrize("labelled", [X[:0], X[:1], X[[4, 4]]])
def test_without_two_labelled_points_the_median_neighbour(labelled):
    apart = cdist(X, X)
    np.fill_diagonal(apart, np.inf)
    expected = np.median(apart.min(axis=1))
    assert label_spacing(labelled, X) == pytest.approx(expected)


def test_equal_points_have_a_spacing_and_a_radius():
    same = np.full((5, 2), 0.1)
    assert label_spacing(same[:0], same) == 1.0
    assert pure_radius(same, 2, seed=0) == 1.0


def purity(radius, labels):
    """Share of closed balls that hold one pseudo-label."""
    near = cdist(X, X) <= radius
    return np.mean([len(set(labels[row])) == 1 for row in near])


@pytest.mark.parametrize("n_clusters", [2, 3, 5])
def test_the_radius_is_the_largest_of_pure_balls(n_clusters):
    radius = pure_radius(X, n_clusters, seed=0)
    labels = KMeans(n_clusters, n_init=10, random_state=0).fit_predict(X - X.mean(0))
    assert purity(radius, labels) >= 0.95
    assert purity(radius * (1 + 1e-6), labels) < 0.95


def test_one_cluster_reaches_everywhere():
    assert pure_radius(X, 1, seed=0) == pytest.approx(cdist(X, X).max())


def test_scaled_features_have_deviation_one(as_array):
    x = np.column_stack([X, np.full(60, 0.1)])
    (z,) = scaled(as_array(x), as_array(x))
    assert_allclose(np.asarray(z).std(axis=0), [1, 1, 1, 0], atol=1e-12)
    (sparse,) = scaled(csr_matrix(x), csr_matrix(x))
    assert_allclose(sparse.toarray(), np.asarray(z))


def test_bandwidths_of_large_pools_are_read_off_a_sample():
    rng = np.random.default_rng(0)
    assert sample(np.arange(5), rng).tolist() == [0, 1, 2, 3, 4]
    some = sample(np.arange(10, 9_000), rng)
    assert len(np.unique(some)) == 2_000
    assert some.min() >= 10
