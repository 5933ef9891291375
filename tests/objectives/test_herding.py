import numpy as np
import pytest
from scipy.spatial.distance import cdist

from skactive._utils.array import to_numpy
from skactive.objectives import (
    CoverageThenDistance,
    KernelCoverage,
    draw_reference,
    herd,
    similarity,
)
from skactive.selection import greedy, lazy_greedy

RNG = np.random.default_rng(1)
X, L = RNG.normal(size=(30, 2)), RNG.normal(size=(3, 2))


def coverage(as_array, bandwidth=1.0, rows=None):
    kernel = similarity("ball", bandwidth)
    rows = np.arange(30) if rows is None else np.asarray(rows)
    return KernelCoverage(as_array(X), rows, as_array(L), kernel)


def test_points_that_add_nothing_go_by_distance(as_array):
    f = CoverageThenDistance(coverage(as_array))
    state = f.add(f.start(), 5)
    gains, growth = to_numpy(f.gains(state)), f.coverage.gains(state.covered_r)
    away = cdist(X, np.vstack([L, X[[5]]])).min(axis=1)
    none = to_numpy(growth) == 0
    assert none.any()
    assert not none.all()
    assert np.array_equal(gains[~none], to_numpy(growth)[~none])
    order = np.flatnonzero(none)[np.argsort(-away[none])]
    assert np.flatnonzero(none)[np.argsort(-gains[none])].tolist() == order.tolist()


def test_lazy_search_is_the_plain_one_to_the_last_point(as_array):
    f = CoverageThenDistance(coverage(as_array))
    assert lazy_greedy(f, 30)[0].tolist() == greedy(f, 30)[0].tolist()


def test_all_covered_is_farthest_first(as_array):
    nearest, expected = cdist(X, L).min(axis=1), []
    for _ in range(10):
        expected.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, cdist(X, X[expected[-1:]])[:, 0])
    with pytest.warns(UserWarning, match="same gain from pick 1 of 10"):
        picks, gains = herd(coverage(as_array, 99.0), 10, np.random.default_rng(0))
    assert picks.tolist() == expected
    assert gains.tolist() == [0] * 10


def test_others_make_up_where_reference_points_are_few():
    f = coverage(lambda a: a, 0.01, rows=[2, 3, 8]).restricted(np.arange(3, 30))
    with pytest.warns(UserWarning, match="the farthest from labelled"):
        picks, _ = herd(f, 5, np.random.default_rng(0))
    assert sorted(f.in_pool(picks[:2]).tolist()) == [3, 8]
    assert len(set(picks.tolist())) == 5


def test_reference_points_are_drawn_once_each():
    rng = np.random.default_rng(0)
    assert draw_reference(4, None, rng).tolist() == [0, 1, 2, 3]
    assert draw_reference(4, 9, rng).tolist() == [0, 1, 2, 3]
    assert len(set(draw_reference(50, 20, rng).tolist())) == 20
