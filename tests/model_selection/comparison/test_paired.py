from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize

from skactive.model_selection.comparison._paired import (
    MAX_EXACT,
    holm,
    likelihood_ratio_p,
    sign_flip_p,
    standardized,
    studentized_intervals,
    wilcoxon_p,
)

RNG = np.random.default_rng(0)
SEEDS = st.integers(0, 2**32 - 1)


def enumerated_p(d_n):
    sums = [abs(sum(s * d for s, d in zip(signs, d_n, strict=True)))
            for signs in product([1, -1], repeat=len(d_n))]  # fmt: skip
    return np.mean([s >= abs(sum(d_n)) - 1e-9 for s in sums])


@settings(deadline=None, max_examples=50)
@given(seed=SEEDS, n=st.integers(1, 8), ties=st.booleans())
def test_sign_flip_is_all_signs_counted(seed, n, ties):
    rng = np.random.default_rng(seed)
    d_n = rng.integers(-3, 4, n) / 10 if ties else rng.normal(size=n)
    assert sign_flip_p(d_n, 1, None) == pytest.approx(enumerated_p(d_n))


def test_sign_flip_by_hand():
    # of 8 sums, those of +++ and --- alone are as far out as 1 + 2 + 3
    assert sign_flip_p(np.array([1.0, 2.0, 3.0]), 1, None) == 2 / 8
    # 1 + 2 - 3 is 0: nothing is nearer
    assert sign_flip_p(np.array([1.0, 2.0, -3.0]), 1, None) == 1
    assert sign_flip_p(np.full(6, 0.1), 1, None) == 2 / 64
    assert sign_flip_p(np.zeros(6), 1, None) == 1


def test_random_signs_agree_with_all_signs():
    d_n = RNG.normal(0.5, 1, MAX_EXACT + 1)
    expected = stats.permutation_test(
        (d_n,), np.sum, permutation_type="samples", n_resamples=2**17
    ).pvalue
    found = sign_flip_p(d_n, 20_000, np.random.default_rng(0))
    assert found == pytest.approx(expected, abs=4 * (expected / 20_000) ** 0.5)
    certain = sign_flip_p(np.ones(60), 99, np.random.default_rng(0))
    assert certain == 1 / 100  # never zero: the one seen counts


@settings(deadline=None, max_examples=50)
@given(seed=SEEDS, n=st.integers(5, 20))
def test_wilcoxon_is_that_of_scipy(seed, n):
    d_n = np.random.default_rng(seed).normal(0.3, 1, n)
    expected = stats.wilcoxon(d_n, method="exact" if n <= MAX_EXACT else "auto")
    assert wilcoxon_p(d_n) == pytest.approx(expected.pvalue)


def test_wilcoxon_leaves_out_zeros_and_shares_ranks():
    assert wilcoxon_p(np.zeros(4)) == 1
    assert wilcoxon_p(np.array([0, 0, 1.0, 2, 3])) == 2 / 8
    # ranks 1.5, 1.5, 3: the sum of signed ranks is 3, 0 or 6 from all signs
    assert wilcoxon_p(np.array([1.0, -1, 5])) == 6 / 8


def numerical_log_likelihood(y_asr, with_strategy):
    """From multivariate normal densities, maximised numerically."""
    a, s, r = y_asr.shape
    y_rm = y_asr.reshape(a * s, r).T
    strategy_m = np.repeat([0.0, 1.0], s)

    def loss(parameters):
        mean, effect, noise, round_ = parameters
        mean_m = mean + effect * strategy_m * with_strategy
        covariance = np.exp(noise) * np.eye(a * s) + np.exp(round_)
        return -stats.multivariate_normal(mean_m, covariance).logpdf(y_rm).sum()

    starts = [(y_asr.mean(), 0, np.log(y_asr.var()), x) for x in (-12, -1)]
    options = {"maxiter": 4000, "maxfev": 8000, "fatol": 1e-10, "xatol": 1e-8}
    found = [minimize(loss, x, method="Nelder-Mead", options=options) for x in starts]
    return -min(result.fun for result in found)


@pytest.mark.parametrize("round_sd", [0.0, 0.5])
def test_likelihood_ratio_is_that_of_maximised_densities(round_sd):
    rng = np.random.default_rng(3)
    scores = rng.normal(size=(2, 3, 4)) + round_sd * rng.normal(size=4)
    scores[0] += 0.5
    ratio = 2 * (
        numerical_log_likelihood(scores, True) - numerical_log_likelihood(scores, False)
    )
    expected = stats.chi2.sf(ratio, df=1)
    assert 0.001 < expected < 0.9
    assert likelihood_ratio_p(scores) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_likelihood_ratio_is_that_of_statsmodels(seed):
    smf = pytest.importorskip("statsmodels.formula.api")
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(2, 4, 6)) + 3 * rng.normal(size=6)
    scores[0] += rng.normal(0, 0.6)
    strategy, _, round_ = np.indices(scores.shape)
    columns = {"score": scores, "strategy": strategy, "round": round_}
    frame = pd.DataFrame({name: a.ravel() for name, a in columns.items()})
    without, with_effect = (
        smf.mixedlm(f"score ~ {fixed}", frame, groups="round").fit(reml=False).llf
        for fixed in ("1", "strategy")
    )
    expected = stats.chi2.sf(2 * (with_effect - without), df=1)
    assert likelihood_ratio_p(scores) == pytest.approx(expected, abs=1e-6)


def test_likelihood_ratio_does_not_depend_on_units_or_order():
    scores = RNG.normal(size=(2, 3, 5))
    p = likelihood_ratio_p(scores)
    assert likelihood_ratio_p(1e-6 * scores - 7e-6) == pytest.approx(p)
    assert likelihood_ratio_p(scores[::-1, :, ::-1]) == pytest.approx(p)


def test_likelihood_ratio_of_no_or_only_difference():
    scores = np.tile(RNG.normal(size=(1, 3, 5)), (2, 1, 1))
    assert likelihood_ratio_p(scores) == 1
    flat = np.array([np.zeros((2, 3)), np.ones((2, 3))])
    assert likelihood_ratio_p(flat) == 0


def assert_uniform(p_s):
    """Check that a share p of the p-values, up to chance, is at most p, for each p."""
    for p in np.unique(p_s):
        error = (p * (1 - p) / len(p_s)) ** 0.5
        assert abs((p_s <= p).mean() - p) <= 4 * error


def test_p_values_are_uniform_where_nothing_differs():
    rng = np.random.default_rng(0)
    d_sn = rng.normal(size=(400, 9))
    assert_uniform(np.array([sign_flip_p(d_n, 1, None) for d_n in d_sn]))
    assert_uniform(np.array([wilcoxon_p(d_n) for d_n in d_sn]))
    y_sasr = rng.normal(size=(400, 2, 10, 8)) + rng.normal(size=8)
    assert_uniform(np.array([likelihood_ratio_p(y) for y in y_sasr]))


def test_rounds_that_hang_together_deceive_the_likelihood_ratio():
    """Correlated rounds give false alarms, so the summary does not use this test."""
    rng = np.random.default_rng(0)
    y_tasr = rng.normal(size=(400, 2, 10, 1)) + 0.3 * rng.normal(size=(400, 2, 10, 8))
    false_alarms = np.mean([likelihood_ratio_p(y) < 0.05 for y in y_tasr])
    areas = y_tasr.mean(axis=3)
    honest = np.mean([sign_flip_p(a - b, 1, None) < 0.05 for a, b in areas])
    assert false_alarms > 0.3
    assert honest < 0.08


@settings(deadline=None, max_examples=50)
@given(seed=SEEDS, m=st.integers(1, 6))
def test_holm_rejects_what_the_steps_reject(seed, m):
    p = np.random.default_rng(seed).beta(0.3, 1, m).round(3)
    corrected = holm(p)
    for alpha in (0.01, 0.05, 0.2):
        rejected = np.zeros(m, dtype=bool)
        for step, i in enumerate(np.argsort(p)):
            if p[i] > alpha / (m - step):
                break
            rejected[i] = True
        near = np.abs(corrected - alpha) < 1e-9  # alpha / m may be rounded
        np.testing.assert_array_equal((corrected <= alpha)[~near], rejected[~near])


def test_holm_is_that_of_statsmodels():
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    p = RNG.random(8) ** 3
    expected = multitest.multipletests(p, method="holm")[1]
    np.testing.assert_allclose(holm(p), expected)


def test_standardized():
    d_n = RNG.normal(1, 2, 12)
    assert standardized(d_n) == pytest.approx(d_n.mean() / d_n.std(ddof=1))
    assert standardized(np.full(3, 0.1)) == np.inf
    assert standardized(np.full(3, -0.1)) == -np.inf
    assert np.isnan(standardized(np.zeros(3)))


def test_interval_of_many_differences_is_that_of_student():
    d_n = RNG.normal(1, 2, 300)
    (low, high), (z_low, z_high) = studentized_intervals(d_n, 0.9, 9999, RNG)
    half = stats.t.ppf(0.95, 299) * d_n.std(ddof=1) / 300**0.5
    assert low == pytest.approx(d_n.mean() - half, abs=0.05 * half)
    assert high == pytest.approx(d_n.mean() + half, abs=0.05 * half)
    z = standardized(d_n)
    half = 1.645 * ((1 + z**2 / 2) / 300) ** 0.5
    assert z_low == pytest.approx(z - half, abs=0.1 * half)
    assert z_high == pytest.approx(z + half, abs=0.1 * half)


def test_intervals_hold_the_truth_as_often_as_they_promise():
    rng = np.random.default_rng(0)
    held, usual = np.zeros(2), 0
    for _ in range(400):
        d_n = rng.normal(1, 1, 6)
        for i, (low, high) in enumerate(studentized_intervals(d_n, 0.95, 999, rng)):
            held[i] += low <= 1 <= high
        means = rng.choice(d_n, (999, 6)).mean(axis=1)
        usual += abs(np.mean(means <= 1) - 0.5) <= 0.95 / 2  # by percentiles
    assert (held / 400 > 0.92).all()
    assert (held / 400 < 0.985).all()
    assert usual / 400 < 0.9  # why it is not done so


def test_intervals_without_spread():
    mean, z = studentized_intervals(np.full(5, 0.1), 0.95, 99, RNG)
    np.testing.assert_array_equal(mean, [0.1, 0.1])
    assert np.isnan(z).all()


def test_interval_of_two_splits_is_all_there_is():
    mean, z = studentized_intervals(np.array([0.0, 1.0]), 0.95, 999, RNG)
    np.testing.assert_array_equal(mean, [-np.inf, np.inf])
    assert np.isfinite(z).all()


def test_interval_grows_with_confidence():
    d_n = RNG.normal(size=10)
    widths = [
        np.diff(
            studentized_intervals(d_n, level, 999, np.random.default_rng(0))
        ).ravel()
        for level in (0.5, 0.9, 0.99)
    ]
    assert (np.diff(widths, axis=0) > 0).all()
