import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix
from scipy.spatial.distance import cdist
from sklearn.datasets import make_blobs
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skactive import CoreSet

X, Y = make_blobs(120, n_features=6, centers=3, random_state=0)
L, POOL = slice(0, 20), slice(20, None)


def naive(pool, labelled, b, allowed=None):
    nearest = np.full(len(pool), np.inf)
    if len(labelled):
        nearest = cdist(pool, labelled).min(axis=1)
    allowed = np.ones(len(pool), bool) if allowed is None else allowed
    picks = []
    for _ in range(b):
        picks.append(int(np.argmax(np.where(allowed, nearest, -1))))
        nearest = np.minimum(nearest, cdist(pool, pool[picks[-1:]])[:, 0])
    return picks


@pytest.mark.parametrize("b", [1, 25])
def test_without_a_model_points_are_their_own_features(b):
    strategy = CoreSet().fit(X[L], Y[L])
    assert strategy.query(X[POOL], b).tolist() == naive(X[POOL], X[L], b)


def test_features_are_those_of_the_model():
    model = make_pipeline(StandardScaler(), RandomForestClassifier(5))
    strategy = CoreSet(model, random_state=0).fit(X[L], Y[L])
    scaler = StandardScaler().fit(X[L])
    pool, labelled = scaler.transform(X[POOL]), scaler.transform(X[L])
    assert strategy.query(X[POOL], 12).tolist() == naive(pool, labelled, 12)
    assert strategy.predict(X[POOL]).shape == (100,)


def test_regressors_and_models_without_a_posterior_will_do():
    for model in (RandomForestRegressor(3), LogisticRegression()):
        strategy = CoreSet(model, random_state=0).fit(X[L], Y[L])
        assert strategy.query(X[POOL], 12).tolist() == naive(X[POOL], X[L], 12)


@pytest.mark.parametrize("frozen", [False, True])
def test_nothing_labelled(frozen):
    model = FrozenEstimator(LogisticRegression().fit(X, Y)) if frozen else None
    strategy = CoreSet(model).fit(X[:0], Y[:0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picks, gains = strategy.query(X[POOL], 10, return_scores=True)
    assert picks.tolist() == naive(X[POOL], X[:0], 10)
    assert gains[0] == np.inf
    assert np.isfinite(gains[1:]).all()


def test_candidates():
    allowed = np.arange(100) % 3 == 1
    strategy = CoreSet().fit(X[L])
    picks = strategy.query(X[POOL], 12, candidates=allowed)
    assert picks.tolist() == naive(X[POOL], X[L], 12, allowed)


def test_scores_are_the_distances_at_the_pick():
    strategy = CoreSet().fit(X[L])
    nearest = cdist(X[POOL], X[L]).min(axis=1)
    np.testing.assert_allclose(strategy.score_samples(X[POOL]), nearest)
    picks, gains = strategy.query(X[POOL], 2, return_scores=True)
    assert gains[0] == pytest.approx(nearest.max())
    to_first = cdist(X[POOL], X[POOL][picks[:1]])[:, 0]
    assert gains[1] == pytest.approx(np.minimum(nearest, to_first).max())


def test_metrics_agree_on_the_same_distances():
    table = np.hstack([cdist(X[POOL], X[L]), cdist(X[POOL], X[POOL])])
    expected = naive(X[POOL], X[L], 15)
    by_call = CoreSet(metric=lambda a, b: np.linalg.norm(a - b)).fit(X[L])
    assert by_call.query(X[POOL], 15).tolist() == expected
    by_table = CoreSet(metric="precomputed").fit(X[L])
    assert by_table.query(table, 15).tolist() == expected


def test_sparse_and_integer_features():
    counts = np.random.default_rng(0).poisson(1.0, size=(80, 30))
    expected = CoreSet(metric="cosine").fit(counts[:9]).query(counts[9:], 10)
    sparse = csr_matrix(counts)
    picks = CoreSet(metric="cosine").fit(sparse[:9]).query(sparse[9:], 10)
    assert picks.tolist() == expected.tolist()


def test_text_with_a_distance_of_its_own():
    words = ["cat", "cart", "at", "elephant"]
    strategy = CoreSet(metric=lambda a, b: len(set(a) ^ set(b))).fit(["cat"])
    assert words[strategy.query(words, 1)[0]] == "elephant"


def test_torch_features_give_the_same_picks():
    torch = pytest.importorskip("torch")
    expected = CoreSet().fit(X[L]).query(X[POOL], 15)
    tensors = torch.as_tensor(X)
    picks = CoreSet().fit(tensors[L]).query(tensors[POOL], 15)
    assert picks.tolist() == expected.tolist()


def test_labelled_points_are_copied_and_not_changed():
    labelled, before = X[L].copy(), X[L].copy()
    strategy = CoreSet().fit(labelled)
    picks = strategy.query(X[POOL], 5)
    np.testing.assert_array_equal(labelled, before)
    labelled[:] = 0  # what the caller does with its array does not matter any more
    np.testing.assert_array_equal(strategy.query(X[POOL], 5), picks)


def test_unknown_metric():
    with pytest.raises(ValueError, match="metric"):
        CoreSet(metric="manhattan").fit(X[L])


def test_strings_name_the_fault():
    with pytest.raises(ValueError, match="numeric"):
        CoreSet().fit(np.array([["a"]])).query(np.array([["b"], ["c"]]), 1)


def literal_beam(pool, labelled, b, width):
    """Sets with their distances, each extended by its farthest points, step by step."""
    sets = [((), ())]
    for _ in range(b):
        found = {}
        for picks, gains in sets:
            centers = np.concatenate([labelled, pool[list(picks)]])
            nearest = cdist(pool, centers).min(axis=1)
            free = [i for i in range(len(pool)) if i not in picks]
            for i in sorted(free, key=lambda i: -nearest[i])[:width]:
                grown = ((*picks, i), (*gains, nearest[i]))
                found.setdefault(frozenset(grown[0]), grown)
        sets = sorted(found.values(), key=lambda one: -sum(one[1]))[:width]
    return sets[0]


@pytest.mark.parametrize("width", [1, 2, 5])
def test_a_beam_holds_the_sets_of_largest_distances(width):
    wider = 0
    for seed in range(5):
        x = np.random.default_rng(seed).normal(size=(40, 3))
        picks, gains = literal_beam(x[5:], x[:5], 6, width)
        strategy = CoreSet(beam_width=width).fit(x[:5])
        found = strategy.query(x[5:], 6, return_scores=True)
        assert_array_equal(found[0], picks)
        assert_allclose(found[1], gains)
        plain = CoreSet().fit(x[:5]).query(x[5:], 6, return_scores=True)[1]
        wider += sum(gains) > sum(plain) + 1e-9
    assert wider > 0 or width == 1


def test_a_beam_of_tensors_is_that_of_arrays():
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    expected = CoreSet(beam_width=3).fit(x[:5]).query(x[5:], 6)
    tensors = torch.from_numpy(x)
    found = CoreSet(beam_width=3).fit(tensors[:5]).query(tensors[5:], 6)
    assert_array_equal(found, expected)


@pytest.mark.parametrize("beam_width", [0, 1.5])
def test_a_beam_holds_a_set_at_least(beam_width):
    with pytest.raises(ValueError, match="beam_width"):
        CoreSet(beam_width=beam_width).fit(X[L])


def test_a_beam_needs_the_whole_pool():
    array = pytest.importorskip("dask.array")
    pool = array.from_array(X[POOL], chunks=(25, -1))
    strategy = CoreSet(beam_width=2).fit(X[L])
    with pytest.raises(TypeError, match="beam_width=2 needs the whole pool"):
        strategy.query(pool, 3)
