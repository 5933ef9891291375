import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skactive._utils.array import to_numpy
from skactive.selection import (
    Restricted,
    Scores,
    beam,
    greedy,
    lazy_greedy,
    top,
    top_of,
)
from skactive.selection._ties import leveled, likeliest, ranked
from tests.selection.functions import Blurred, Coverage, Exhausted

SUM = 0.1 + 0.2  # a little more than 0.3


def test_of_classes_equal_but_for_rounding_the_first_is_likeliest(as_array):
    p_nc = np.array([[0.3, SUM, 0.4], [0.3, SUM, 0.2], [SUM, 0.3, 0.2], [0, 0, 1]])
    assert_array_equal(to_numpy(likeliest(as_array(p_nc))), [2, 0, 0, 2])
    p_nc = p_nc.astype("float32") + np.float32([[0, 1e-7, 0]])
    assert_array_equal(to_numpy(likeliest(as_array(p_nc))), [2, 0, 0, 2])


def test_leveled_gains_within_rounding_of_the_largest_equal_it(as_array):
    gains = as_array(np.array([1.0, 1.2, 5.0, 0.8]))
    available = as_array(np.array([True, True, False, True]))
    assert_array_equal(to_numpy(leveled(gains, available, 0.0)), [1.0, 1.2, 5.0, 0.8])
    within = to_numpy(leveled(gains, available, 0.25))
    assert_array_equal(within, [1.2, 1.2, 1.2, 0.8])


@pytest.mark.parametrize("search", [greedy, lazy_greedy, lambda f, n: top(f.scores, n)])
def test_equal_gains_warn_once(search):
    with pytest.warns(UserWarning, match="same gain") as record:
        indices, _ = search(Scores(np.full(5, 0.3)), 3)
    assert len(record) == 1
    assert_array_equal(indices, [0, 1, 2])


@pytest.mark.filterwarnings("error")
def test_one_candidate_left_is_no_tie():
    greedy(Scores(np.array([0.1, 0.2])), 2)
    top(np.array([0.1]), 1)


@pytest.mark.parametrize("search", [greedy, lazy_greedy])
def test_what_each_says_on_its_own_orders_exhausted_points(search, as_array):
    f = Exhausted(as_array=as_array)
    f.tie_break = as_array(f.tie_break)
    with pytest.warns(UserWarning, match="individual scores"):
        indices, gains = search(f, 6)
    assert_array_equal(indices, [4, 1, 2, 5, 0, 3])
    assert_array_equal(gains[1:], 0)
    with pytest.warns(UserWarning, match="same gain"):
        indices, _ = search(Restricted(f, np.array([0, 2, 3, 4])), 4)
    assert_array_equal(indices, [3, 1, 0, 2])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("search", [greedy, lazy_greedy])
def test_a_tie_that_later_picks_settle_is_no_reason_to_warn(search):
    """The first pick decides nothing here; from the second on, gains differ."""
    f = Coverage(n=4, elements=4)
    f.weights[:] = 1.0
    f.covers = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 1, 0, 1]], bool)
    assert_array_equal(search(f, 2)[0], [0, 2])


@pytest.mark.parametrize("search", [greedy, lazy_greedy])
def test_gains_no_farther_apart_than_the_rounding_go_by_index(search, as_array):
    f = Blurred(as_array=as_array)
    for g in (f, Restricted(f, np.arange(29, 4, -2))):
        indices, gains = search(g, 5)
        state, taken = g.start(), []
        for i, gain in zip(indices.tolist(), gains, strict=True):
            worth = to_numpy(g.gains(state)).copy()
            assert gain == worth[i]
            worth[taken] = -np.inf
            assert i == np.flatnonzero(worth >= worth.max() - f.rounding)[0]
            state, taken = g.add(state, i), [*taken, i]


@pytest.mark.parametrize("search", [greedy, lazy_greedy])
def test_the_warning_names_the_remedy_of_the_objective(search):
    f = Scores(np.ones(3))
    with pytest.warns(UserWarning, match="More draws"):
        search(f, 2)

    class Alike(Coverage):
        remedy = "Look elsewhere."

    f = Alike()
    f.covers[:] = True
    for g in (f, Restricted(f, np.arange(5))):
        with pytest.warns(UserWarning, match=r"by index\. Look elsewhere\.$"):
            search(g, 2)


def four_searches(f, n):
    return {
        "greedy": greedy(f, n)[0].tolist(),
        "lazy": lazy_greedy(f, n)[0].tolist(),
        "beam": beam(f, n, 1)[0].tolist(),
        "top": top_of(f, n)[0].tolist(),
    }


class Modular(Coverage):
    """Scores that lazy search does not hand on to greedy."""

    def __init__(self, scores, tie_break, rounding):
        self.scores, self.tie_break, self.rounding = scores, tie_break, rounding

    def start(self):
        return ()

    def gains(self, state, rows=None):
        return self.scores if rows is None else self.scores[rows]

    def add(self, state, i):
        return state

    value = None


@pytest.mark.filterwarnings("ignore:all candidates have the same gain")
@pytest.mark.parametrize("seed", range(40))
def test_ties_are_broken_alike_by_the_four_searches(seed, as_array):
    """Equal scores, scores within rounding, and chains of such."""
    rng = np.random.default_rng(seed)
    scores = rng.integers(3, size=12) + 1e-13 * rng.integers(60, size=12)
    order = rng.integers(2, size=12) + 1e-13 * rng.integers(60, size=12)
    rounding = [0.0, 1e-12, 0.5][seed % 3]
    order = None if seed % 4 == 0 else as_array(order)
    found = four_searches(Modular(as_array(scores), order, rounding), 12)
    assert len(set(map(tuple, found.values()))) == 1, found


def test_a_partial_tie_goes_by_the_tie_break():
    """Point 0 is ahead of the tied ones; 2 of these has more to say than 1."""
    f = Modular(np.array([1.0, 0.5, 0.5, 0.1]), np.array([0.0, 1.0, 2.0, 9.0]), 0.0)
    found = four_searches(f, 3)
    assert set(map(tuple, found.values())) == {(0, 2, 1)}


def test_tie_breaks_are_compared_up_to_rounding():
    f = Modular(np.ones(3), np.array([0.3, SUM, 0.2]), 0.0)
    with pytest.warns(UserWarning, match="same gain"):
        assert set(map(tuple, four_searches(f, 2).values())) == {(0, 1)}


def test_where_ties_chain_the_order_is_that_of_one_pick_after_the_other():
    # 2 is tied with 1 and 1 with 0, but 2 not with 0: it waits until 0 is taken
    scores = np.array([1.0, 0.9, 0.8])
    assert ranked(scores, 3, np.array([0.0, 1.0, 2.0]), 0.15).tolist() == [1, 0, 2]
    assert ranked(scores, 3, np.array([1.0, 0.0, 2.0]), 0.15).tolist() == [0, 2, 1]
