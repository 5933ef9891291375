import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import betaln, digamma

from skactive import information
from skactive._utils.array import to_numpy

SPREAD = 1 / math.sqrt(12)
# moments of Beta(1, 1), and the draws of MATH section 1
UNIFORM = np.array([[[0.5 + SPREAD, 0.5 - SPREAD], [0.5 - SPREAD, 0.5 + SPREAD]]])
FOUR = np.array([[[0.7, 0.2, 0.1], [0.4, 0.5, 0.1], [0.1, 0.3, 0.6], [0.8, 0.1, 0.1]]])
INFORMATION = (
    "beta_mutual_information",
    "dirichlet_mutual_information",
    "expected_effective_loss",
    "beta_information_gain",
)


def random_draws(n=60, k=8, c=5, seed=0, concentration=0.5):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(c, concentration), size=(n, k))


def entropy(m_nc):
    return -np.sum(m_nc * np.log(np.where(m_nc > 0, m_nc, 1)), axis=-1)


def beta_parameters(p_nkc):
    """As printed in section 3.1 of the paper."""
    m, v = p_nkc.mean(axis=1), p_nkc.var(axis=1)
    a = m**2 * (1 - m) / v - m
    return m, a, (1 / m - 1) * a


def posterior_entropy(a, b):
    """h(Beta(a + 1, b)), the last sign of A.11 put right."""
    return (
        betaln(a + 1, b)
        - a * digamma(a + 1)
        - (b - 1) * digamma(b)
        + (a + b - 1) * digamma(a + b + 1)
    )


def theorem_3_1(p_nkc):
    """BetaMarginalBALD term by term, as the theorem is printed."""
    _, a, b = beta_parameters(p_nkc)
    t = a + b
    return np.sum(
        (a - 1) * digamma(t)
        - a / t * np.log(a / t)
        - a * (a - 1) / t * digamma(a)
        - b * (a - 1) / t * digamma(t + 1)
        + a**2 / t * (digamma(a + 1) - digamma(t + 1)),
        axis=-1,
    )


def equation_28(p_nkc):
    """BetaMarginalEIG by its double sum."""
    m, a, b = beta_parameters(p_nkc)
    c, total = a.shape[-1], 0.0
    for i in range(c):
        inner = sum(
            (a[:, j] + (i == j))
            / (a[:, j] + b[:, j] + 1)
            * np.log((a[:, j] + (i == j)) / (a[:, j] + b[:, j] + 1))
            for j in range(c)
        )
        total = total + m[:, i] * (inner - np.log(m[:, i]))
    return total


def check(name, draws, expected, as_array=lambda a: a, **kwargs):
    value = to_numpy(getattr(information, name)(as_array(draws), **kwargs))
    assert value[0] == pytest.approx(expected, abs=6e-7)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("marginalized_joint_entropy", 0.5),
        ("balanced_entropy", 1 / (4 * math.log(2))),
        ("beta_mutual_information", math.log(2) - 0.5),
        ("beta_conditional_entropy", 0.5),
        ("expected_effective_loss", math.log(4 / 3)),
        ("beta_information_gain", 0.056633),
    ],
)
def test_oracles_of_the_uniform_law(name, expected, as_array):
    check(name, UNIFORM, expected, as_array)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("marginalized_joint_entropy", 0.782526),
        ("balanced_entropy", 0.452232),
        ("beta_mutual_information", 0.228606),
        ("dirichlet_mutual_information", 0.238006),
        ("expected_effective_loss", 0.348517),
        ("beta_information_gain", 0.050976),
    ],
)
def test_oracles_of_four_draws(name, expected, as_array):
    check(name, FOUR, expected, as_array)


@pytest.mark.parametrize(
    ("precision", "expected"),
    [(-1, -1.754786), (0, 0.086172), (1, 0.452232), (2, 0.608899), (3, 0.695880)],
)
def test_oracles_of_precision(precision, expected, as_array):
    check("balanced_entropy", FOUR, expected, as_array, precision=precision)


@pytest.mark.parametrize("concentration", [0.1, 1.0, 20.0])
@pytest.mark.parametrize("c", [2, 5])
def test_against_the_paper_as_printed(c, concentration, as_array):
    p_nkc = random_draws(c=c, concentration=concentration)
    m, a, b = beta_parameters(p_nkc)
    on = as_array(p_nkc)
    mjent = np.sum(m * posterior_entropy(a, b), axis=-1) + entropy(m)
    balent = mjent / (entropy(m) + math.log(2))
    loss = np.sum(m * (np.log((a + 1) / (a + b + 1)) - np.log(m)), axis=-1)
    closeness = {"rtol": 1e-6, "atol": 1e-8}  # of the printed forms, which cancel
    value = information.marginalized_joint_entropy(on)
    assert_allclose(to_numpy(value), mjent, **closeness)
    assert_allclose(to_numpy(information.balanced_entropy(on)), balent, **closeness)
    value = information.beta_mutual_information(on)
    assert_allclose(to_numpy(value), theorem_3_1(p_nkc), **closeness)
    assert_allclose(
        to_numpy(information.expected_effective_loss(on)), loss, **closeness
    )
    value = information.beta_information_gain(on)
    # eq. 28 weighs by m_i a sum over all j: exact where the means sum to one
    assert_allclose(to_numpy(value), equation_28(p_nkc), **closeness)


def test_dirichlet_information_is_that_of_its_parameters():
    """BALD(eta) of draws that have exactly the moments of Dirichlet(eta)."""
    eta = np.array([2.0, 0.5, 1.5])
    e = eta.sum()
    draws = np.random.default_rng(0).dirichlet(eta, size=(1, 400_000))
    m = eta / e
    exact = entropy(m) + np.sum(m * (digamma(eta + 1) - digamma(e + 1)))
    value = information.dirichlet_mutual_information(draws)
    assert value[0] == pytest.approx(exact, abs=2e-3)


def test_mjent_never_exceeds_the_entropy():
    for concentration in (0.02, 0.5, 1, 30):
        p_nkc = random_draws(300, c=4, concentration=concentration)
        mjent = information.marginalized_joint_entropy(p_nkc)
        balent = information.balanced_entropy(p_nkc)
        assert (mjent <= entropy(p_nkc.mean(axis=1)) + 1e-12).all()
        assert (balent < 1).all()


@pytest.mark.parametrize("name", INFORMATION)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_limits_of_information(name, dtype, as_array):
    """Draws that agree say nothing; one-hot draws say all."""
    f = getattr(information, name)
    agree = np.repeat(random_draws(20)[:, :1], 7, axis=1).astype(dtype)
    assert_array_equal(to_numpy(f(as_array(agree))), np.zeros(20))
    one_hot = np.eye(5, dtype=dtype)[np.random.default_rng(0).integers(5, size=(20, 8))]
    value = to_numpy(f(as_array(one_hot)))
    assert_allclose(value, entropy(one_hot.mean(axis=1, dtype=float)), atol=1e-14)


@pytest.mark.parametrize("name", INFORMATION)
def test_bounds_of_information(name):
    f = getattr(information, name)
    for concentration in (1e-3, 0.05, 1, 1e3, 1e9):
        p_nkc = random_draws(200, c=3, concentration=concentration)
        value = f(p_nkc)
        assert (value >= 0).all()
        assert (value <= entropy(p_nkc.mean(axis=1)) + 1e-12).all()


def test_aleatoric_and_epistemic_terms_sum_to_the_entropy(as_array):
    p_nkc = random_draws()
    parts = (
        information.beta_mutual_information(as_array(p_nkc)),
        information.beta_conditional_entropy(as_array(p_nkc)),
    )
    total = to_numpy(parts[0]) + to_numpy(parts[1])
    assert_allclose(total, entropy(p_nkc.mean(axis=1)))


def test_three_parts_sum_to_mjent(as_array):
    on = as_array(random_draws())
    total = sum(to_numpy(part) for part in information.decompose(on))
    assert_allclose(total, to_numpy(information.marginalized_joint_entropy(on)))


HALF_CERTAIN = [[0.0, 0.4, 0.6], [1.0, 0.0, 0.0], [0.0, 0.5, 0.5]]
ENDLESS = {
    "one and the same one-hot": [[1.0, 0.0, 0.0]] * 3,
    "one-hot but differing": np.eye(3).tolist(),
    "equal": [[0.1, 0.3, 0.6]] * 3,
    "one class constant": [[0.1, 0.2, 0.7], [0.1, 0.5, 0.4], [0.1, 0.3, 0.6]],
    "one class of 0 and 1": HALF_CERTAIN,
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", list(ENDLESS))
def test_limits_of_balanced_entropy(case, dtype, as_array):
    draws = as_array(np.array([ENDLESS[case]], dtype=dtype))
    with np.errstate(all="raise"):
        assert float(information.balanced_entropy(draws)[0]) == -np.inf
        assert float(information.marginalized_joint_entropy(draws)[0]) == -np.inf
        assert math.isfinite(
            float(information.balanced_entropy(draws, clipped=True)[0])
        )


def test_an_impossible_class_counts_for_nothing(as_array):
    """m = 0 adds 0: the third class may as well not be there."""
    two = random_draws(c=2)
    three = np.concatenate([two, np.zeros((*two.shape[:2], 1))], axis=-1)
    for name in (*INFORMATION, "balanced_entropy"):
        f = getattr(information, name)
        with np.errstate(all="raise"):
            value = to_numpy(f(as_array(three)))
        assert_allclose(value, to_numpy(f(as_array(two))), rtol=1e-12, atol=1e-15)


def test_no_denominator_no_balance():
    """H <= log 2 with two classes: precision -1 has nothing to divide by."""
    value = information.balanced_entropy(random_draws(c=2), precision=-1)
    assert_array_equal(value, np.full(60, -np.inf))


def test_clipping_changes_only_what_it_must():
    p_nkc = random_draws()
    plain = information.balanced_entropy(p_nkc)
    clipped = information.balanced_entropy(p_nkc, clipped=True)
    assert_allclose(clipped, plain, rtol=1e-6)


@pytest.mark.parametrize(("k", "c"), [(1, 2), (1, 3), (2, 2), (3, 10_000)], ids=str)
def test_any_number_of_draws_and_classes(k, c, as_array):
    p_nkc = as_array(random_draws(3, k, c, concentration=0.05))
    for name in (*INFORMATION, "balanced_entropy", "beta_conditional_entropy"):
        with np.errstate(all="raise", under="ignore"):
            value = to_numpy(getattr(information, name)(p_nkc))
        assert not np.isnan(value).any()
        if k == 1 and name in INFORMATION:
            assert_array_equal(value, np.zeros(3))


def test_ranks_of_nearly_certain_points_survive():
    """Means and spreads a millionth of the authors' floor apart keep their order."""
    scale = 10.0 ** -np.arange(3, 13)
    tiny = np.stack([scale, 2 * scale, 1.5 * scale], axis=1)[..., None]
    p_nkc = np.concatenate([tiny, 1 - tiny], axis=-1)
    for name in (*INFORMATION, "balanced_entropy"):
        value = getattr(information, name)(p_nkc)
        # the gain is a difference of entropies: zero where rounding hides it
        told = value > 0 if name == "beta_information_gain" else np.full(10, True)
        assert told[:4].all()
        assert (np.diff(value[told]) < 0).all(), name


def test_float32_draws_are_worked_in_float64(as_array):
    p_nkc = random_draws().astype(np.float32)
    for name in (*INFORMATION, "balanced_entropy", "posterior_uncertainty"):
        value = to_numpy(getattr(information, name)(as_array(p_nkc)))
        assert value.dtype == np.float64
        exact = getattr(information, name)(p_nkc.astype(float))
        assert_allclose(value, exact, rtol=1e-12, atol=1e-15)


def test_measures_run_on_the_meta_device():
    torch = pytest.importorskip("torch")
    draws = torch.empty((12, 6, 3), dtype=torch.float32, device="meta")
    for name in (*INFORMATION, "balanced_entropy", "beta_conditional_entropy"):
        value = getattr(information, name)(draws)
        assert value.shape == (12,)
        assert value.device.type == "meta"
