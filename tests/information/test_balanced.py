import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import betaln, digamma

from skactive import information
from skactive._utils.array import to_numpy

MEASURES = (
    "balanced_entropy",
    "beta_conditional_entropy",
    "beta_information_gain",
    "beta_mutual_information",
    "dirichlet_mutual_information",
    "expected_effective_loss",
    "marginalized_joint_entropy",
    "posterior_uncertainty",
)
LEAST = [5e-324, 1e-310, 4e-309, 1e-308, 1e-200, 1e-160, 1e-40]


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("least", LEAST)
def test_tiny_probabilities_are_no_trouble(name, least, as_array):
    """As naive Bayes gives them; 1 / b overflows below 5e-309."""
    draws = np.array(
        [
            [[least, 1.0], [1.0, 0.0], [least, 1.0]],
            [[least, 1.0], [least, 1.0], [least, 1.0]],
            [[least, 1.0], [3 * least, 1.0], [0.0, 1.0]],
            [[0.0, 1.0], [0.5, 0.5], [least, 1.0]],
        ]
    )
    measure = getattr(information, name)
    with np.errstate(all="raise", under="ignore"):
        value = to_numpy(measure(as_array(draws)))
        if name == "balanced_entropy":
            clipped = measure(as_array(draws), clipped=True)
            assert np.isfinite(to_numpy(clipped)).all()
    assert not np.isnan(value).any()
    assert (value < math.log(2) + 1).all()


@pytest.mark.parametrize("least", LEAST)
def test_the_limit_of_a_parameter_is_minus_infinity(least, as_array):
    """Draws (t, 1) and (1, 0): the second class's are 0 and 1 alone."""
    draws = as_array(np.array([[[least, 1.0], [1.0, 0.0]]]))
    assert float(information.posterior_uncertainty(draws)[0]) == -np.inf
    assert float(information.balanced_entropy(draws)[0]) == -np.inf


@pytest.mark.parametrize("least", [1e-160, 1e-200, 1e-300])
def test_an_unlikely_class_counts_for_next_to_nothing(least, as_array):
    """Its draws differ, though their variance, about its square, underflows."""
    two = np.array([[[0.7, 0.3], [0.2, 0.8], [0.4, 0.6]]])
    third = least * np.array([1.0, 3.0, 0.5])[None, :, None]
    three = np.concatenate([two, third], axis=-1)
    for name in MEASURES:
        measure = getattr(information, name)
        value, expected = (to_numpy(measure(as_array(draws))) for draws in (three, two))
        assert_allclose(value, expected, rtol=1e-12)


def test_moments_of_unlikely_classes_are_those_of_likely_ones(as_array):
    """a and the variance over m^2 do not depend on the unit: b does, as 1 / m."""
    from skactive.information._beta_moments import fit_beta

    shape = np.array([1.0, 3.0, 0.5])
    p_nkc = np.stack([scale * shape for scale in (1e-9, 1e-200)])[:, :, None]
    f = fit_beta(as_array(p_nkc))
    m, v = shape.mean(), shape.var()
    assert_allclose(to_numpy(f.a_nc)[:, 0], m**2 / v, rtol=1e-8)
    assert_allclose(to_numpy(f.scaled_v_nc)[:, 0], v / m**2, rtol=1e-12)
    b = to_numpy(f.total_nc)[:, 0] - to_numpy(f.a_nc)[:, 0]
    assert_allclose(b, m / v / np.array([1e-9, 1e-200]), rtol=1e-8)


def test_small_uncertainties_are_those_of_beta_functions(as_array):
    """Half the draws (t, 1), half (1, 0), at a t that the direct form can do."""
    t = 1e-3
    draws = as_array(np.array([[[t, 1 - t], [1.0, 0.0]]]))
    m, v = np.array([(1 + t) / 2, (1 - t) / 2]), ((1 - t) / 2) ** 2
    total = m * (1 - m) / v - 1
    a, b = m * total, (1 - m) * total
    h = betaln(a + 1, b) - a * digamma(a + 1) - (b - 1) * digamma(b)
    h = h + (a + b - 1) * digamma(a + b + 1)
    value = to_numpy(information.posterior_uncertainty(draws))
    assert_allclose(value, [(m * h).sum()], rtol=1e-10)
