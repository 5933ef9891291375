import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skactive import TypiClust
from skactive._utils.array import to_numpy
from skactive.strategies._typi_clust import Typicality, _in_order, _in_turn

X, Y = make_blobs(
    [30, 60, 45, 15], n_features=4, centers=None, cluster_std=0.3, random_state=0
)


def nearest(x, i, among, k):
    """Mean distance of point i to its k nearest others."""
    d = sorted(np.linalg.norm(x[i] - x[j]) for j in among if j != i)
    return np.mean(d[:k]) if d[:k] else 0.0


def naive(x, clusters, labelled_clusters, b, allowed):
    """The paper's loop, a point at a time."""
    free = {c: [i for i in allowed if clusters[i] == c] for c in set(clusters)}
    labels = {c: list(labelled_clusters).count(c) for c in free}
    size = {c: list(clusters).count(c) + labels[c] for c in free}
    order = sorted(free, key=lambda c: (labels[c], -size[c], c))
    large = [c for c in order if size[c] > 5]
    picks = []
    for group in (large, [c for c in order if c not in large]):
        while len(picks) < b and any(free[c] for c in group):
            for c in group:
                if free[c] and len(picks) < b:
                    k = min(20, max(1, len(free[c]) // 2))
                    i = min(free[c], key=lambda i: nearest(x, i, free[c], k))
                    picks.append(i)
                    free[c].remove(i)
    return picks


def of_the_seed(strategy, pool, labelled, b):
    """Clusters that a query finds."""
    seed = int(strategy._rng().integers(2**31 - 1))
    both = np.vstack([pool, labelled]) - pool.mean(axis=0)
    found = KMeans(min(len(labelled) + b, 500), random_state=seed).fit(both)
    return np.split(found.labels_, [len(pool)])


@pytest.mark.parametrize(("n_labelled", "b"), [(0, 4), (3, 4), (3, 40), (10, 140)])
def test_batches_are_those_of_the_slow_form(as_array, n_labelled, b):
    labelled, pool = X[:n_labelled], X[10:]
    strategy = TypiClust(random_state=0).fit(as_array(labelled))
    clusters = of_the_seed(strategy, pool, labelled, b)
    expected = naive(pool, *clusters, b, range(140))
    assert strategy.query(as_array(pool), b).tolist() == expected


def test_candidates_are_all_that_may_be_picked():
    allowed = list(range(0, 150, 7))
    strategy = TypiClust(random_state=0).fit(X[:2])
    clusters = of_the_seed(strategy, X, X[:2], 6)
    expected = naive(X, *clusters, 6, allowed)
    assert strategy.query(X, 6, candidates=allowed).tolist() == expected


def test_clusters_without_labels_first_and_the_largest_of_them():
    strategy = TypiClust(random_state=0).fit(X[Y == 1][:1])
    assert Y[strategy.query(X, 3)].tolist() == [2, 0, 3]


def test_small_clusters_last_unless_all_are_small():
    pool = np.repeat([0, 1, 2], [3, 8, 7])
    large, small = _in_order(pool, np.array([1, 1]), 3)
    assert large.tolist() == [2, 1]
    assert small.tolist() == [0]
    large, small = _in_order(pool[:3], np.array([], int), 2)
    assert large.tolist() == []
    assert small.tolist() == [0, 1]


def test_second_turns_begin_when_all_clusters_had_one():
    x = np.array([[0.0], [0.1], [5.0], [9.0], [9.1], [9.15]])
    f = Typicality(x, x[:0])
    groups = ([np.array([0, 1]), np.array([2])], [np.array([3, 4, 5])])
    assert _in_turn(groups, 6, f).tolist() == [0, 2, 1, 4, 3, 5]


def test_scores_are_the_typicality_in_the_pool(as_array):
    strategy = TypiClust(random_state=0).fit(as_array(X[:3]))
    apart = np.sort(cdist(X, X), axis=1)[:, 1:21]
    expected = 1 / (apart.mean(axis=1) + 1e-5)
    assert_allclose(strategy.score_samples(as_array(X)), expected)
    picks, scores = strategy.query(as_array(X), 5, return_scores=True)
    assert_allclose(to_numpy(scores), expected[picks])


def test_neighbours_are_found_block_by_block(monkeypatch):
    expected = Typicality(X, X[:0]).gains(())
    monkeypatch.setattr("skactive.strategies._typi_clust.AT_ONCE", 13)
    assert_allclose(Typicality(X, X[:0]).gains(()), expected)


def test_features_are_those_of_the_model():
    model = make_pipeline(StandardScaler(), RandomForestClassifier(3))
    strategy = TypiClust(model, random_state=0).fit(X[:20], Y[:20])
    scaler = StandardScaler().fit(X[:20])
    alone = TypiClust(random_state=0).fit(scaler.transform(X[:20]))
    expected = alone.query(scaler.transform(X), 6).tolist()
    assert strategy.query(X, 6).tolist() == expected


def test_sparse_features():
    counts = np.random.default_rng(0).poisson(1.0, size=(60, 20)).astype(float)
    sparse = csr_matrix(counts)
    f, g = Typicality(counts, counts[:0]), Typicality(sparse, sparse[:0])
    assert_allclose(g.gains(()), f.gains(()))
    picks = TypiClust(random_state=0).fit(sparse[:9]).query(sparse[9:], 8)
    assert len(set(picks.tolist())) == 8


def test_copies_are_typical_and_finite():
    pool = np.repeat(X[:3], 4, axis=0)
    strategy = TypiClust(random_state=0).fit(X[:1])
    with pytest.warns(UserWarning, match="distinct clusters"):
        picks, scores = strategy.query(pool, 12, return_scores=True)
    assert sorted(picks.tolist()) == list(range(12))
    assert np.isfinite(scores).all()


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_tied_points_in_any_memory_layout():
    for seed in range(60):
        rng = np.random.default_rng(seed)
        X = rng.integers(2, size=(37, 3)) / 7
        strategy = TypiClust(random_state=1).fit(X[36:])
        expected = strategy.query(X[:36], 8)
        assert_array_equal(strategy.query(np.asfortranarray(X[:36]), 8), expected)
