import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix
from scipy.spatial.distance import cdist
from sklearn.datasets import make_blobs
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skactive import MaxHerding

X, Y = make_blobs(90, n_features=3, centers=4, cluster_std=2.0, random_state=1)
L, POOL = slice(0, 8), slice(8, None)
LINE = np.array([[0.0], [1.0], [2.0], [4.0], [5.0]])


def similarity(d, kernel, bandwidth):
    if kernel == "ball":
        return (d <= bandwidth).astype(float)
    return np.exp(-(d**2) / bandwidth**2)


def coverage(pool, centres, kernel, bandwidth):
    """Mean over the pool of the similarity with the nearest centre."""
    if not len(centres):
        return 0.0
    d = cdist(pool, centres).min(axis=1)
    return similarity(d, kernel, bandwidth).mean()


def naive(pool, labelled, b, kernel, bandwidth, allowed=None):
    """Greedy by the difference of two coverages, each computed anew."""
    free, picks, gains = list(range(len(pool)) if allowed is None else allowed), [], []
    for _ in range(b):
        centres = np.vstack([labelled, pool[picks]])
        before = coverage(pool, centres, kernel, bandwidth)
        growth = [
            coverage(pool, np.vstack([centres, pool[[i]]]), kernel, bandwidth) - before
            for i in free
        ]
        best = int(np.argmax(np.round(growth, 12)))
        gains.append(growth[best])
        picks.append(free.pop(best))
    return picks, gains


@pytest.mark.parametrize(
    ("kernel", "gains"),
    [
        ("gaussian", [0, 0.196362, 0.200025, 0.273576, 0.273576]),
        ("ball", [0, 0.2, 0.2, 0.4, 0.4]),
    ],
)
def test_gains_on_a_line(as_array, kernel, gains):
    strategy = MaxHerding(kernel=kernel, bandwidth=1.0).fit(as_array(LINE[:1]))
    assert_allclose(strategy.score_samples(as_array(LINE)), gains, atol=1e-6)
    assert strategy.query(as_array(LINE)).tolist() == [3]


@pytest.mark.parametrize("kernel", ["gaussian", "ball"])
@pytest.mark.parametrize("n_labelled", [0, 8])
def test_batches_are_those_of_the_slow_form(as_array, kernel, n_labelled):
    labelled = X[:n_labelled]
    strategy = MaxHerding(kernel=kernel, bandwidth=2.5).fit(as_array(labelled))
    picks, gains = strategy.query(as_array(X[POOL]), 12, return_scores=True)
    expected, growth = naive(X[POOL], labelled, 12, kernel, 2.5)
    assert picks.tolist() == expected
    assert_allclose(gains, growth, atol=1e-12)


def test_candidates_cover_the_whole_pool():
    allowed = np.arange(0, 82, 3)
    strategy = MaxHerding(bandwidth=2.5).fit(X[L])
    picks = strategy.query(X[POOL], 10, candidates=allowed)
    expected = naive(X[POOL], X[L], 10, "gaussian", 2.5, allowed.tolist())[0]
    assert picks.tolist() == expected


def probcover(pool, labelled, radius, b):
    """Take the node of most neighbours left, and drop what it covers [2]."""
    edges = cdist(pool, pool) <= radius
    edges[:, (cdist(pool, labelled) <= radius).any(axis=1)] = False
    picks = []
    for _ in range(b):
        picks.append(int(edges.sum(axis=1).argmax()))
        edges[:, edges[picks[-1]]] = False
    return picks


def test_balls_are_the_graph_of_probcover():
    strategy = MaxHerding(kernel="ball", bandwidth=1.5).fit(X[L])
    expected = probcover(X[POOL], X[L], 1.5, 15)
    assert strategy.query(X[POOL], 15).tolist() == expected


@pytest.mark.parametrize("kernel", ["gaussian", "ball"])
def test_units_do_not_matter_when_the_bandwidth_is_chosen(kernel):
    units = np.array([1.0, 1e3, 1e-4])
    one = MaxHerding(kernel=kernel, random_state=0).fit(X[L])
    other = MaxHerding(kernel=kernel, random_state=0).fit(X[L] * units)
    expected = one.score_samples(X[POOL])
    assert_allclose(other.score_samples(X[POOL] * units), expected, rtol=1e-6)


def test_the_bandwidth_is_the_least_distance_between_labelled_points():
    labelled = np.vstack([X[L], X[:2]])  # copies are at no positive distance
    strategy = MaxHerding().fit(labelled)
    sd = X[POOL].std(axis=0)
    apart = cdist(X[L] / sd, X[L] / sd)
    sigma = apart[apart > 0].min()
    expected = naive(X[POOL] / sd, X[L] / sd, 6, "gaussian", sigma)[0]
    assert strategy.query(X[POOL], 6).tolist() == expected


def test_features_are_those_of_the_model():
    model = make_pipeline(StandardScaler(), RandomForestClassifier(3))
    strategy = MaxHerding(model, bandwidth=0.5, random_state=0).fit(X[L], Y[L])
    scaler = StandardScaler().fit(X[L])
    pool, labelled = scaler.transform(X[POOL]), scaler.transform(X[L])
    expected = naive(pool, labelled, 6, "gaussian", 0.5)[0]
    assert strategy.query(X[POOL], 6).tolist() == expected


def test_picks_lie_in_the_reference():
    strategy = MaxHerding(bandwidth=2.5, n_reference=20, random_state=0).fit(X[L])
    rows = strategy._objective(X[POOL], strategy._rng()).reference
    picks = strategy.query(X[POOL], 15)
    assert len(rows) == 20
    assert np.isin(picks, rows).all()
    with pytest.warns(UserWarning, match="same gain from pick 21"):
        picks = strategy.query(X[POOL], 40)
    assert len(set(picks.tolist())) == 40


def test_what_follows_when_all_is_covered_is_the_farthest_point():
    pool = np.array([[0.0], [3.0], [10.0], [10.5], [10.0]])
    strategy = MaxHerding(kernel="ball", bandwidth=20.0).fit(pool[:1])
    with pytest.warns(UserWarning, match="same gain from pick 1 of 3"):
        picks, gains = strategy.query(pool, 3, return_scores=True)
    assert picks.tolist() == [3, 1, 2]
    assert gains.tolist() == [0, 0, 0]


def test_copies_are_tied_with_one_warning():
    strategy = MaxHerding(bandwidth=1.0).fit(LINE[:1])
    with pytest.warns(UserWarning, match="same gain") as warned:
        picks = strategy.query(LINE[[0, 0, 0]], 2)
    assert picks.tolist() == [0, 1]
    assert len(warned) == 1


def test_sparse_features():
    counts = np.random.default_rng(0).poisson(1.0, size=(60, 20))
    expected = MaxHerding().fit(counts[:9]).query(counts[9:], 8)
    sparse = csr_matrix(counts)
    assert_array_equal(MaxHerding().fit(sparse[:9]).query(sparse[9:], 8), expected)


def test_far_from_the_origin_in_float32():
    pool = np.round(X[POOL] * 8) / 8
    shifted = (pool + 4096).astype("float32")
    expected = MaxHerding(bandwidth=2.5).fit(pool[:1]).query(pool, 10)
    picks = MaxHerding(bandwidth=2.5).fit(shifted[:1]).query(shifted, 10)
    assert_array_equal(picks, expected)


@pytest.mark.parametrize(
    "bad", [{"kernel": "cosine"}, {"bandwidth": 0.0}, {"n_reference": 0}]
)
def test_bad_parameters(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        MaxHerding(**bad).fit(X[L])
