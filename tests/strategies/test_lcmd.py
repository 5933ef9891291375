import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_matrix
from sklearn.datasets import make_blobs
from sklearn.ensemble import RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skactive import LCMD
from skactive.objectives import distances
from skactive.strategies._lcmd import ClusterDistances
from skactive.testing import check_set_function

X, Y = make_blobs(130, n_features=4, centers=6, random_state=0)
L, POOL = slice(0, 12), slice(12, None)


def naive(pool, labelled, b, allowed=None):
    """The definition, each distance computed anew at each step."""
    allowed = list(range(len(pool)) if allowed is None else allowed)
    centres, picks = list(labelled), []
    for _ in range(b):
        if not centres:
            picks.append(max(allowed, key=lambda i: np.sum(pool[i] ** 2)))
        else:
            d = [[np.sum((x - z) ** 2) for z in centres] for x in pool]
            nearest, own = np.min(d, axis=1), np.argmin(d, axis=1)
            free = [i for i in allowed if i not in picks]
            clusters = {own[i] for i in free}
            largest = max(clusters, key=lambda c: nearest[own == c].sum())
            within = [i for i in free if own[i] == largest]
            picks.append(max(within, key=lambda i: nearest[i]))
        centres.append(pool[picks[-1]])
    return picks


def test_the_larger_sum_of_squares_is_taken(as_array):
    labelled = as_array(np.array([[0.0], [10.0]]))
    pool = as_array(np.array([[1.0], [2.0], [3.0], [9.0], [14.0]]))
    picks, scores = LCMD().fit(labelled).query(pool, 2, return_scores=True)
    assert picks.tolist() == [4, 2]
    assert scores.tolist() == [16, 9]


@pytest.mark.parametrize("n_labelled", [0, 1, 12])
def test_batches_are_those_of_the_definition(as_array, n_labelled):
    labelled = X[:n_labelled]
    strategy = LCMD().fit(as_array(labelled))
    expected = naive(X[POOL], labelled, 20)
    assert strategy.query(as_array(X[POOL]), 20).tolist() == expected


@pytest.mark.parametrize("n_labelled", [0, 12])
def test_candidates_are_of_clusters_of_the_whole_pool(n_labelled):
    allowed = np.arange(0, 118, 4)
    strategy = LCMD().fit(X[:n_labelled])
    expected = naive(X[POOL], X[:n_labelled], 15, allowed.tolist())
    assert strategy.query(X[POOL], 15, candidates=allowed).tolist() == expected


def test_candidates_that_are_copies_come_last():
    labelled, pool = np.array([[0.0]]), np.array([[0.0], [50.0], [50.0], [51.0]])
    with pytest.warns(UserWarning, match="same gain from pick 2 of 3"):
        picks = LCMD().fit(labelled).query(pool, 3, candidates=[0, 1, 2])
    assert picks.tolist() == [1, 0, 2]


def test_copies_are_taken_by_index_with_a_warning():
    pool = np.repeat([[0.0], [3.0]], 4, axis=0)
    with pytest.warns(UserWarning, match="same gain from pick 2 of 4"):
        picks = LCMD().fit(pool[:1]).query(pool, 4)
    assert picks.tolist() == [4, 0, 1, 2]


def test_one_gain_in_clusters_of_different_sums_is_decided():
    labelled = np.array([[0.0], [100.0]])
    pool = np.array([[1.0], [99.0], [101.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert LCMD().fit(labelled).query(pool).tolist() == [1]


def test_points_equally_near_belong_to_the_earlier_centre(as_array):
    labelled, pool = np.array([[0.1 + 0.2], [0.0]]), np.array([[0.15], [0.0]])
    f = ClusterDistances(distances(as_array(pool), as_array(labelled), "euclidean"))
    assert f.start().center_n.tolist() == [0, 1]


@pytest.mark.parametrize("n_labelled", [0, 5])
def test_the_set_function_keeps_the_protocol(as_array, n_labelled):
    f, twin = (
        ClusterDistances(distances(a(X[POOL]), a(X[:n_labelled]), "euclidean"))
        for a in (np.asarray, as_array)
    )
    check_set_function(f, twin=twin)


def test_scores_are_squared_distances():
    strategy = LCMD().fit(X[L])
    expected = ((X[POOL][:, None] - X[L]) ** 2).sum(axis=-1).min(axis=1)
    assert_allclose(strategy.score_samples(X[POOL]), expected)
    assert_allclose(LCMD().fit(X[:0]).score_samples(X), (X**2).sum(axis=1))


def test_features_are_those_of_the_model():
    model = make_pipeline(StandardScaler(), RandomForestRegressor(3))
    strategy = LCMD(model, random_state=0).fit(X[L], X[L, 0])
    scaler = StandardScaler().fit(X[L])
    expected = naive(scaler.transform(X[POOL]), scaler.transform(X[L]), 10)
    assert strategy.query(X[POOL], 10).tolist() == expected


def test_sparse_features():
    counts = np.random.default_rng(0).poisson(1.0, size=(60, 20))
    expected = LCMD().fit(counts[:9]).query(counts[9:], 8).tolist()
    sparse = csr_matrix(counts)
    assert LCMD().fit(sparse[:9]).query(sparse[9:], 8).tolist() == expected
