import numpy as np
import pytest

from skactive.model_selection.comparison._check_paired import check_paired
from skactive.model_selection.comparison._read_curves import ScoredSplits

LABELS, SPLITS = np.array([4, 6]), np.array([0, 1])
START = np.array([[0, 1], [2, 3]])


def curve_of(**changed):
    fields = {"n_labels": LABELS, "scores": np.full((2, 2), 0.5), "splits": SPLITS}
    return ScoredSplits(**{**fields, "initial": START, **changed})


def test_paired_curves_pass():
    check_paired({"a": curve_of(), "b": curve_of()})
    check_paired({"a": curve_of(), "b": curve_of(initial=None)})  # a table does not say
    failed = np.array([[-1, -1], [2, 3]])
    check_paired({"a": curve_of(initial=failed), "b": curve_of()})


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"splits": SPLITS + 1},
            r"splits of a are \[0, 1\], but those of b are \[1, 2",
        ),
        ({"n_labels": LABELS + 1}, r"numbers of labels of a are \[4, 6\]"),
        ({"initial": START + 1}, "a and b start from different labels in split 0"),
        (
            {"scores": np.array([[1, 1], [1, np.nan]])},
            "b has the score nan in split 1",
        ),
    ],
)
def test_what_is_not_paired_is_named(changed, message):
    with pytest.raises(ValueError, match=message):
        check_paired({"a": curve_of(), "b": curve_of(**changed)})


def test_one_split_shows_nothing():
    one = curve_of(splits=SPLITS[:1], scores=np.zeros((1, 2)))
    with pytest.raises(ValueError, match="curves have a single split"):
        check_paired({"a": one, "b": one})
