import itertools
import math

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose

from skactive._utils.array import to_numpy
from skactive.kernels import (
    center,
    dhsic,
    rational_quadratic,
    rbf,
    squared_distances,
    unit_rows,
    wide_squared_distances,
)

SCALES = (0.2, 0.5, 1, 2, 5)
KAPPA = 0.52450  # MATH: the kernel between two different one-hot labels


def random_kernel(seed, k=7, columns=3):
    values = np.random.default_rng(seed).normal(size=(k, columns))
    return rational_quadratic(squared_distances(values), SCALES)


def three_terms(*kernels):
    """HSIC of d variables from its definition, a sum at a time."""
    k, d = len(kernels[0]), len(kernels)
    pairs = list(itertools.product(range(k), repeat=2))
    joint = sum(math.prod(K[s, t] for K in kernels) for s, t in pairs) / k**2
    marginal = math.prod(sum(K[s, t] for s, t in pairs) / k**2 for K in kernels)
    cross = sum(math.prod(K[s].sum() for K in kernels) for s in range(k))
    return joint + marginal - 2 * cross / k ** (d + 1)


@pytest.mark.parametrize("d", [2, 3, 4, 5])
def test_dhsic_is_the_three_term_definition(d, as_array):
    kernels = [random_kernel(seed) for seed in range(d)]
    value = dhsic(*map(as_array, kernels))
    assert_allclose(to_numpy(value), three_terms(*kernels), rtol=1e-10)


def test_dhsic_of_two_is_the_centred_product():
    K, L = random_kernel(0), random_kernel(1)
    H = np.eye(7) - 1 / 7
    assert_allclose(dhsic(K, L), np.sum((H @ K @ H) * L) / 49, rtol=1e-12)


def test_mean_over_all_permutations_of_one_variable():
    k = 5
    K, L = random_kernel(0, k), random_kernel(1, k)
    permutations = map(list, itertools.permutations(range(k)))
    mean = np.mean([dhsic(K, L[p][:, p]) for p in permutations])
    H = np.eye(k) - 1 / k
    assert_allclose(mean, np.trace(H @ K) * np.trace(H @ L) / (k**2 * (k - 1)))


def test_dhsic_bounds_and_invariance():
    K, L, M = (random_kernel(seed) for seed in range(3))
    assert dhsic(K, L) ** 2 <= dhsic(K, K) * dhsic(L, L)
    assert min(dhsic(K, L), dhsic(K, L, M)) >= 0
    p = np.random.default_rng(0).permutation(7)
    shuffled = [kernel[p][:, p] for kernel in (K, L, M)]
    assert_allclose(dhsic(*shuffled), dhsic(K, L, M), rtol=1e-10)
    assert dhsic(K, L[p][:, p]) != pytest.approx(dhsic(K, L))


@pytest.mark.parametrize("k", [1, 4])
def test_constant_variables_depend_on_nothing(k):
    constant = np.ones((k, k))
    assert dhsic(constant, random_kernel(0, k)) == pytest.approx(0, abs=1e-16)
    assert dhsic(*[constant] * 3) == pytest.approx(0, abs=1e-15)


def test_dhsic_of_many_variables_and_exact_zeros():
    identity = np.eye(4)
    assert_allclose(dhsic(*[identity] * 50), three_terms(*[identity] * 50), rtol=1e-10)
    many = [random_kernel(seed) for seed in range(200)]
    assert_allclose(dhsic(*many), three_terms(*many), rtol=1e-9)


def test_dhsic_of_stacks_and_of_mixed_precision(as_array):
    stack = np.stack([random_kernel(seed) for seed in range(3)])
    single = as_array(random_kernel(9).astype(np.float32))
    values = to_numpy(dhsic(as_array(stack), single))
    assert values.dtype == np.float64
    assert_allclose(
        values, [three_terms(K, to_numpy(single)) for K in stack], rtol=1e-6
    )


def test_rational_quadratic_is_its_formula(as_array):
    distances = np.array([[0.0, 0.3], [2.0, 50.0]])
    expected = np.mean([(1 + distances / (2 * a)) ** -a for a in SCALES], axis=0)
    assert_allclose(to_numpy(rational_quadratic(as_array(distances))), expected)
    assert float(rational_quadratic(2.0)) == pytest.approx(KAPPA, abs=5e-6)


def test_rbf_is_its_formula(as_array):
    distances = np.array([0.0, 1.0, 8.0])
    values = to_numpy(rbf(as_array(distances), length_scale=2.0))
    assert_allclose(values, np.exp(-distances / 8))


def test_distances_of_equal_rows_are_exact_zeros_far_from_the_origin(as_array):
    u = 1e4 + np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    u[4] = u[0]
    distances = to_numpy(squared_distances(as_array(u)))
    assert distances[0, 4] == 0
    expected = ((u[:, None].astype(float) - u[None].astype(float)) ** 2).sum(-1)
    assert_allclose(distances, expected, rtol=1e-3, atol=1e-5)
    assert squared_distances(u[:2], u).shape == (2, 5)


def test_centering_is_the_projection(as_array):
    stack = np.stack([random_kernel(seed) for seed in range(2)])
    H = np.eye(7) - 1 / 7
    centered = to_numpy(center(as_array(stack)))
    assert_allclose(centered, H @ stack @ H, atol=1e-14)
    assert_allclose(centered.sum(axis=-1), 0, atol=1e-13)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_wide_distances_are_those_of_the_differences(dtype, as_array):
    rng = np.random.default_rng(0)
    x, y = (rng.normal(size=(n, 60)).astype(dtype) for n in (9, 7))
    x[:3] = y[:3]  # copies
    x[3:5] = y[3:5] + 1e-4 * rng.normal(size=(2, 60))  # and almost
    distances = to_numpy(wide_squared_distances(as_array(x), as_array(y)))
    exact = ((x[:, None].astype(float) - y[None].astype(float)) ** 2).sum(axis=-1)
    assert distances.dtype == dtype
    assert_allclose(distances, exact, rtol=3000 * np.finfo(dtype).eps)
    assert (np.diag(distances)[:3] == 0).all()


def test_wide_distances_far_from_the_origin_are_recomputed_in_chunks(as_array):
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(40, 30)) + 1e4).astype(np.float32)
    with sklearn.config_context(working_memory=0.01):
        distances = to_numpy(wide_squared_distances(as_array(x), as_array(x)))
    exact = ((x[:, None].astype(float) - x[None].astype(float)) ** 2).sum(axis=-1)
    assert_allclose(distances, exact, rtol=1e-5)


def test_half_the_squared_distance_of_unit_rows_is_the_cosine_distance(as_array):
    x = np.array([[3.0, 4.0], [-1.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
    unit = to_numpy(unit_rows(as_array(x)))
    assert_allclose((unit**2).sum(axis=1), 1)
    half = squared_distances(unit) / 2
    cosine = x[0] @ x[1] / (5 * np.sqrt(2))
    expected = np.ones((4, 4)) - np.eye(4)
    expected[0, 1] = expected[1, 0] = 1 - cosine
    expected[2, 3] = expected[3, 2] = 0
    assert_allclose(half, expected, atol=1e-15)
