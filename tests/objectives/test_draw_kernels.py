import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skactive._utils.array import one_hot, to_numpy
from skactive.kernels import dhsic, rational_quadratic, squared_distances
from skactive.objectives import LabelKernels, ValueKernels
from skactive.objectives._draw_kernels import KernelProduct

SCALES = (0.2, 0.5, 1, 2, 5)


def labels(n=9, k=6, c=3, seed=0):
    return np.random.default_rng(seed).integers(c, size=(n, k)).astype(np.uint8)


def values(n=9, k=6, c=2, seed=0):
    return np.random.default_rng(seed).normal(size=(n, k, c)) * [[[1.0, 50.0]]]


def full(kernels, rows):
    """Kernel matrices (n, k, k) of some rows, from their pairs."""
    pairs = kernels.pairs(rows)
    return to_numpy(kernels.square(kernels.offset + kernels.slope * pairs))


def test_label_kernels_are_kernels_of_one_hot_labels(as_array):
    y_nk = labels()
    expected = rational_quadratic(squared_distances(one_hot(y_nk, 3)), SCALES)
    kernels = LabelKernels(as_array(y_nk), SCALES)
    assert_allclose(full(kernels, slice(None)), expected)
    assert_allclose(full(kernels, [4, 1]), expected[[4, 1]])


def test_value_kernels_are_in_units_of_the_spread(as_array):
    f_nkc = values()
    unit_c = np.sqrt(f_nkc.var(axis=1).mean(axis=0))
    expected = rational_quadratic(squared_distances(f_nkc / unit_c), SCALES)
    assert_allclose(full(ValueKernels(as_array(f_nkc), SCALES), slice(None)), expected)


def test_an_output_on_which_all_agree_says_nothing():
    f_nkc = values()
    f_nkc[..., 1] = 7.0
    both, one = ValueKernels(f_nkc, SCALES), ValueKernels(f_nkc[..., :1], SCALES)
    assert_allclose(full(both, slice(None)), full(one, slice(None)))
    assert_array_equal(full(ValueKernels(f_nkc * 0, SCALES), slice(None)), 1)


def test_indicators_are_centred_labels_in_other_coordinates(as_array):
    y_nk = labels()
    y_nk[2] = 1
    kernels = LabelKernels(as_array(y_nk), SCALES, 3)
    one_nkc = one_hot(y_nk, 3)
    centered_nkc = one_nkc - one_nkc.mean(axis=1, keepdims=True)
    u_jnk = to_numpy(kernels.indicators(slice(None)))
    assert u_jnk.shape == (2, 9, 6)
    expected = centered_nkc @ centered_nkc.transpose(0, 2, 1)
    assert_allclose(np.einsum("jns,jnt->nst", u_jnk, u_jnk), expected, atol=1e-15)
    assert_array_equal(u_jnk[:, 2], 0)  # exactly: nothing depends on it


def test_tables_are_for_few_classes_of_many_draws():
    few = [
        LabelKernels(labels(k=k), SCALES, c).has_few_classes
        for k, c in [(50, 2), (50, 4), (50, 5), (50, 10), (5, 2), (500, 10)]
    ]
    assert few == [True, True, False, False, False, True]
    assert not LabelKernels(labels(k=50, c=1), SCALES, 1).has_few_classes
    assert not LabelKernels(labels(k=50), SCALES).has_few_classes
    assert not ValueKernels(values(k=50), SCALES).has_few_classes


@pytest.mark.parametrize("rows", [None, np.array([1, 4, 7])])
def test_mean_is_the_mean_of_matrices(as_array, rows):
    kernels = LabelKernels(as_array(labels()), SCALES)
    every = to_numpy(kernels.square(kernels.pairs(slice(None))))
    expected = every.mean(axis=0) if rows is None else every[rows].mean(axis=0)
    assert_allclose(to_numpy(kernels.square(kernels.mean_pairs(rows))), expected)


def test_mean_over_chunks(monkeypatch):
    kernels = LabelKernels(labels(n=50), SCALES)
    whole = kernels.mean_pairs()
    monkeypatch.setattr(LabelKernels, "rows_per_chunk", 7)
    assert_allclose(kernels.mean_pairs(), whole)


def test_one_draw_has_no_pairs():
    kernels = LabelKernels(labels(k=1), SCALES)
    assert kernels.pairs(slice(None)).shape == (9, 0)
    assert_array_equal(kernels.square(kernels.mean_pairs()), [[1.0]])


def test_kernels_of_values_are_computed_in_double_precision(as_array):
    f_nkc = 1e-6 * np.random.default_rng(0).integers(5, size=(9, 4, 2))
    f_nkc = f_nkc.astype(np.float32)
    single = ValueKernels(as_array(f_nkc), (0.2, 1.0))
    double = ValueKernels(f_nkc.astype(np.float64), (0.2, 1.0))
    rows = np.arange(9)
    pairs = to_numpy(single.pairs(as_array(rows)))
    assert_allclose(pairs, double.pairs(rows), rtol=1e-13)


def test_products_of_kernels_make_dhsic_linear_in_the_last():
    u = np.random.default_rng(0).normal(size=(4, 6, 1))
    kernels = rational_quadratic(squared_distances(u))
    product = None
    for kernel in kernels[:2]:
        product = KernelProduct.of(kernel, product)
    m_kk = product.beside(kernels[2])
    assert_allclose(np.sum(m_kk * kernels[3]) / 36, dhsic(*kernels), rtol=1e-9)
