import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose
from scipy.spatial.distance import cdist

from skactive._utils.array import to_numpy
from skactive.objectives import KernelCoverage, pool_and_labelled, similarity
from skactive.selection import greedy, lazy_greedy

RNG = np.random.default_rng(0)
X, L = RNG.normal(size=(40, 3)), RNG.normal(size=(5, 3))
U = RNG.random(12)
ROWS = np.arange(0, 36, 3)


def coverage(as_array=lambda a: a, kernel="gaussian", weight_r=U):
    kernel = similarity(kernel, 1.2)
    return KernelCoverage(as_array(X), ROWS, as_array(L), kernel, weight_r)


def slow(picks, j):
    """mean_i u_i max(k_ij - m_i, 0), a reference point at a time."""
    total, centres = 0.0, np.vstack([L, X[picks]])
    for u, z in zip(U, X[ROWS], strict=True):
        m = np.exp(-(cdist([z], centres).min() ** 2) / 1.2**2)
        total += u * max(np.exp(-np.sum((z - X[j]) ** 2) / 1.2**2) - m, 0.0)
    return total / len(U)


def test_gains_are_the_weighted_growth(as_array):
    f = coverage(as_array)
    state = f.add(f.add(f.start(), 4), 30)
    expected = [slow([4, 30], j) for j in range(40)]
    assert_allclose(to_numpy(f.gains(state)), expected, atol=1e-12)
    assert_allclose(to_numpy(f.gains(state, [7, 2])), np.take(expected, [7, 2]))


@pytest.mark.filterwarnings("ignore:all candidates have the same gain")
@pytest.mark.parametrize("kernel", ["gaussian", "ball"])
def test_lazy_search_is_the_plain_one(kernel):
    f = coverage(kernel=kernel)
    picks, gains = greedy(f, 10)
    lazy, lazy_gains = lazy_greedy(f, 10)
    assert lazy.tolist() == picks.tolist()
    assert_allclose(lazy_gains, gains)


def test_chunks_do_not_matter():
    expected = coverage().gains(coverage().start())
    with sklearn.config_context(working_memory=1e-4):
        f = coverage()
        assert_allclose(f.gains(f.start()), expected, rtol=1e-12)


def test_distances_to_the_nearest_centre():
    f, rows = coverage(), np.array([3, 9, 20])
    expected = cdist(X[rows], np.vstack([L, X[[9, 1]]])).min(axis=1) ** 2
    assert_allclose(f.squared_distances(rows, [9, 1]), expected, atol=1e-12)
    none = KernelCoverage(X, ROWS, L[:0], f.kernel)
    assert none.squared_distances(rows, []).tolist() == [np.inf] * 3


def test_a_point_at_the_radius_is_inside():
    d = np.array([0.1 + 0.2, 0.3, 0.300001]) ** 2
    assert similarity("ball", 0.3)(d).tolist() == [1, 1, 0]


def test_nothing_labelled_has_the_width_of_the_pool():
    pool, labelled = pool_and_labelled(X, ())
    assert labelled.shape == (0, 3)
    assert pool.shape == (40, 3)
