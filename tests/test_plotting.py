import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skactive.model_selection import LearningCurve
from skactive.plotting import COLOURS, LearningCurveDisplay, _apart, _summary

N_LABELS = np.array([10, 20, 30])


def curve_of(seed, n_splits=5, end=0.9, name="accuracy"):
    rng = np.random.default_rng(seed)
    scores = np.linspace(0.5, end, 3) + rng.normal(0, 0.02, (n_splits, 3))
    return LearningCurve(N_LABELS, {name: scores, "other": -scores}, None, None, None)


@pytest.fixture
def plt():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    yield plt
    plt.close("all")


def boxes(display):
    display.figure_.canvas.draw()
    return [text.get_window_extent() for text in display.ax_.texts]


def test_lines_are_medians_in_their_own_colours(plt):
    results = {"one": curve_of(0), "two": curve_of(1)}
    display = LearningCurveDisplay.from_results(results)
    for line, curve, colour in zip(
        display.lines_, results.values(), COLOURS, strict=False
    ):
        np.testing.assert_array_equal(line.get_xdata(), N_LABELS)
        np.testing.assert_array_equal(
            line.get_ydata(), np.median(curve.scores["accuracy"], axis=0)
        )
        assert line.get_color() == colour
    assert [text.get_text() for text in display.ax_.texts] == ["one", "two"]
    assert display.ax_.get_xlabel() == "number of labels"
    assert display.ax_.get_ylabel() == "accuracy"
    assert len(display.ax_.collections) == 2


def test_the_score_and_the_axes_can_be_chosen(plt):
    figure, ax = plt.subplots()
    display = LearningCurveDisplay.from_results(
        {"one": curve_of(0)}, score="other", average="mean", ax=ax
    )
    assert display.ax_ is ax
    assert display.figure_ is figure
    np.testing.assert_array_equal(
        display.lines_[0].get_ydata(), curve_of(0).scores["other"].mean(axis=0)
    )


def test_one_split_has_no_band(plt):
    for average in ("mean", "median"):
        display = LearningCurveDisplay.from_results(
            {"one": curve_of(0, n_splits=1)}, average=average
        )
        assert not display.ax_.collections


def test_names_do_not_overlap_where_lines_end_together(plt):
    results = {f"strategy {i}": curve_of(0, end=0.9 + 1e-4 * i) for i in range(6)}
    found = sorted(
        boxes(LearningCurveDisplay.from_results(results)), key=lambda b: b.y0
    )
    assert all(low.y1 <= high.y0 for low, high in pairwise(found))


def test_more_strategies_than_colours_differ_by_dash(plt):
    results = {str(i): curve_of(i) for i in range(10)}
    lines = LearningCurveDisplay.from_results(results).lines_
    looks = {(line.get_color(), line.get_linestyle()) for line in lines}
    assert len(looks) == 10


def test_summary():
    scores = np.array([[0.0], [1.0], [2.0], [7.0]])
    assert [x.item() for x in _summary(scores, "median")] == [1.5, 0.75, 3.25]
    line, low, high = (x.item() for x in _summary(scores, "mean"))
    assert line == 2.5
    assert high - line == pytest.approx(scores.std(ddof=1))
    assert line - low == pytest.approx(scores.std(ddof=1))


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=8))
def test_apart_keeps_order_and_distance(heights):
    heights = np.array(heights)
    moved = _apart(heights, 2.0)
    order = np.argsort(heights, kind="stable")
    assert (np.diff(moved[order]) >= 2.0 - 1e-9).all()
    assert moved.mean() == pytest.approx(heights.mean(), abs=1e-9)


def test_apart_leaves_alone_what_is_far_enough():
    np.testing.assert_allclose(_apart(np.array([5.0, 0.0, 9.0]), 2.0), [5, 0, 9])
    np.testing.assert_allclose(_apart(np.array([0.0, 0.0, 9.0]), 2.0), [-1, 1, 9])


@pytest.mark.parametrize(
    ("results", "options", "message"),
    [
        ({}, {}, "empty"),
        ({"one": curve_of(0)}, {"score": "f1"}, r"one has no score 'f1'.*accuracy"),
        ({"a": curve_of(0), "b": curve_of(0, name="r2")}, {}, "curve of b"),
        ({"one": curve_of(0)}, {"average": "mode"}, "neither 'median' nor 'mean'"),
    ],
)
def test_errors(results, options, message):
    with pytest.raises(ValueError, match=message):
        LearningCurveDisplay.from_results(results, **options)


def test_importing_it_imports_no_matplotlib():
    code = "import sys, skactive.plotting; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
