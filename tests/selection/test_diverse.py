import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skactive.selection import Scores
from skactive.selection._diverse import diverse

# three groups of profiles; the gain is their mean
PROFILES = np.repeat([[9.0, 0, 0], [0, 7, 0], [0, 0, 5], [0.1, 0, 0]], 4, axis=0)
PROFILES[:, 0] += 1e-3 * np.arange(16)
F = Scores(PROFILES.mean(axis=1))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_one_point_of_each_cluster_from_the_largest_gain_down(dtype):
    seen = []

    def profiles(rows):
        seen.extend(rows.tolist())
        return PROFILES[rows].astype(dtype)

    indices, gains = diverse(F, profiles, 12, 3, np.random.default_rng(0))
    assert sorted(seen) == list(range(12))
    assert_array_equal(indices // 4, [0, 1, 2])
    assert_array_equal(gains, F.scores[indices])
    assert (np.diff(gains) < 0).all()


def test_rows_are_of_the_whole_pool_and_picks_of_the_candidates():
    candidates = np.array([1, 2, 5, 9, 10, 15])
    f = F.restricted(candidates)
    indices, _ = diverse(f, PROFILES.__getitem__, 5, 3, np.random.default_rng(0))
    assert set((candidates[indices] // 4).tolist()) == {0, 1, 2}


def test_too_few_distinct_points_are_filled_with_the_best():
    profiles = np.repeat([[2.0, 0], [0, 1]], 5, axis=0)
    f = Scores(profiles.mean(axis=1))
    indices, _ = diverse(f, profiles.__getitem__, 10, 4, np.random.default_rng(0))
    assert_array_equal(indices, [0, 1, 2, 5])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("seed", range(5))
def test_copies_that_differ_by_rounding_are_not_distinct(dtype, seed):
    profiles = np.repeat([[2.0, 0], [0, 1]], 5, axis=0)
    f = Scores(profiles.mean(axis=1))
    noise = np.random.default_rng(seed).normal(size=profiles.shape)
    profiles = (profiles + np.finfo(dtype).eps * noise).astype(dtype)
    indices, _ = diverse(f, profiles.__getitem__, 10, 4, np.random.default_rng(0))
    assert_array_equal(indices, [0, 1, 2, 5])


def test_no_effect_on_any_reference_point():
    profiles = np.zeros((6, 3))
    f = Scores(profiles.mean(axis=1))
    with pytest.warns(UserWarning, match="same gain"):
        indices, _ = diverse(f, profiles.__getitem__, 6, 2, np.random.default_rng(0))
    assert_array_equal(indices, [0, 1])


def test_of_two_points_about_as_near_the_better_one_is_taken():
    profiles = np.array([[3.0, 0.0], [1.0, 2.0 + 1e-15]])
    f = Scores(np.array([2.0, 1.0]))
    indices, _ = diverse(f, profiles.__getitem__, 2, 1, np.random.default_rng(0))
    assert_array_equal(indices, [0])
