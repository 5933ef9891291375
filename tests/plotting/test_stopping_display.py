import numpy as np
import pytest

from skactive.plotting import StoppingDisplay


@pytest.fixture
def plt():
    pytest.importorskip("matplotlib").use("agg")
    import matplotlib.pyplot as plt

    yield plt
    plt.close("all")


def results(strategies=("Margin",)):
    """Two criteria, of which the second never stops, on three splits."""
    rows = [(s, c, i) for s in strategies for c in ("early", "never") for i in range(3)]
    early = np.array([c == "early" for _, c, _ in rows])
    split = np.array([i for _, _, i in rows])
    return {
        "strategy": np.array([s for s, _, _ in rows]),
        "criterion": np.array([c for _, c, _ in rows]),
        "split": split,
        "stopped": early,
        "share_saved": np.where(early, 0.2 + 0.1 * split, 0.0),
        "lost_score": np.where(early, 0.01 * split, 0.0),
    }


def texts(display):
    return [text.get_text() for text in display.axes_[1].texts]


def test_medians_are_marked_and_stops_counted(plt):
    display = StoppingDisplay.from_results(results())
    saved, lost = display.axes_
    names = [label.get_text() for label in saved.get_yticklabels()]
    assert names == ["early", "never"]
    assert texts(display) == ["3 of 3", "0 of 3"]
    marks = [line.get_xdata() for line in saved.lines if line.get_ls() == "-"]
    assert np.allclose(marks, [[30, 30]])  # per cent; nothing for one that never stops
    dots = [line.get_xdata() for line in lost.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(np.sort(dots[0]), [0, 0.01, 0.02])
    display.figure_.canvas.draw()


def test_strategies_are_named_where_there_are_several(plt):
    display = StoppingDisplay.from_results(results(("Margin", "BALD")))
    names = [label.get_text() for label in display.axes_[0].get_yticklabels()]
    assert names[0] == "early (Margin)"
    assert names[-1] == "never (BALD)"


def test_axes_can_be_given_and_a_frame(plt):
    pd = pytest.importorskip("pandas")
    _, axes = plt.subplots(1, 2)
    display = StoppingDisplay.from_results(pd.DataFrame(results()), axes=axes)
    assert display.axes_ == tuple(axes)


def test_other_tables_are_refused(plt):
    with pytest.raises(ValueError, match=r"lack the columns \['lost_score'\]"):
        StoppingDisplay(
            {k: v for k, v in results().items() if k != "lost_score"}
        ).plot()
    empty = {name: column[:0] for name, column in results().items()}
    with pytest.raises(ValueError, match="no rows"):
        StoppingDisplay(empty).plot()
