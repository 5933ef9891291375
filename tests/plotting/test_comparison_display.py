import numpy as np
import pytest

from skactive.model_selection import LearningCurve, compare_curves
from skactive.plotting import ComparisonDisplay
from skactive.plotting._style import COLOURS, GREY

N_LABELS = np.array([10, 20])


def curves_of(n_splits, gains=(0.1, 0.001)):
    rng = np.random.default_rng(0)
    base = rng.normal(0.7, 0.02, (n_splits, 2))
    noise = [rng.normal(0, 0.01, (n_splits, 2)) for _ in gains]
    noise = [n - n.mean() for n in noise]
    scores = {"far": base + gains[0] + noise[0], "near": base + gains[1] + noise[1]}
    scores["random"] = base
    return {
        name: LearningCurve(N_LABELS, {"f1_macro": s}, None, None, None)
        for name, s in scores.items()
    }


def test_what_is_drawn_is_what_was_found(plt):
    curves = curves_of(8)
    comparison = compare_curves(curves, baseline="random", random_state=0)
    display = ComparisonDisplay(comparison).plot()
    again = ComparisonDisplay.from_results(curves, baseline="random", random_state=0)
    for shown in (display, again):
        ax = shown.ax_
        assert [t.get_text() for t in ax.get_yticklabels()] == ["far", "near"]
        assert "area under the f1 macro curve" in ax.get_xlabel()
        assert ax.get_xlabel().endswith("difference to random")
        points = [line for line in ax.lines if line.get_marker() == "o"]
        spans = [line for line in ax.lines if len(set(line.get_ydata())) == 1][:4:2]
        for y, (point, span) in enumerate(zip(points, spans, strict=True)):
            found = {k: v[y] for k, v in comparison.results.items()}
            assert (*point.get_xdata(), *point.get_ydata()) == (found["difference"], y)
            ends = found["difference_low"], found["difference_high"]
            np.testing.assert_array_equal(span.get_xdata(), ends)
        assert [p.get_markeredgecolor() for p in points] == [COLOURS[0], GREY]
        assert [p.get_markerfacecolor() for p in points] == [COLOURS[0], "white"]
        assert "8 of 8" in [text.get_text() for text in ax.texts]
        assert ".016" in [text.get_text() for text in ax.texts]


def test_pairs_are_named_and_the_first_is_at_the_top(plt):
    ax = ComparisonDisplay.from_results(curves_of(8), random_state=0).ax_
    names = [t.get_text() for t in ax.get_yticklabels()]
    assert names == ["far over near", "far over random", "near over random"]
    assert ax.yaxis_inverted()


def test_axes_can_be_given(plt):
    figure, ax = plt.subplots()
    display = ComparisonDisplay.from_results(curves_of(8), ax=ax, random_state=0)
    assert display.ax_ is ax
    assert display.figure_ is figure


def test_infinite_intervals_reach_the_edges(plt):
    comparison = compare_curves(curves_of(2), random_state=0)
    for end, value in (("low", -np.inf), ("high", np.inf)):
        comparison.results[f"difference_{end}"] = np.full(3, value)
    display = ComparisonDisplay(comparison).plot()
    assert np.isfinite(display.ax_.get_xlim()).all()
    span = next(line for line in display.ax_.lines if line.get_ydata()[0] == 0)
    assert display.ax_.lines[1].get_xdata() == pytest.approx(display.ax_.get_xlim())
    assert span is not None
    display.figure_.canvas.draw()


def test_nothing_between_them_can_be_drawn(plt):
    curve = curves_of(6)["random"]
    display = ComparisonDisplay.from_results({"a": curve, "b": curve}, random_state=0)
    low, high = display.ax_.get_xlim()
    assert low < 0 < high
    display.figure_.canvas.draw()
