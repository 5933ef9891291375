import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skactive._utils.array import to_numpy
from skactive.information import (
    conditional_entropy,
    entropy,
    mutual_information,
    sample_labels,
)

# Example 1 of the ICAL paper: labels of x_1, and of all the others, under ten models
X_1 = np.eye(4)[[0, 1, 2, 3, 3, 3, 3, 3, 3, 3]]
X_2 = np.eye(4)[[0, 0, 0, 0, 0, 0, 0, 0, 0, 1]]
# MATH section 1
ORACLE = np.array(
    [[[0.7, 0.2, 0.1], [0.4, 0.5, 0.1], [0.1, 0.3, 0.6], [0.8, 0.1, 0.1]]]
)


def random_draws(n=40, k=8, c=5, seed=0):
    return np.random.default_rng(seed).dirichlet(np.full(c, 0.5), size=(n, k))


def entropy_of(probabilities):
    return -sum(p * math.log(p) for p in probabilities if p > 0)


def test_example_1_of_the_ical_paper():
    information = mutual_information(np.stack([X_1, X_2]))
    assert_allclose(information, [0.9404, 0.3251], atol=5e-5)


def test_example_1_expected_entropy_of_the_rest():
    """Ask x_1, drop the models that its label contradicts, look at x_2; and reverse."""

    def expected_entropy(asked, rest):
        total = 0.0
        for label in range(4):
            agree = asked[:, label] == 1
            if agree.any():
                total += agree.mean() * entropy(rest[agree].mean(axis=0))
        return total

    assert expected_entropy(X_1, X_2) == pytest.approx(0.2871, abs=5e-5)
    assert expected_entropy(X_2, X_2) == 0


def test_mutual_information_oracle(as_array):
    value = to_numpy(mutual_information(as_array(ORACLE)))
    assert_allclose(value, 0.216680, atol=5e-7)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_against_sums_by_hand(as_array, dtype):
    p_nkc = random_draws()
    p_nkc[0, :, :] = np.eye(5)[0]  # exact zeros and ones
    by_hand = [
        entropy_of(p_kc.mean(axis=0)) - np.mean([entropy_of(p_c) for p_c in p_kc])
        for p_kc in p_nkc
    ]
    values = mutual_information(as_array(p_nkc.astype(dtype)))
    assert_allclose(to_numpy(values), by_hand, atol=2e-6)
    means = conditional_entropy(as_array(p_nkc.astype(dtype)))
    by_hand = [np.mean([entropy_of(p_c) for p_c in p_kc]) for p_kc in p_nkc]
    assert_allclose(to_numpy(means), by_hand, atol=2e-6)


def test_mutual_information_bounds():
    for k, c in [(2, 10), (10, 2)]:
        values = mutual_information(random_draws(k=k, c=c))
        assert values.min() >= 0
        assert values.max() <= min(math.log(c), math.log(k))
    one_hot = np.eye(3)[None]
    assert mutual_information(one_hot)[0] == pytest.approx(math.log(3))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_agreeing_draws_share_no_information_exactly(dtype):
    p_c = np.random.default_rng(0).dirichlet(np.ones(7), size=50).astype(dtype)
    agreeing = np.repeat(p_c[:, None], 13, axis=1)
    assert_array_equal(mutual_information(agreeing), np.zeros(50, dtype))


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
