"""Matrices of points against products of NumPy."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skactive._utils.array import to_numpy
from skactive.objectives import _variance_terms as terms

N, K = 30, 7


def draws(c, as_array):
    f_nck = np.random.default_rng(0).normal(size=(N, c, K))
    return f_nck, as_array(f_nck)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("c", [1, 4])
def test_halves_are_those_of_the_products(c, dtype, as_array):
    f_nck, f = draws(c, as_array)
    b_kk = np.random.default_rng(1).normal(size=(K, K)).astype(dtype)
    s_k = np.arange(1, K + 1).astype(dtype)
    halves_2hn = to_numpy(terms.halves_of_draws(f, as_array(b_kk), as_array(s_k)))
    assert halves_2hn.dtype == dtype
    g_nck = f_nck @ b_kk
    upper = np.triu_indices(c)
    for found, scale in zip(halves_2hn, (1, s_k), strict=True):
        expected = (g_nck * scale) @ g_nck.transpose(0, 2, 1)
        tolerance = 1e-4 if dtype == np.float32 else 1e-12
        assert_allclose(found.T, expected[:, *upper], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("c", [1, 4])
def test_products_are_what_a_pick_takes_away(c, as_array):
    f_nck, f = draws(c, as_array)
    a_kc, h_kc = np.random.default_rng(1).normal(size=(2, K, c))
    seen_ncj = terms.times(f, as_array(np.concatenate([a_kc, h_kc], axis=1)))
    lost_2abn = to_numpy(terms.products(seen_ncj))
    fa_ncc, fh_ncc = f_nck @ a_kc, f_nck @ h_kc
    for found, other in zip(lost_2abn, (fa_ncc, fh_ncc), strict=True):
        expected = fa_ncc @ other.transpose(0, 2, 1)
        assert_allclose(found.transpose(2, 0, 1), expected, atol=1e-12)


@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize("c", [1, 4])
def test_drops_are_traces_of_quotients(c, noisy, as_array):
    f_nck, f = draws(c, as_array)
    eye_kk = as_array(np.eye(K))
    halves_2hn = terms.halves_of_draws(f, eye_kk, as_array(np.full(K, 2.0)))
    noisy_n = np.arange(N) % 2 == 0
    found = terms.drop(halves_2hn, as_array(noisy_n) if noisy else None, 0.5, c)
    q_ncc = f_nck @ f_nck.transpose(0, 2, 1)
    r_ncc = 2 * q_ncc
    if noisy:
        r_ncc = r_ncc + noisy_n[:, None, None] * (q_ncc + 0.25 * np.eye(c))
    quotient_ncc = np.linalg.solve(q_ncc + 0.5 * np.eye(c), r_ncc)
    assert_allclose(to_numpy(found), np.trace(quotient_ncc, axis1=1, axis2=2))
