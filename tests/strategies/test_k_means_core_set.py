import tracemalloc

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse import random as random_sparse
from scipy.spatial.distance import cdist
from sklearn import config_context
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skactive import KMeansCoreSet
from skactive.strategies._k_means_core_set import _nearest_of_each

X, Y = make_blobs(
    [30, 60, 45, 15], n_features=4, centers=None, cluster_std=0.3, random_state=0
)


def naive(centers, pool):
    picks = []
    for center in centers:
        free = [i for i in range(len(pool)) if i not in picks]
        picks.append(min(free, key=lambda i: np.sum((pool[i] - center) ** 2)))
    return picks


def test_one_point_of_each_cluster_larger_clusters_first():
    picks = KMeansCoreSet(n_init=5, random_state=0).fit(X[:1]).query(X, 4)
    assert Y[picks].tolist() == [1, 2, 0, 3]
    for i in picks:
        own = np.flatnonzero(Y[i] == Y)
        center = X[own].mean(axis=0)
        assert i == own[np.argmin(np.linalg.norm(X[own] - center, axis=1))]


@pytest.mark.parametrize("seed", range(3))
def test_nearest_of_each_is_the_naive_loop(seed):
    rng = np.random.default_rng(seed)
    centers, pool = rng.normal(size=(9, 3)), rng.normal(size=(12, 3))
    assert _nearest_of_each(centers, pool).tolist() == naive(centers, pool)


def test_nearest_of_each_far_from_the_origin_in_float32():
    rng = np.random.default_rng(0)
    pool = (rng.normal(size=(50, 20)) + 1000).astype("float32")
    order = rng.permutation(50)[:20]
    assert _nearest_of_each(pool[order], pool).tolist() == order.tolist()


def test_features_are_those_of_the_model():
    model = make_pipeline(StandardScaler(), RandomForestClassifier(3))
    strategy = KMeansCoreSet(model, random_state=0).fit(X[:20], Y[:20])
    features = StandardScaler().fit(X[:20]).transform(X)
    by_features = KMeansCoreSet(random_state=0).fit(X[:20])
    assert strategy.query(X, 6).tolist() == by_features.query(features, 6).tolist()


def test_candidates_are_nearest_to_the_centres_of_the_whole_pool():
    strategy = KMeansCoreSet(random_state=0).fit(X[:1])
    allowed = np.arange(0, 150, 7)
    picks = strategy.query(X, 4, candidates=allowed)
    rng = strategy._rng()
    found = KMeans(4, random_state=int(rng.integers(2**31 - 1))).fit(X)
    largest_first = np.argsort(-np.bincount(found.labels_), kind="stable")
    centers = found.cluster_centers_[largest_first]
    assert picks.tolist() == allowed[naive(centers, X[allowed])].tolist()


def test_scores_are_the_distances_to_the_nearest_centre():
    strategy = KMeansCoreSet(random_state=0).fit(X[:3])
    picks, gains = strategy.query(X, 5, return_scores=True)
    for t, i in enumerate(picks):
        centres = np.vstack([X[:3], X[picks[:t]]])
        assert gains[t] == pytest.approx(cdist(X[[i]], centres).min(), abs=1e-12)


def test_more_points_than_distinct_ones():
    pool = np.repeat(X[:3], 4, axis=0)
    strategy = KMeansCoreSet(random_state=0).fit(X[:1])
    with pytest.warns(UserWarning, match="distinct clusters"):
        picks = strategy.query(pool, 7)
    assert len(set(picks.tolist())) == 7
    assert len({i // 4 for i in picks.tolist()}) == 3


def test_sparse_and_torch_features(as_array):
    expected = KMeansCoreSet(random_state=0).fit(X[:2]).query(X, 5).tolist()
    strategy = KMeansCoreSet(random_state=0)
    assert strategy.fit(as_array(X[:2])).query(as_array(X), 5).tolist() == expected
    sparse = csr_matrix(X)
    assert strategy.fit(sparse[:2]).query(sparse, 5).tolist() == expected


def test_points_equally_near_but_for_rounding_go_by_index():
    pool = np.array([[0.1 + 0.2], [-0.3], [5.0]])
    assert _nearest_of_each(np.zeros((2, 1)), pool).tolist() == [0, 1]


@pytest.mark.parametrize("seed", range(8))
def test_chunks_do_not_decide_between_points_about_as_near(seed):
    rng = np.random.default_rng(seed)
    mirrored = rng.random(size=(25, 300)).astype("float32")
    mirrored = np.concatenate([mirrored, 1 - mirrored])
    pool = np.concatenate([mirrored + 2, mirrored - 2])[rng.permutation(100)]
    strategy = KMeansCoreSet(random_state=0).fit(pool[:1])
    picks = strategy.query(pool, 12).tolist()
    with config_context(working_memory=1e-3):
        assert strategy.query(pool, 12).tolist() == picks


@pytest.mark.parametrize("seed", range(3))
def test_nearest_of_each_sparse_row(seed):
    rng = np.random.default_rng(seed)
    pool = rng.normal(size=(40, 30)) * (rng.random((40, 30)) < 0.2)
    pool[:, 0] = rng.random(40)  # no two rows are alike, but the copies
    pool[20:30] = pool[:10]
    centers = np.concatenate([pool[:5], pool[:5], rng.normal(size=(6, 30)) / 3])
    expected = _nearest_of_each(centers, pool).tolist()
    assert _nearest_of_each(centers, csr_matrix(pool)).tolist() == expected
    with config_context(working_memory=1e-3):
        assert _nearest_of_each(centers, csr_matrix(pool)).tolist() == expected
    # the copies next, at distance 0
    assert expected[:10] == [0, 1, 2, 3, 4, 20, 21, 22, 23, 24]


def test_a_wide_sparse_pool_stays_sparse():
    pool = random_sparse(1000, 20_000, density=1e-3, format="csr", random_state=0)
    strategy = KMeansCoreSet(random_state=0).fit(pool[:5])
    tracemalloc.start()
    picks = strategy.query(pool, 3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(picks) == 3
    assert peak < 48 * 2**20  # dense, it would take 153 MiB, and twice that
