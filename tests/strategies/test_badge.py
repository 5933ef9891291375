"""BADGE against the explicit gradient embedding and the k-means++ probabilities."""

import itertools
import tracemalloc

import numpy as np
import pytest
import scipy.stats
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array, csr_matrix
from scipy.sparse import random as random_sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skactive import BADGE, testing
from skactive._utils.array import namespace, to_numpy
from skactive.selection import greedy
from skactive.strategies._badge import GradientDistances, _residuals, _seeding
from tests import zoo
from tests.draws import Table


def residuals(m_nc):
    """Predicted probabilities less the indicator of the predicted class."""
    return m_nc - np.eye(m_nc.shape[1])[m_nc.argmax(axis=1)]


def explicit(a_nc, phi_nd):
    """The gradients themselves: (n, c d)."""
    return np.einsum("nc,nd->ncd", a_nc, phi_nd).reshape(len(a_nc), -1)


def make(n=20, c=4, d=5, seed=0):
    rng = np.random.default_rng(seed)
    return residuals(rng.dirichlet(np.ones(c), n)), rng.normal(size=(n, d))


@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-12), ("float32", 1e-4)])
def test_distances_are_those_of_the_gradients(as_array, dtype, rtol):
    a_nc, phi_nd = (part.astype(dtype) for part in make())
    g_nD = explicit(a_nc.astype(float), phi_nd.astype(float))
    f = GradientDistances(as_array(a_nc), as_array(phi_nd))
    assert_allclose(to_numpy(f.gains(f.start())), (g_nD**2).sum(axis=1), rtol=rtol)
    for i in range(len(g_nD)):
        literal = ((g_nD - g_nD[i]) ** 2).sum(axis=1)
        assert_allclose(to_numpy(f.distances(i)), literal, rtol=rtol, atol=rtol)
        assert f.distances(i)[i] == 0


def test_gains_are_distances_to_the_nearest_pick(as_array):
    a_nc, phi_nd = make()
    g_nD = explicit(a_nc, phi_nd)
    f = GradientDistances(as_array(a_nc), as_array(phi_nd))
    one = f.add(f.start(), 3)
    before = to_numpy(one).copy()
    two = f.add(one, 8)
    assert_array_equal(to_numpy(one), before)
    literal = ((g_nD[:, None] - g_nD[[3, 8]]) ** 2).sum(axis=-1).min(axis=1)
    assert_allclose(to_numpy(f.gains(two)), literal, atol=1e-12)
    rows = as_array(np.array([5, 1]))
    assert_allclose(to_numpy(f.gains(two, rows)), literal[[5, 1]], atol=1e-12)


def test_picks_follow_the_probabilities_of_k_means_plus_plus():
    a_nc, phi_nd = make(n=6, c=3, d=2, seed=1)
    g_nD = explicit(a_nc, phi_nd)
    squared = ((g_nD[:, None] - g_nD) ** 2).sum(axis=-1)
    first = (g_nD**2).sum(axis=1).argmax()
    expected = {}
    for second, third in itertools.permutations(np.delete(np.arange(6), first), 2):
        nearest = np.minimum(squared[first], squared[second])
        expected[second, third] = (
            squared[first, second] / squared[first].sum() * nearest[third]
        ) / nearest.sum()
    assert_allclose(sum(expected.values()), 1)
    f, rng, trials = GradientDistances(a_nc, phi_nd), np.random.default_rng(0), 4000
    counts = dict.fromkeys(expected, 0)
    for _ in range(trials):
        start, *rest = greedy(f, 3, pick=_seeding(rng))[0].tolist()
        assert start == first
        counts[tuple(rest)] += 1
    frequencies = trials * np.array(list(expected.values()))
    assert scipy.stats.chisquare(list(counts.values()), frequencies).pvalue > 0.01


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_copies_are_at_distance_zero_and_come_last_by_index(as_array, dtype):
    a_nc, phi_nd = (part.astype(dtype) for part in make(n=3, d=50))
    phi_nd += 100
    rows = np.arange(12) % 3
    f = GradientDistances(as_array(a_nc[rows]), as_array(phi_nd[rows]))
    assert_array_equal(to_numpy(f.distances(1) == 0), rows == 1)
    with pytest.warns(UserWarning, match="same gain from pick 4 of 8"):
        indices, gains = greedy(f, 8, pick=_seeding(np.random.default_rng(0)))
    assert set(rows[indices[:3]]) == {0, 1, 2}
    left = np.delete(np.arange(12), indices[:3])
    assert_array_equal(indices[3:], left[:5])
    assert_array_equal(gains[3:], np.zeros(5))


def test_certain_predictions_are_taken_by_index():
    f = GradientDistances(np.zeros((5, 3)), np.ones((5, 2)))
    with pytest.warns(UserWarning, match="same gain"):
        indices, _ = greedy(f, 3, pick=_seeding(np.random.default_rng(0)))
    assert_array_equal(indices, [0, 1, 2])


def test_features_are_those_the_model_sees():
    X, y, X_pool = testing.make_data("classification")
    model = make_pipeline(StandardScaler(), LogisticRegression())
    strategy = BADGE(model, random_state=0).fit(X, y)
    g_nD = explicit(
        residuals(strategy.predict_proba(X_pool)),
        strategy.estimator_[0].transform(X_pool),
    )
    squared_lengths = (g_nD**2).sum(axis=1)
    assert_allclose(strategy.score_samples(X_pool), squared_lengths, rtol=1e-5)
    batch, scores = strategy.query(X_pool, 2, return_scores=True)
    assert batch[0] == squared_lengths.argmax()
    apart = ((g_nD[batch[0]] - g_nD[batch[1]]) ** 2).sum()
    assert_allclose(scores, [squared_lengths.max(), apart], rtol=1e-5)


def test_features_of_a_net_are_the_input_of_its_last_layer():
    torch = pytest.importorskip("torch")
    X, y, X_pool = testing.make_data("classification")
    strategy = BADGE(zoo.nets("classification")["net"], random_state=0).fit(X, y)
    f = strategy._objective(X_pool, np.random.default_rng(0))
    assert isinstance(f.phi_nd, torch.Tensor)
    assert f.phi_nd.shape == (60, 32)


def test_text_and_images():
    y = np.array([0, 1, 0, 1, 0, 0])
    texts = ["red fox", "blue sky", "red dog", "blue sea", "red cat", "blue bird"]
    model = make_pipeline(TfidfVectorizer(), LogisticRegression())
    assert len(BADGE(model, random_state=0).fit(texts, y).query(texts, 3)) == 3
    with pytest.raises(ValueError, match="Pipeline"):
        BADGE(_OfAnything(), random_state=0).fit(texts, y).query(texts, 3)
    images = np.random.default_rng(0).normal(size=(6, 1, 4, 4))
    strategy = BADGE(_OfAnything(), random_state=0).fit(images, y)
    f = strategy._objective(images, np.random.default_rng(0))
    assert_allclose(f.phi_nd, images.reshape(6, 16))
    images[4, 0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="row 4 are not finite"):
        strategy.query(images)


class _OfAnything:
    """Draws that look at nothing but how many points there are."""

    task = "classification"

    def fit(self, X, y):
        return self

    def draw(self, X, rng):
        return rng.dirichlet(np.ones(2), 1).repeat(len(X), axis=0)[:, None]


def test_kernels_run_on_the_meta_device():
    torch = pytest.importorskip("torch")
    a_nc, phi_nd = (torch.zeros(shape, device="meta") for shape in [(9, 3), (9, 5)])
    f = GradientDistances(a_nc, phi_nd)
    state = f.add(f.add(f.start(), 0), 1)
    assert f.gains(state).device.type == "meta"
    assert namespace(f.gains(state)) is namespace(a_nc)


def test_classes_equal_but_for_rounding_make_one_gradient(as_array):
    # the sum is a little more than 0.3: an argmax would take the other class
    p_nkc = np.array([[[0.3, 0.1 + 0.2, 0.4 / 2, 0.2]], [[0.3, 0.3, 0.2, 0.2]]])
    table = Table("classification", p_nkc, np.ones((2, 3)), np.arange(4))
    table.library = "numpy" if isinstance(as_array(p_nkc), np.ndarray) else "torch"
    rows = np.arange(2)[:, None]
    strategy = BADGE(table, random_state=0).fit(rows, [0, 1])
    f = strategy._objective(rows, np.random.default_rng(0))
    assert_allclose(to_numpy(f.a_nc), np.tile([-0.7, 0.3, 0.2, 0.2], (2, 1)))


@pytest.mark.parametrize("seed", range(3))
def test_copies_of_single_features_under_double_predictions(as_array, seed):
    """A forest on points in float32: their products are no finer than they are."""
    a_nc, phi_nd = make(n=12, d=200, seed=seed)
    rows = np.arange(36) % 12
    f = GradientDistances(as_array(a_nc[rows]), as_array(phi_nd[rows].astype("f4")))
    for i in range(12):
        assert_array_equal(to_numpy(f.distances(i)) == 0, rows == i)
    with pytest.warns(UserWarning, match="same gain from pick 13 of 20"):
        _, gains = greedy(f, 20, pick=_seeding(np.random.default_rng(seed)))
    assert_array_equal(gains[12:], np.zeros(8))


def test_a_prediction_that_is_nearly_sure_keeps_its_residual():
    p_nkc = np.array([[[1 - 3e-8, 3e-8]] * 2, [[1.0, 0.0]] * 2], dtype=np.float32)
    p_nkc[0, 1] = 1 - 6e-8, 6e-8
    a_nc = _residuals(p_nkc)
    assert a_nc.dtype == np.float32
    assert_allclose(a_nc[0, 0], p_nkc[0, :, 0].astype(float).mean() - 1, rtol=1e-6)
    assert_array_equal(a_nc[1], [0, 0])


@pytest.mark.parametrize("form", [csr_matrix, csr_array])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_sparse_features_are_as_good_as_dense_ones(form, dtype):
    a_nc, phi_nd = make(n=30, d=40)
    phi_nd = (phi_nd * (phi_nd > 1)).astype(dtype)
    rows = np.arange(60) % 30
    dense, sparse = (
        GradientDistances(a_nc[rows], of(phi_nd[rows])) for of in (np.asarray, form)
    )
    assert_allclose(sparse.norms_n, dense.norms_n, rtol=1e-12)
    for i in range(30):
        assert_allclose(sparse.distances(i), dense.distances(i), rtol=1e-9, atol=1e-14)
        assert sparse.distances(i)[i + 30] == 0


def test_a_wide_sparse_pool_stays_sparse():
    X = random_sparse(1060, 20_000, density=1e-3, format="csr", random_state=0)
    strategy = BADGE(LogisticRegression(), random_state=0).fit(
        X[:60], np.arange(60) % 3
    )
    tracemalloc.start()
    batch = strategy.query(X[60:], 5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(batch) == 5
    assert peak < 16 * 2**20  # dense, it would take 153 MiB
