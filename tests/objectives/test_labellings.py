import numpy as np
import pytest
from numpy.testing import assert_allclose

from skactive._utils.array import to_numpy
from skactive.objectives import _labellings as of


def weights(size, k, seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(k), size=size)


def test_sums_over_thousands_of_labellings_are_right_to_their_rounding(as_array):
    """A running sum in single precision is off by a thousand times as much."""
    x_sm = np.random.default_rng(0).random((20_000, 3))
    weight_s = np.full(20_000, 1 / 20_000)
    for dtype in (np.float32, np.float64):
        given = as_array(weight_s.astype(dtype)), as_array(x_sm.astype(dtype))
        eps = float(np.finfo(dtype).eps)
        rounding = of.sum_rounding(20_000, eps)
        assert_allclose(
            to_numpy(of.weighted_sum(*given)), x_sm.mean(axis=0), rtol=rounding
        )
        assert rounding <= 64 * eps + 1e-13


def test_impossible_labellings_leave_the_draws_equal(as_array):
    log_sk = np.array([[-np.inf, -np.inf], [-1000.0, -1000.0 + np.log(3)]])
    expected = [[0.5, 0.5], [0.25, 0.75]]
    assert_allclose(to_numpy(of.normalized(as_array(log_sk))), expected)


def test_few_are_taken_in_proportion_to_their_sizes(as_array):
    size_s = np.array([0.0, 3.0, 0.0, 1.0])
    few = to_numpy(of.in_proportion(as_array(size_s), 8))
    assert np.bincount(few, minlength=4).tolist() == [0, 6, 0, 2]


@pytest.mark.parametrize(
    "measure", [of.certain_bounds, of.standard_errors, of.likely_bounds]
)
def test_measures_run_on_the_meta_device(measure):
    torch = pytest.importorskip("torch")
    shapes = (12, 6, 3), (12, 6), (300, 6), (300,)
    given = (torch.empty(shape, device="meta", dtype=torch.float64) for shape in shapes)
    value = measure(*given)
    assert value.shape == (12,)
    assert value.device.type == "meta"
