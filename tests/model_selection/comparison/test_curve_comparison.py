import numpy as np
import pytest

from skactive.model_selection import LearningCurve, compare_curves
from skactive.model_selection.comparison._curve_comparison import write_p

N_LABELS = np.array([10, 20])


def compare(differences, *, n_others=0, **options):
    """A comparison with exactly these differences of areas."""
    base = np.full((len(differences), 2), 0.5)
    scores = {"A": base + np.asarray(differences)[:, None], "B": base}
    scores |= {f"C{i}": base for i in range(n_others)}
    curves = {
        name: LearningCurve(N_LABELS, {"f1": value}, None, None, None)
        for name, value in scores.items()
    }
    return compare_curves(curves, baseline="B", random_state=0, **options)


def test_summary_of_a_significant_comparison():
    rng = np.random.default_rng(0)
    comparison = compare(rng.uniform(0.02, 0.03, 6))
    row = {name: values[0] for name, values in comparison.results.items()}
    interval = f"[{row['difference_low']:+.3g}, {row['difference_high']:+.3g}]"
    assert str(comparison) == (
        "Area under the f1 curve, 10 to 20 labels, 6 paired splits, 95% intervals.\n\n"
        f"A over B: {row['difference']:+.3g} {interval}, "
        f"{row['standardized']:.2g} sd, better on 6 of 6 splits\n"
        "    sign-flip p = .031, Wilcoxon p = .031, likelihood ratio p = "
        f"{write_p(row['p_likelihood_ratio'])}\n"
        "    significant at 5%: A is better"
    )
    assert comparison.summary() == str(comparison)


def test_the_winner_is_named():
    differences = np.linspace(0.02, 0.03, 8)
    assert "A is better" in str(compare(differences))
    assert "B is better" in str(compare(-differences))
    assert "B is better" in str(compare(differences, greater_is_better=False))


def test_six_splits_are_too_few_for_two_comparisons():
    words = str(compare(np.linspace(0.02, 0.03, 6), n_others=1))
    assert "sign-flip p = .031 (Holm .062)" in words
    assert words.count("not significant at 5%: the difference could be due to") == 2
    assert words.endswith(
        "Too few splits: the sign-flip test of 6 cannot give less than p = 2 / 2^6 "
        "times 2 comparisons = .062, so that no difference can be significant at 5%. "
        "Use at least 7 splits."
    )


@pytest.mark.parametrize("n_others", [0, 1, 4])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_as_many_splits_as_it_says_are_enough(n_others, level):
    few = str(compare([0.1, 0.2], n_others=n_others, confidence_level=level))
    enough = int(few.removesuffix(" splits.").split()[-1])
    for n, is_significant in ((enough - 1, False), (enough, True)):
        d_n = np.linspace(0.1, 0.2, n)
        words = str(compare(d_n, n_others=n_others, confidence_level=level))
        assert ("A is better" in words) == is_significant
        assert ("Too few splits" in words) != is_significant


def test_equal_curves_are_described():
    assert "A over B: +0 [+0, +0], better on 0 of 6" in str(compare([0.0] * 6))


def test_p_values_as_papers_write_them():
    written = {0.03125: ".031", 0.5: ".5", 1.0: "1", 4.4e-11: "4e-11", 2e-278: "2e-278"}
    assert {p: write_p(p) for p in written} == written
    assert write_p(0.0) == "0"
    assert write_p(0.1) == ".1"
    assert write_p(1.0) == "1"
