import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skactive._utils.array import to_numpy
from skactive.objectives._deviations import deviations


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_mean_and_differences(dtype, as_array):
    p_nkc = np.random.default_rng(0).dirichlet(np.ones(3), size=(9, 6)).astype(dtype)
    m_nc, away_nkc = (to_numpy(part) for part in deviations(as_array(p_nkc)))
    wide_nkc = p_nkc.astype(np.float64)
    assert m_nc.dtype == away_nkc.dtype == np.float64
    assert_allclose(m_nc, wide_nkc.mean(axis=1), rtol=1e-14)
    assert_allclose(away_nkc, wide_nkc - wide_nkc.mean(axis=1)[:, None], atol=1e-16)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_draws_that_agree_but_for_rounding_do_not_differ(dtype, as_array):
    p_nkc = np.repeat(np.random.default_rng(0).random((9, 1, 3)), 20, axis=1)
    p_nkc = p_nkc.astype(dtype)
    p_nkc[:, ::2] = np.nextafter(p_nkc[:, ::2], dtype(2))
    _, away_nkc = deviations(as_array(p_nkc))
    assert_array_equal(to_numpy(away_nkc), 0)


def test_what_a_type_holds_is_told_apart(as_array):
    p_nkc = np.full((2, 4, 2), 0.5, dtype=np.float32)
    p_nkc[1, 0] = 0.5 + 1e-5, 0.5 - 1e-5
    _, away_nkc = deviations(as_array(p_nkc))
    assert_array_equal(to_numpy(away_nkc[0]), 0)
    assert_allclose(to_numpy(away_nkc[1, :, 0]), [7.5e-6, *[-2.5e-6] * 3], rtol=0.01)
