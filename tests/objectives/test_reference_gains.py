import itertools
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import softmax

from skactive._utils.array import to_numpy
from skactive.distributed._executors import InMemory, InProcess
from skactive.distributed._parts import Parts
from skactive.information import mutual_information
from skactive.objectives import (
    ReferenceGains,
    label_information,
    prediction_change,
    reference_gains_over,
)
from skactive.objectives._deviations import deviations
from skactive.objectives._reference_gains import (
    _information_by_log,
    _information_by_series,
    _over_pairs,
)


def random_draws(n=9, k=6, c=3, seed=0):
    return np.random.default_rng(seed).dirichlet(np.full(c, 0.4), size=(n, k))


def literal(p_nkc, p_rkc):
    """Both measures by loops over points and labels."""
    information = np.zeros((len(p_nkc), len(p_rkc)))
    change = np.zeros_like(information)
    for (i, p), (j, q) in itertools.product(enumerate(p_nkc), enumerate(p_rkc)):
        m_x, m_y = p.mean(axis=0), q.mean(axis=0)
        for a, b in itertools.product(range(p.shape[1]), range(q.shape[1])):
            joint = np.mean(p[:, a] * q[:, b])
            if joint > 0:
                information[i, j] += joint * math.log(joint / m_x[a] / m_y[b])
            if m_x[a] > 0:
                change[i, j] += m_x[a] * (joint / m_x[a] - m_y[b]) ** 2
    return information, change


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_against_the_definitions(dtype, as_array):
    p_nkc, p_rkc = random_draws(), random_draws(5, seed=1)
    p_nkc[0] = np.eye(3)[[0, 1, 2, 0, 0, 1]]  # exact zeros and ones
    p_nkc[1] = [1.0, 0.0, 0.0]
    information, change = literal(p_nkc, p_rkc)
    given = [as_array(p.astype(dtype)) for p in (p_nkc, p_rkc)]
    closeness = {"rtol": 0, "atol": 3e-6 if dtype == np.float32 else 1e-14}
    with np.errstate(all="raise"):
        value = to_numpy(label_information(*given))
        assert_allclose(value, information, **closeness)
        assert_allclose(to_numpy(prediction_change(*given)), change, **closeness)


@pytest.mark.parametrize("measure", [label_information, prediction_change])
def test_blocks_change_nothing(measure, monkeypatch, as_array):
    p_nkc, p_rkc = as_array(random_draws(17)), as_array(random_draws(11, seed=1))
    whole = to_numpy(measure(p_nkc, p_rkc))
    for block in (1, 8 * 9 * 4, 8 * 9 * 30):
        monkeypatch.setattr(
            "skactive.objectives._reference_gains.CORE_CACHE_BYTES", block
        )
        assert_allclose(to_numpy(measure(p_nkc, p_rkc)), whole, atol=1e-14)


def test_a_label_says_no_more_of_another_than_of_the_model():
    """EPIG <= BALD, for any reference."""
    p_nkc, p_rkc = random_draws(60), random_draws(40, seed=1)
    gain_nr = label_information(p_nkc, p_rkc)
    assert (gain_nr >= 0).all()
    assert (gain_nr <= mutual_information(p_nkc)[:, None] + 1e-12).all()
    assert (gain_nr <= mutual_information(p_rkc)[None] + 1e-12).all()


@pytest.mark.parametrize("measure", [label_information, prediction_change])
def test_agreeing_draws_change_nothing(measure):
    agreeing = np.repeat(random_draws(k=1), 6, axis=1)
    assert_allclose(measure(agreeing, random_draws(5)), np.zeros((9, 5)), atol=1e-30)


def test_the_mean_over_the_reference_is_the_gain():
    gain_nr = np.arange(6.0).reshape(3, 2)
    f = ReferenceGains(gain_nr)
    assert_array_equal(f.gains(f.start()), [0.5, 2.5, 4.5])
    assert_array_equal(f.gains(f.add(f.start(), 1), np.array([2])), [4.5])


def test_kernels_run_on_the_meta_device():
    torch = pytest.importorskip("torch")
    draws = torch.empty((12, 6, 3), dtype=torch.float32, device="meta")
    assert prediction_change(draws, draws[:4]).shape == (12, 4)
    both = deviations(draws), deviations(draws[:4])
    for measure in (_information_by_log, _information_by_series):
        assert _over_pairs(measure, *both).shape == (12, 4)
        assert _over_pairs(measure, *both).device.type == "meta"


@pytest.mark.parametrize("spread", [1e-7, 1e-5, 1e-3])
def test_draws_that_differ_little_keep_their_digits(spread, as_array):
    """Then both measures are their second order: that of C / (m m*), and C itself."""
    rng = np.random.default_rng(0)
    middle_nc = rng.normal(size=(12, 1, 3))
    p_nkc = softmax(middle_nc + spread * rng.normal(size=(12, 8, 3)), axis=-1)
    m_nc = p_nkc.mean(axis=1)
    away_nkc = p_nkc - m_nc[:, None]
    c_nrcc = np.einsum("nka,rkb->nrab", away_nkc, away_nkc) / 8
    square_nrcc = c_nrcc**2 / m_nc[:, None, :, None]
    information = (square_nrcc / m_nc[:, None, :]).sum(axis=(2, 3)) / 2
    given = as_array(p_nkc), as_array(p_nkc)
    # the third order is smaller by the spread; of deviations, eps / spread is lost
    rtol = 10 * spread + 1e-14 / spread
    assert_allclose(to_numpy(label_information(*given)), information, rtol=rtol)
    assert_allclose(
        to_numpy(prediction_change(*given)), square_nrcc.sum(axis=(2, 3)), rtol=rtol
    )


def test_parts_are_the_whole():
    gain_nr = np.random.default_rng(0).random((9, 4))
    parts = [ReferenceGains(part) for part in np.split(gain_nr, [2, 7])]
    f = reference_gains_over(Parts(InProcess(), parts, [2, 5, 2]))
    whole = reference_gains_over(Parts(InMemory(), [ReferenceGains(gain_nr)], [9]))
    assert f.size == whole.size == 9
    assert_array_equal(f.gains(f.start()), whole.gains(whole.start()))
    rows = np.array([8, 0, 3])
    assert_array_equal(f.profiles(rows), gain_nr[rows])
    assert_array_equal(whole.profiles(rows), gain_nr[rows])
    assert_array_equal(f.gains(f.add(f.start(), 1), rows), gain_nr[rows].mean(axis=1))


def test_points_near_and_far_keep_their_places():
    """Those that differ little are worked by a series, the others by the logarithm."""
    rng = np.random.default_rng(0)
    spread_n = 10.0 ** -rng.integers(1, 5, size=20)[:, None, None]
    p_nkc = softmax(spread_n * rng.normal(size=(20, 8, 3)), axis=-1)
    whole = label_information(p_nkc, p_nkc[:6])
    for i in range(20):
        alone = label_information(p_nkc[i : i + 1], p_nkc[:6])[0]
        assert_allclose(alone, whole[i], rtol=1e-9)
    assert_allclose(whole, literal(p_nkc, p_nkc[:6])[0], atol=1e-15)


@pytest.mark.filterwarnings("error")
def test_a_draw_of_hardly_any_weight_changes_nothing(as_array):
    p_nkc = np.array([[[0.5, 0.5, 0], [1 / 3, 1 / 3, 1 / 3]], [[1, 0, 0], [0, 0, 1.0]]])
    for weight in (1e-20, 1e-160, 9e-323, 0.0):
        w_k = as_array(np.array([1 - weight, weight]))
        gains = label_information(as_array(p_nkc), as_array(p_nkc), w_k)
        # at most the entropy of the weights, about w (1 - log w)
        assert_allclose(to_numpy(gains), 0, atol=1e-18)
