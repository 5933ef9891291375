from itertools import combinations

import numpy as np
import pytest

from skactive.metrics import labels_to_reach
from skactive.plotting import LearningCurveDisplay
from tests.plotting.test_learning_curve_display import N_LABELS, curve_of


def numbers_of(display):
    """Texts with numbers of labels, at their places."""
    display.figure_.canvas.draw()
    return [t for t in display.ax_.texts if t.get_text().strip(">").isdigit()]


def test_targets_are_marked_where_half_of_the_splits_arrive(plt):
    results = {"one": curve_of(0), "two": curve_of(1, end=0.6)}
    display = LearningCurveDisplay.from_results(results, targets=[0.55, 0.75])
    expected, texts = [], []
    for target in (0.55, 0.75):
        for curve in results.values():
            labels = labels_to_reach(N_LABELS, curve.scores["accuracy"], target)
            n = sorted(labels)[2]  # of five splits
            texts.append(f"{n:.0f}" if np.isfinite(n) else ">30")
            if np.isfinite(n):
                expected.append((n, target))
    marks = [line for line in display.ax_.lines if line.get_marker() == "o"]
    found = [(*line.get_xdata(), *line.get_ydata()) for line in marks]
    assert found == expected
    assert ">30" in texts
    shown = [text.get_text() for text in display.ax_.texts]
    assert [text for text in shown if text and text not in results] == texts


@pytest.mark.parametrize("targets", [[0.6, 0.7], [0.64, 0.6, 0.63, 0.62]])
def test_numbers_of_labels_do_not_overlap(plt, targets):
    results = {f"strategy {i}": curve_of(i) for i in range(5)}
    display = LearningCurveDisplay.from_results(results, targets=targets)
    numbers = numbers_of(display)
    assert len(numbers) == 5 * len(targets)
    found = [text.get_window_extent() for text in numbers]
    assert not any(a.overlaps(b) for a, b in combinations(found, 2))
    # above the axes, as far as the widths of five numbers allow
    whole = display.ax_.get_window_extent()
    assert all(whole.y0 <= box.y0 and box.x0 > whole.x0 for box in found)


def test_numbers_stand_in_rows_in_the_order_of_the_targets(plt):
    results = {f"strategy {i}": curve_of(i) for i in range(3)}
    display = LearningCurveDisplay.from_results(results, targets=[0.7, 0.6, 0.6])
    numbers = numbers_of(display)
    heights = [text.get_window_extent().y0 for text in numbers]
    assert len(heights) == 6  # a target that is given twice has one row
    assert max(heights[:3]) < min(heights[3:])
    reached = [
        labels_to_reach(N_LABELS, c.scores["accuracy"], 0.6) for c in results.values()
    ]
    lowest = [f"{sorted(labels)[2]:.0f}".replace("inf", ">30") for labels in reached]
    assert [text.get_text() for text in numbers[:3]] == lowest


def test_marks_do_not_change_the_limits(plt):
    results = {"one": curve_of(0)}
    plain = LearningCurveDisplay.from_results(results).ax_.get_ylim()
    marked = LearningCurveDisplay.from_results(results, targets=[0.7]).ax_.get_ylim()
    np.testing.assert_allclose(marked, plain)
