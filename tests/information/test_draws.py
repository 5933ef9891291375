import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import softmax

from skactive._utils.array import to_numpy
from skactive.information import (
    conditional_entropy,
    entropy,
    least_confidence,
    margin,
    mean_of_draws,
    mutual_information,
    variance,
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


DTYPES = [np.float16, np.float32, np.float64]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("k", [1, 13, 200, 1000])
def test_agreeing_draws_share_no_information_exactly(k, dtype, as_array):
    """A thousand equal numbers have a mean that is rounded off them."""
    p_c = np.random.default_rng(0).dirichlet(np.ones(10), size=50).astype(dtype)
    agreeing = as_array(np.repeat(p_c[:, None], k, axis=1))
    assert_array_equal(to_numpy(mutual_information(agreeing)), np.zeros(50))
    assert_array_equal(to_numpy(variance(agreeing)), np.zeros((50, 10)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_draws_are_reduced_in_double_precision_whatever_their_type(dtype, as_array):
    p_nkc = random_draws(n=50, k=200, c=20).astype(dtype)
    exact = p_nkc.astype(float)
    p_mean = exact.mean(axis=1)
    for measure, expected in {
        mean_of_draws: p_mean,
        least_confidence: 1 - p_mean.max(axis=1),
        conditional_entropy: entropy(exact).mean(axis=1),
        mutual_information: entropy(p_mean) - entropy(exact).mean(axis=1),
        variance: exact.var(axis=1),
    }.items():
        whole = to_numpy(measure(as_array(p_nkc)))
        assert whole.dtype == np.float64
        assert_allclose(whole, expected, rtol=1e-11)
        with sklearn.config_context(working_memory=1e-4):  # a point at a time
            assert_allclose(to_numpy(measure(as_array(p_nkc))), whole, rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("apart", [1e-5, 1e-3, 0.1, 3.0])
def test_small_information_keeps_its_digits(apart, dtype, as_array):
    """Where entropies agree to ten digits, their difference would have six."""
    rng = np.random.default_rng(0)
    logits = 3 * rng.normal(size=(30, 1, 4)) + apart * rng.normal(size=(30, 20, 4))
    p_nkc = softmax(logits, axis=-1).astype(dtype)
    p_nkc[:, :, -1] *= 1e-9  # and an unlikely class, that tells next to nothing
    p_nkc[:10, :, :-1] = p_nkc[:10, :1, :-1]  # but for which draws agree
    expected = np.array([mean_divergence(p_kc) for p_kc in p_nkc])
    told = expected > (8 * np.finfo(dtype).eps) ** 2  # what draws of this type can tell
    assert told.sum() > 15
    value = to_numpy(mutual_information(as_array(p_nkc)))
    assert_allclose(value[told], expected[told], rtol=1e-11)
    assert_array_equal(value[~told], 0)


def mean_divergence(p_kc):
    """The mean of KL(P_k, m) in 40 digits."""
    with localcontext(prec=40):
        p_kc = [[Decimal(float(p)) for p in p_c] for p_c in p_kc]
        k, total = len(p_kc), Decimal(0)
        m_c = [sum(column) / k for column in zip(*p_kc, strict=True)]
        for p_c in p_kc:
            total += sum(
                p * (p / m).ln() for p, m in zip(p_c, m_c, strict=True) if p > 0
            )
        return float(total / k)


def test_draws_that_differ_by_their_own_rounding_agree(as_array):
    """Sums of the same units in another order, say, in single or half precision."""
    rng = np.random.default_rng(0)
    for dtype in (np.float16, np.float32):
        p = rng.dirichlet(np.ones(5), size=(20, 1)).astype(dtype)
        last_place = np.spacing(p) * rng.integers(-1, 2, size=(20, 9, 5)).astype(dtype)
        value = mutual_information(as_array((p + last_place).astype(dtype)))
        assert_array_equal(to_numpy(value), np.zeros(20))


@pytest.mark.parametrize("least", [5e-324, 1e-310, 1e-200, 1e-30])
def test_tiny_probabilities_are_no_trouble(least, as_array):
    draws = np.array([[[least, 1.0], [3 * least, 1.0], [0.0, 1.0]]])
    with np.errstate(all="raise", under="ignore"):
        for measure in (conditional_entropy, mutual_information, entropy, variance):
            value = to_numpy(measure(as_array(draws)))
            assert np.isfinite(value).all()
            assert (value >= 0).all()
            assert value.max() < 800 * 4 * least + 1e-323


def test_margin_is_the_first_less_the_second(as_array):
    values = np.random.default_rng(0).normal(size=(30, 4))
    literal = [sorted(row)[-1] - sorted(row)[-2] for row in values.tolist()]
    assert_array_equal(to_numpy(margin(as_array(values))), literal)
    assert_array_equal(to_numpy(margin(as_array(values[:, :1]))), values[:, 0])
