import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB

from skactive import Entropy, RandomSampling
from skactive.model_selection import LearningCurve, StrategySearchCV
from skactive.plotting import LearningCurveDisplay
from skactive.plotting._learning_curve_display import _summary
from skactive.plotting._style import COLOURS

N_LABELS = np.array([10, 20, 30])


def curve_of(seed, n_splits=5, end=0.9, name="accuracy"):
    rng = np.random.default_rng(seed)
    scores = np.linspace(0.5, end, 3) + rng.normal(0, 0.02, (n_splits, 3))
    return LearningCurve(N_LABELS, {name: scores, "other": -scores}, None, None, None)


def boxes(display):
    from matplotlib.text import Text

    display.figure_.canvas.draw()  # boxes of the words, without the lines to them
    return [Text.get_window_extent(text) for text in display.ax_.texts]


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


@pytest.mark.parametrize(
    ("results", "options", "message"),
    [
        ({}, {}, "empty"),
        ({"one": curve_of(0)}, {"score": "f1"}, r"one has no score 'f1'.*accuracy"),
        ({"a": curve_of(0), "b": curve_of(0, name="r2")}, {}, "curve of b"),
        ({"one": curve_of(0)}, {"average": "mode"}, "must be 'median' or 'mean'"),
    ],
)
def test_errors(results, options, message):
    with pytest.raises(ValueError, match=message):
        LearningCurveDisplay.from_results(results, **options)


def test_failed_splits_are_left_out_with_a_warning(plt):
    curve = curve_of(0)
    whole = curve.scores["accuracy"].copy()
    curve.scores["accuracy"][[1, 3], 2] = np.nan
    with pytest.warns(UserWarning, match=r"one has no score.*\[1, 3\]") as caught:
        display = LearningCurveDisplay.from_results({"one": curve})
    assert [warning.filename for warning in caught] == [__file__]
    expected = np.median(whole[[0, 2, 4]], axis=0)
    np.testing.assert_array_equal(display.lines_[0].get_ydata(), expected)
    curve.scores["accuracy"][:] = np.nan
    with pytest.raises(ValueError, match="every split of one has failed"):
        LearningCurveDisplay.from_results({"one": curve})


def test_scales(plt):
    display = LearningCurveDisplay.from_results(
        {"one": curve_of(0)}, xscale="log", yscale="logit"
    )
    assert display.ax_.get_xscale() == "log"
    assert display.ax_.get_yscale() == "logit"


def test_from_a_search_its_table_and_by_running_it(plt):
    pytest.importorskip("pandas")
    X, y = load_iris(return_X_y=True)
    model = GaussianNB()
    strategies = {"entropy": Entropy(model), "random": RandomSampling(model)}
    options = {"n": 4, "rounds": 2, "cv": 3, "random_state": 0}
    search = StrategySearchCV(strategies, **options).fit(X, y)
    displays = [
        LearningCurveDisplay.from_results(search),
        LearningCurveDisplay.from_results(search.to_frame()),
        LearningCurveDisplay.from_estimator(strategies, X, y, **options),
    ]
    for display in displays:
        for line, name in zip(display.lines_, strategies, strict=True):
            scores = search.curves_[name].scores["score"]
            np.testing.assert_allclose(line.get_ydata(), np.median(scores, axis=0))
    assert displays[2].results.best_name_ == search.best_name_


def test_from_one_strategy(plt):
    X, y = load_iris(return_X_y=True)
    display = LearningCurveDisplay.from_estimator(
        Entropy(GaussianNB()), X[::2], y[::2], X_test=X[1::2], y_test=y[1::2], cv=2,
        n=2, rounds=1, random_state=0, average="mean",
    )  # fmt: skip
    assert [text.get_text() for text in display.ax_.texts] == ["Entropy"]


def test_importing_it_imports_no_matplotlib():
    code = "import sys, skactive.plotting; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
