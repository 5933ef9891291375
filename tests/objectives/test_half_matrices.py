import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skactive._utils.array import to_numpy
from skactive.objectives import _half_matrices
from skactive.objectives._half_matrices import (
    half_rows,
    trace_of_quotient,
    upper_halves,
)


def matrices(n, c, seed=0):
    """Positive definite and semidefinite matrices: two arrays (n, c, c)."""
    u_ncc, w_nc1 = np.random.default_rng(seed).normal(size=(2, n, c, c))
    w_nc1 = w_nc1[..., :1]
    return u_ncc @ u_ncc.transpose(0, 2, 1) + np.eye(c), w_nc1 @ w_nc1.swapaxes(1, 2)


def halves(matrices_sncc, as_array):
    x_sccn = np.stack(matrices_sncc).transpose(0, 2, 3, 1)
    return upper_halves(as_array(np.ascontiguousarray(x_sccn)))


def test_rows_of_a_half_begin_at_the_diagonal(as_array):
    x_ncc, _ = matrices(3, 4)
    (x_hn,) = halves([x_ncc], as_array)
    for i, row in enumerate(half_rows(4)):
        assert_array_equal(to_numpy(x_hn[row]), x_ncc[:, i, i:].T)


@pytest.mark.parametrize("largest", [_half_matrices.LARGEST, 0])
@pytest.mark.parametrize("c", [1, 2, 3, 9])
def test_trace_is_that_of_the_inverse(c, largest, as_array, monkeypatch):
    monkeypatch.setattr(_half_matrices, "LARGEST", largest)  # LAPACK beyond
    v_ncc, r_ncc = matrices(7, c)
    expected = np.trace(np.linalg.inv(v_ncc) @ r_ncc, axis1=1, axis2=2)
    found = trace_of_quotient(*halves([v_ncc, r_ncc], as_array), c)
    assert_allclose(to_numpy(found), expected, rtol=1e-12)


def test_a_point_has_the_same_trace_in_any_company(as_array):
    v_ncc, r_ncc = matrices(40, 5)
    every = to_numpy(trace_of_quotient(*halves([v_ncc, r_ncc], as_array), 5))
    some = trace_of_quotient(*halves([v_ncc[7:9], r_ncc[7:9]], as_array), 5)
    assert_allclose(to_numpy(some), every[7:9], rtol=1e-15)


def test_traces_of_badly_conditioned_matrices():
    """Variances of very different size, as the first picks of a batch leave them."""
    v_ncc, r_ncc = matrices(20, 6)
    scale_c = 10.0 ** np.arange(0, -12, -2)
    v_ncc = scale_c[:, None] * v_ncc * scale_c
    r_ncc = scale_c[:, None] * r_ncc * scale_c
    found = trace_of_quotient(*halves([v_ncc, r_ncc], np.asarray), 6)
    unscaled = trace_of_quotient(*halves(matrices(20, 6), np.asarray), 6)
    assert_allclose(found, unscaled, rtol=1e-9)
