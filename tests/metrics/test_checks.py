import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import RandomForestRegressor
from sklearn.naive_bayes import GaussianNB

from skactive import DEIMOS
from skactive.metrics import (
    acquired_uncertainty,
    area_under_curve,
    batch_diversity,
    class_counts,
    class_entropy,
    core_set_radius,
    expected_calibration_error,
    gaussian_negative_log_likelihood,
    get_scorer,
    labels_to_reach,
    mean_posterior_entropy,
    negative_log_likelihood,
    quartiles_to_reach,
)
from skactive.metrics._checks import check_labels, check_probabilities

X, Y = load_iris(return_X_y=True)
HALF = [[0.5, 0.5], [0.1, 0.9]]


@pytest.mark.parametrize("name", ["log_likelihood", "neg_nll", "neg_ece", "ece"])
def test_a_column_of_labels_scores_as_its_labels_do(name):
    model, scorer = GaussianNB().fit(X, Y), get_scorer(name)
    assert scorer(model, X, Y[:, None]) == scorer(model, X, Y)
    pd = pytest.importorskip("pandas")
    assert scorer(model, X, pd.DataFrame({"y": Y})) == scorer(model, X, Y)


def test_a_column_of_values_scores_as_its_values_do():
    X, y = load_diabetes(return_X_y=True)
    strategy = DEIMOS(RandomForestRegressor(5), random_state=0).fit(X[:50], y[:50])
    for name in ("nll", "rmse", "r2"):
        scorer = get_scorer(name)
        assert scorer(strategy, X, y[:, None]) == scorer(strategy, X, y)


@pytest.mark.parametrize(
    "metric", [negative_log_likelihood, expected_calibration_error]
)
@pytest.mark.parametrize(
    ("y", "p_nc", "classes", "message"),
    [
        (["a"], HALF, ["a", "b"], "y_true has 1 labels, but there are 2"),
        (["a", "b", "a"], HALF, ["a", "b"], "y_true has 3 labels"),
        ([["a", "b"]], HALF, ["a", "b"], r"y_true .* has shape \(1, 2\)"),
        ("a", HALF, ["a", "b"], r"y_true .* has shape \(\)"),
        (["a", "b"], HALF, ["a", "b", "c"], r"2 columns, but classes has shape \(3,"),
        (["a", "b"], HALF, "a", r"classes has shape \(\)"),
        (["a", "b"], [0.5, 0.5], ["a", "b"], r"p_nc .* has shape \(2,\)"),
        (["a"], [[0.5, 0.9]], ["a", "b"], r"p_nc at 0 is \[0.5 0.9\], .*probabilities"),
        (["a"], [[1.5, -0.5]], ["a", "b"], "non-negative"),
        (["a", "b"], [[0.5, 0.5], [np.nan, 1]], ["a", "b"], "p_nc at 1 is"),
        (["a", "b"], [[0.5, 0.5], [np.inf, 1]], ["a", "b"], "p_nc at 1 is"),
        ([], np.empty((0, 2)), ["a", "b"], r"shape \(0, 2\)"),
    ],
)
def test_what_does_not_belong_together_is_refused(metric, y, p_nc, classes, message):
    with pytest.raises(ValueError, match=message):
        metric(y, p_nc, classes)


def test_bins_are_counted():
    with pytest.raises(ValueError, match="n_bins == 0"):
        expected_calibration_error(["a"], [[1.0]], ["a"], n_bins=0)


@pytest.mark.parametrize(
    "metric", [area_under_curve, labels_to_reach, quartiles_to_reach]
)
@pytest.mark.parametrize(
    ("n_labels", "scores", "message"),
    [
        ([10, 20], [[0.5, 0.6, 0.7]], r"scores .* has shape \(1, 3\)"),
        ([10, 20], [[0.5]], r"scores .* has shape \(1, 1\)"),
        ([10, 20], [0.5, 0.6], r"scores .* \(n_splits, 2\), .* has shape \(2,\)"),
        ([20, 10], [[0.5, 0.6]], r"more labels than the one before.*\[20, 10\]"),
        ([[10, 20]], [[0.5, 0.6]], "more labels than the one before"),
    ],
)
def test_curves_have_a_column_for_each_number_of_labels(
    metric, n_labels, scores, message
):
    target = () if metric is area_under_curve else (0.5,)
    with pytest.raises(ValueError, match=message):
        metric(n_labels, scores, *target)


LOGITS = np.array([[3.0, 2.0], [1.0, 4.0]])


@pytest.mark.parametrize(
    ("metric", "p", "message"),
    [
        (mean_posterior_entropy, LOGITS, r"p at 0 is \[3. 2.\]"),
        (mean_posterior_entropy, np.stack([np.eye(2), LOGITS]), "p at 1, 0 is"),
        (
            mean_posterior_entropy,
            np.eye(2)[None, None],
            r"\(n, c\) or \(n, k, c\), but",
        ),
        (mean_posterior_entropy, np.empty((0, 2)), r"shape \(0, 2\)"),
        (acquired_uncertainty, LOGITS[None], "p_bkc at 0, 0"),
        (acquired_uncertainty, np.eye(2), r"p_bkc .* has shape \(2, 2\)"),
        (batch_diversity, LOGITS, "p_bc at 0"),
    ],
)
def test_what_is_no_probability_is_refused(metric, p, message, as_array):
    with pytest.raises(ValueError, match=message):
        metric(as_array(p))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_probabilities_may_be_rounded(dtype, as_array):
    p_nc = np.random.default_rng(0).dirichlet(np.ones(100), 50).astype(dtype)
    check_probabilities(as_array(p_nc), "p", "(n, c)")
    p_nc[7] *= 1.05
    with pytest.raises(ValueError, match="p at 7"):
        check_probabilities(as_array(p_nc), "p", "(n, c)")


@pytest.mark.parametrize(
    ("y", "shape", "message"),
    [
        (
            np.ones((2, 4)),
            (4, 3, 2),
            r"y_true must have shape \(4, 2\).* has shape \(2, 4\)",
        ),
        (np.ones((4, 2)), (4, 3, 1), r"must have shape \(4, 1\)"),
        (np.ones(4), (4, 3, 2), r"must have shape \(4, 2\)"),
        (np.ones(8), (4, 3, 2), r"y_true .* has shape \(8,\)"),
        (np.ones(4), (4, 3), r"f_nkc .* \(n, k, c\), but has shape \(4, 3\)"),
        (np.ones(4), (4, 1, 1), "two draws or more"),
    ],
)
def test_values_and_draws_are_of_the_same_points_and_targets(y, shape, message):
    with pytest.raises(ValueError, match=message):
        gaussian_negative_log_likelihood(y, np.random.default_rng(0).normal(size=shape))


def test_classes_are_named_once_and_labels_are_there():
    with pytest.raises(
        ValueError, match=r"classes must not be repeated, but are \[0, 0, 1\]"
    ):
        class_counts([0, 1], [0, 0, 1])
    with pytest.raises(ValueError, match=r"shapes .* and \(1, 2\)"):
        class_counts([0, 1], [[0, 1]])
    with pytest.raises(ValueError, match="y is empty"):
        class_entropy([], [0, 1])


def test_tables_of_distances():
    with pytest.raises(ValueError, match=r"precomputed.* has shape \(3, 2, 2\)"):
        core_set_radius(np.zeros((3, 2, 2)), None, metric="precomputed")
    with pytest.raises(ValueError, match="X has no columns"):
        core_set_radius(np.zeros((3, 0)), None, metric="precomputed")
    with pytest.raises(ValueError, match="X is empty"):
        core_set_radius(np.zeros((0, 2)), np.zeros((1, 2)))


def test_labels_keep_their_type(as_array):
    np.testing.assert_array_equal(check_labels(as_array(np.arange(3)), 3), [0, 1, 2])
    assert check_labels(["a", "b"], 2).tolist() == ["a", "b"]
