import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skactive._utils.array import to_numpy
from skactive.information import joint_mutual_information, sample_labels


def random_draws(n=40, k=8, c=5, seed=0):
    return np.random.default_rng(seed).dirichlet(np.full(c, 0.5), size=(n, k))


def test_sampled_labels_follow_the_probabilities(as_array):
    p = np.array([0.1, 0.0, 0.6, 0.3])
    rng, size = np.random.default_rng(0), 20_000
    draws = np.broadcast_to(p, (size // 10, 10, 4))
    y_nk = to_numpy(
        sample_labels(as_array(draws.copy()), as_array(rng.random((2000, 10))))
    )
    counts = np.bincount(y_nk.ravel(), minlength=4)
    assert counts[1] == 0
    expected = size * p[p > 0]
    assert ((counts[p > 0] - expected) ** 2 / expected).sum() < 13.8  # chi2, 2 df, .999


def test_sampled_labels_invert_the_distribution_function(as_array):
    p_nkc = random_draws(n=30, k=4)
    u_nk = np.random.default_rng(1).random((30, 4))
    expected = [
        [
            np.searchsorted(np.cumsum(p), u, side="right")
            for p, u in zip(*row, strict=True)
        ]
        for row in zip(p_nkc, u_nk, strict=True)
    ]
    assert_array_equal(
        to_numpy(sample_labels(as_array(p_nkc), as_array(u_nk))), expected
    )


@pytest.mark.parametrize(("c", "itemsize"), [(2, 1), (256, 1), (257, 4)])
def test_sampled_labels_take_one_byte_where_they_fit(as_array, c, itemsize):
    p_nkc = np.full((1, 1, c), 1 / c)
    almost_one = np.full((1, 1), 1 - 2**-53)
    y_nk = to_numpy(sample_labels(as_array(p_nkc), as_array(almost_one)))
    assert y_nk.dtype.itemsize == itemsize
    assert y_nk[0, 0] == c - 1


def test_a_last_class_of_probability_zero_is_never_drawn():
    p_nkc = np.array([[[1 - 1e-7, 1e-7, 0.0]]], dtype=np.float32)
    assert sample_labels(p_nkc, np.full((1, 1), 1 - 2**-53))[0, 0] < 2


def test_denormal_probabilities_are_no_trouble(as_array):
    p_nkc = np.array([[[5e-324, 1.0], [1e-310, 1.0], [1.0, 0.0]]])
    with np.errstate(all="raise", under="ignore"):
        labels = sample_labels(as_array(p_nkc), as_array(np.zeros((1, 3))))
        told = joint_mutual_information(as_array(p_nkc), 50, np.random.default_rng(0))
    assert to_numpy(labels).tolist() == [[0, 0, 0]]
    assert np.isfinite(told).all()
