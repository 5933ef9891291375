import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skactive.metrics import area_under_curve, labels_to_reach, quartiles_to_reach

N_LABELS = [10, 20, 30, 40]


def test_labels_to_reach_is_the_first_time():
    scores = [[0.1, 0.8, 0.5, 0.9], [0.8, 0.7, 0.7, 0.7], [0.1, 0.2, 0.3, 0.4]]
    reached = labels_to_reach([10, 20, 30, 40], scores, 0.8)
    np.testing.assert_array_equal(reached, [20, 10, np.inf])
    np.testing.assert_array_equal(labels_to_reach([10], [[0.5]], 0.5), [10])


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n_splits=st.integers(1, 12))
def test_quartiles_are_the_least_labels_with_which_so_many_splits_arrive(
    seed, n_splits
):
    rng = np.random.default_rng(seed)
    scores = rng.random((n_splits, 4))
    texts = quartiles_to_reach(N_LABELS, scores, 0.7).split("/")
    for share, text in zip([0.25, 0.5, 0.75], texts, strict=True):
        arrived = [
            sum(max(row[: t + 1]) >= 0.7 for row in scores)
            for t in range(len(N_LABELS))
        ]
        enough = [n >= share * n_splits for n in arrived]
        expected = str(N_LABELS[enough.index(True)]) if any(enough) else ">40"
        assert text == expected


def test_one_split_is_its_own_quartile():
    assert quartiles_to_reach(N_LABELS, [[0, 0, 1, 1]], 1) == "30/30/30"
    assert quartiles_to_reach(N_LABELS, [[0, 0, 0, 0]], 1) == ">40/>40/>40"


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_area_is_the_mean_of_the_interpolated_curve(seed):
    rng = np.random.default_rng(seed)
    n_labels = np.cumsum(rng.integers(1, 9, size=5))
    scores = rng.normal(size=(3, 5))
    edges = np.linspace(n_labels[0], n_labels[-1], 200_001)
    middles = (edges[1:] + edges[:-1]) / 2
    for area, row in zip(area_under_curve(n_labels, scores), scores, strict=True):
        assert area == pytest.approx(np.interp(middles, n_labels, row).mean(), abs=1e-8)


def test_area_is_in_the_units_of_the_score():
    scores = np.array([[0.8] * 4, [0.2] * 4])
    np.testing.assert_allclose(area_under_curve(N_LABELS, scores), [0.8, 0.2])
    np.testing.assert_allclose(area_under_curve(N_LABELS, -3 * scores), [-2.4, -0.6])


def test_nan_is_not_hidden_in_an_area():
    assert np.isnan(area_under_curve([1, 2], [[np.nan, 1.0]])).all()


@pytest.mark.parametrize("n_labels", [[10], [], [10, 10], [20, 10]])
def test_area_needs_growing_labels(n_labels):
    with pytest.raises(ValueError, match="two rounds or more"):
        area_under_curve(n_labels, np.zeros((2, len(n_labels))))
