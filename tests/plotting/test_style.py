from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skactive.plotting._style import KeptApart, along, apart, as_rows, aside, scale


@settings(deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=1, max_size=8))
def test_apart_keeps_order_and_distance(heights):
    heights = np.array(heights)
    moved = apart(heights, 2.0)
    order = np.argsort(heights, kind="stable")
    assert (np.diff(moved[order]) >= 2.0 - 1e-9).all()
    assert moved.mean() == pytest.approx(heights.mean(), abs=1e-9)


def test_apart_leaves_alone_what_is_far_enough():
    np.testing.assert_allclose(apart(np.array([5.0, 0.0, 9.0]), 2.0), [5, 0, 9])
    np.testing.assert_allclose(apart(np.array([0.0, 0.0, 9.0]), 2.0), [-1, 1, 9])


def test_one_axis_is_moved():
    points = np.array([[1.0, 5.0], [2.0, 5.0]])
    np.testing.assert_array_equal(aside(points, 2.0)[:, 0], points[:, 0])
    assert np.diff(aside(points, 2.0)[:, 1]).item() == pytest.approx(2 * 9 * 1.25)
    np.testing.assert_array_equal(along(30)(points, 2.0)[:, 1], points[:, 1])
    assert np.diff(along(30)(points, 2.0)[:, 0]).item() == pytest.approx(60)


class Figure:
    dpi = 72


def test_places_are_found_again_only_when_something_moved():
    calls, anchors, figure = [], np.zeros((3, 2)), Figure()

    def spread(points, pixels):
        calls.append(pixels)
        return aside(points, pixels)

    places = KeptApart(lambda: anchors, spread, figure)
    first = places.places()
    assert places.places() is first
    anchors = anchors + 1.0
    np.testing.assert_allclose(places.places(), first + 1)
    figure.dpi = 144
    assert not np.allclose(places.places(), first + 1)
    assert calls == [1, 1, 2]


def test_texts_stay_apart_when_the_axes_change(plt):
    figure, ax = plt.subplots(layout="constrained")
    x, y = np.arange(4.0), np.array([1.0, 1.01, 1.02, 40.0])
    places = KeptApart(
        lambda: ax.transData.transform(np.stack([0 * x + 3, y], axis=1)), aside, figure
    )
    for i in range(4):
        ax.annotate("text", (3, y[i]), xytext=(0, 0), textcoords=places.of(i))
    ax.plot(x, y)
    changes = {
        ax.set_yscale: ["log", "linear"],
        ax.set_ylim: [(0, 9), (-300, 300)],
        lambda size: figure.set_size_inches(*size): [(3, 2), (9, 7)],
        figure.set_dpi: [40, 150],
    }
    for change, values in changes.items():
        for value in values:
            change(value)
            figure.canvas.draw()
            boxes = [text.get_window_extent() for text in ax.texts]
            assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))


def test_logarithmic_axes_have_plain_numbers(plt):
    figure, ax = plt.subplots()
    ax.plot([20, 140], [0.01, 0.3])
    scale(ax, "x", "log")
    scale(ax, "y", "log")
    figure.canvas.draw()
    shown = {text.get_text() for text in ax.get_xticklabels(which="both")}
    assert {"20", "50", "100"} <= shown
    assert "$" not in "".join(shown)
    assert ax.get_yscale() == "log"


def test_rows_run_from_top_to_bottom():
    plt = pytest.importorskip("matplotlib.pyplot")
    _, ax = plt.subplots()
    as_rows(ax, 3)
    assert ax.get_ylim() == (2.5, -0.5)
    assert [side for side, line in ax.spines.items() if line.get_visible()] == [
        "bottom"
    ]
    plt.close()
