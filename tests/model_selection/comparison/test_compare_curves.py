from dataclasses import replace

import numpy as np
import pytest

from skactive.metrics import area_under_curve
from skactive.model_selection import LearningCurve, StrategySearchCV, compare_curves
from skactive.model_selection.comparison._paired import (
    holm,
    likelihood_ratio_p,
    sign_flip_p,
    wilcoxon_p,
)

N_LABELS = np.array([4, 6, 10])


def make_curve(mean, seed, n_splits=6):
    rng = np.random.default_rng(seed)
    starts = np.random.default_rng(0)  # the same for all
    return LearningCurve(
        n_labels=N_LABELS,
        scores={"accuracy": rng.normal(mean, 0.05, (n_splits, 3))},
        indices=np.array([starts.permutation(20)[:10] for _ in range(n_splits)]),
        fit_time=np.ones((n_splits, 3)),
        query_time=np.ones((n_splits, 3)),
    )


CURVES = {"A": make_curve(0.8, 1), "B": make_curve(0.7, 2), "C": make_curve(0.72, 3)}


def compare(results=CURVES, **options):
    return compare_curves(results, random_state=0, **options)


def test_all_pairs_by_default():
    found = compare().results
    assert found["strategy"].tolist() == ["A", "A", "B"]
    assert found["baseline"].tolist() == ["B", "C", "C"]


def test_every_column_is_what_it_says():
    comparison = compare(baseline="B")
    found = comparison.results
    assert found["strategy"].tolist() == ["A", "C"]
    assert found["baseline"].tolist() == ["B", "B"]
    for i, name in enumerate("AC"):
        areas = [
            area_under_curve(N_LABELS, CURVES[k].scores["accuracy"])
            for k in (name, "B")
        ]
        np.testing.assert_array_equal(comparison.areas[name], areas[0])
        d_n = areas[0] - areas[1]
        assert found["difference"][i] == pytest.approx(d_n.mean())
        assert found["standardized"][i] == pytest.approx(d_n.mean() / d_n.std(ddof=1))
        assert found["n_better"][i] == (d_n > 0).sum()
        assert found["p_sign_flip"][i] == sign_flip_p(d_n, 1, None)
        assert found["p_wilcoxon"][i] == wilcoxon_p(d_n)
        scores = np.stack([CURVES[k].scores["accuracy"] for k in (name, "B")])
        assert found["p_likelihood_ratio"][i] == likelihood_ratio_p(scores)
    for test in ("sign_flip", "wilcoxon", "likelihood_ratio"):
        p = found[f"p_{test}"]
        np.testing.assert_array_equal(found[f"p_{test}_holm"], holm(p))
    for name in ("difference", "standardized"):
        assert (found[f"{name}_low"] < found[name]).all()
        assert (found[name] < found[f"{name}_high"]).all()


def test_lower_may_be_better():
    found = compare(baseline="B", greater_is_better=False).results
    np.testing.assert_array_equal(
        found["n_better"] + compare(baseline="B").results["n_better"], 6
    )
    assert found["difference"][0] > 0  # still the strategy less the baseline


def test_one_seed_one_answer_whatever_else_is_compared():
    alone = compare({k: CURVES[k] for k in "AB"}).results
    among = compare().results
    for name in ("difference_low", "difference_high", "p_sign_flip"):
        assert alone[name][0] == among[name][0]


def test_resamples_depend_on_the_seed():
    curves = {"A": make_curve(0.8, 1, n_splits=8), "B": make_curve(0.7, 2, n_splits=8)}
    one, other = (compare_curves(curves, random_state=s).results for s in (0, 1))
    assert one["difference_low"][0] != other["difference_low"][0]
    assert one["p_sign_flip"][0] == other["p_sign_flip"][0]


def test_many_splits_use_random_signs():
    many = {"A": make_curve(0.71, 1, 30), "B": make_curve(0.70, 2, 30)}
    found = compare(many, n_resamples=199).results
    assert (found["p_sign_flip"] * 200 % 1 == 0).all()
    assert found == compare(many, n_resamples=199).results


def test_equal_curves_do_not_differ():
    found = compare({"A": CURVES["A"], "B": CURVES["A"]}).results
    for name in ("p_sign_flip", "p_wilcoxon", "p_likelihood_ratio"):
        assert found[name] == [1.0]
    assert found["difference_low"] == found["difference_high"] == [0.0]
    assert np.isnan(found["standardized"]).all()


def test_areas_that_differ_by_rounding_alone_are_equal():
    scores = CURVES["A"].scores["accuracy"]
    nearly = replace(CURVES["A"], scores={"accuracy": scores * (1 + 1e-15)})
    found = compare({"A": CURVES["A"], "B": nearly}).results
    assert found["difference"] == [0.0]
    assert found["p_sign_flip"] == [1.0]


def test_all_forms_of_results_agree(tmp_path):
    pd = pytest.importorskip("pandas")
    tables = [c.to_frame().assign(strategy=name) for name, c in CURVES.items()]
    pd.concat(tables).to_csv(tmp_path / "curves.csv", index=False)
    expected = compare().to_frame()
    assert expected.shape == (3, 15)
    search = StrategySearchCV({})
    search.curves_ = CURVES
    for results in (
        search,
        pd.concat(tables),
        pd.read_csv(tmp_path / "curves.csv"),
    ):
        pd.testing.assert_frame_equal(compare(results).to_frame(), expected)


def with_scores(curve, scores):
    return replace(curve, scores={"accuracy": scores})


FAILED = CURVES["B"].scores["accuracy"].copy()
FAILED[2, 1] = np.nan
OTHER_START = CURVES["B"].indices.copy()
OTHER_START[3, 0] = 19
assert 19 not in CURVES["B"].indices[3, :4]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (make_curve(0.7, 2, n_splits=5), r"the splits of A are \[0, 1.*those of B"),
        (replace(CURVES["B"], n_labels=N_LABELS + 1), "numbers of labels of A"),
        (replace(CURVES["B"], indices=OTHER_START), "different labels in split 3"),
        (with_scores(CURVES["B"], FAILED), "B has the score nan in split 2, round 1"),
    ],
)
def test_unpaired_curves_are_refused(other, message):
    with pytest.raises(ValueError, match=message):
        compare({"A": CURVES["A"], "B": other})


def test_labels_in_another_order_are_the_same_start():
    swapped = CURVES["B"].indices.copy()
    swapped[:, [0, 1]] = swapped[:, [1, 0]]
    compare({"A": CURVES["A"], "B": replace(CURVES["B"], indices=swapped)})


def test_failures_under_an_error_score_count_as_it_says():
    scores, indices = CURVES["B"].scores["accuracy"].copy(), CURVES["B"].indices.copy()
    scores[2], indices[2] = 0.0, -1
    failed = replace(with_scores(CURVES["B"], scores), indices=indices)
    assert compare({"A": CURVES["A"], "B": failed}).areas["B"][2] == 0


def test_errors():
    with pytest.raises(ValueError, match="results has a single strategy, A"):
        compare({"A": CURVES["A"]})
    with pytest.raises(
        ValueError, match=r"baseline='D' is not one of \['A', 'B', 'C'\]"
    ):
        compare(baseline="D")
    with pytest.raises(ValueError, match="curves have a single split"):
        compare({k: make_curve(0.7, 0, n_splits=1) for k in "AB"})
    with pytest.raises(ValueError, match="confidence_level == 95"):
        compare(confidence_level=95)
    with pytest.raises(ValueError, match="n_resamples == 0"):
        compare(n_resamples=0)
    short = replace(
        with_scores(CURVES["A"], CURVES["A"].scores["accuracy"][:, :1]),
        n_labels=N_LABELS[:1],
    )
    with pytest.raises(ValueError, match="two rounds or more"):
        compare({"A": short, "B": short})
