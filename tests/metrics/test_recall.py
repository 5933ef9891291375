import numpy as np
import pytest
from numpy.testing import assert_allclose

from skactive.metrics import (
    average_time_to_discovery,
    recall_curve,
    work_saved_over_sampling,
)

ORDER = ["no", "yes", "maybe", "no", "yes", "no", "no", "no", "no", "no"]


def slow_recall(y, target, n_relevant):
    return [
        sum(label in target for label in y[: i + 1]) / n_relevant for i in range(len(y))
    ]


def test_recall_is_counted_label_by_label():
    assert_allclose(recall_curve(ORDER, "yes"), slow_recall(ORDER, ["yes"], 2))
    both = ["yes", "maybe"]
    assert_allclose(recall_curve(ORDER, both), slow_recall(ORDER, both, 3))
    assert_allclose(
        recall_curve(ORDER, "yes", n_relevant=8), slow_recall(ORDER, ["yes"], 8)
    )


def test_leading_axes():
    y = np.array([[1, 0, 1, 0], [0, 0, 1, 1]])
    assert_allclose(recall_curve(y, 1), [[0.5, 0.5, 1, 1], [0, 0, 0.5, 1]])
    assert_allclose(work_saved_over_sampling(y, 1), [0.2, -0.05])
    assert_allclose(average_time_to_discovery(y, 1), [0.5, 0.875])


@pytest.mark.parametrize("n_relevant", [1, 7, 20, 40, 100])
def test_work_saved_by_its_definition(n_relevant):
    """(TN + FN) / N - (1 - recall), where negatives are the points not read."""
    rng = np.random.default_rng(n_relevant)
    y = rng.permutation(np.arange(300) < n_relevant)
    needed = next(k for k in range(1, 301) if 100 * y[:k].sum() >= 95 * n_relevant)
    expected = (300 - needed) / 300 - 0.05
    assert work_saved_over_sampling(y, True) == pytest.approx(expected)


def test_reading_in_random_order_saves_nothing():
    rng = np.random.default_rng(0)
    y = np.array([rng.permutation(np.arange(1000) < 200) for _ in range(200)])
    assert work_saved_over_sampling(y, True).mean() == pytest.approx(0, abs=0.01)
    assert average_time_to_discovery(y, True).mean() == pytest.approx(0.5, abs=0.01)


def test_a_recall_that_is_not_reached_saves_what_nobody_knows():
    y = np.array([[1, 0, 0, 0], [1, 1, 0, 0]])
    saved = work_saved_over_sampling(y, 1, n_relevant=2, n_points=100)
    assert_allclose(saved, [np.nan, 0.95 - 0.02])


def test_time_is_in_points_or_labels():
    assert average_time_to_discovery(ORDER, "yes") == pytest.approx(0.35)
    assert average_time_to_discovery(ORDER, "yes", n_points=1) == pytest.approx(3.5)
    assert average_time_to_discovery(ORDER, "yes", n_points=70) == pytest.approx(0.05)


@pytest.mark.parametrize("metric", [recall_curve, work_saved_over_sampling])
def test_what_cannot_be(metric):
    with pytest.raises(ValueError, match="no label of y is the target"):
        metric(ORDER, "never")
    with pytest.raises(
        ValueError, match="n_relevant=1 is smaller than the number found, 2"
    ):
        metric(ORDER, "yes", n_relevant=1)
    with pytest.raises(ValueError, match="from 0 to 1 relevant"):
        metric([[0, 1], [0, 0]], 1)
    with pytest.raises(ValueError, match=r"y must have shape \(\.\.\., n\)"):
        metric([], 1)


def test_what_cannot_be_saved_or_timed():
    with pytest.raises(
        ValueError, match="n_points=9 is smaller than the number of labels, 10"
    ):
        work_saved_over_sampling(ORDER, "yes", n_points=9)
    with pytest.raises(ValueError, match="recall"):
        work_saved_over_sampling(ORDER, "yes", recall=0)
    with pytest.raises(ValueError, match="'never'"):
        average_time_to_discovery(ORDER, "never")
