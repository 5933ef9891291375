import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skactive.selection import (
    Restricted,
    SetFunction,
    as_set_function,
    beam,
    gains_along,
    greedy,
    lazy_greedy,
    top_of,
)
from tests.selection.functions import Coverage, Exhausted


def test_a_state_is_a_value():
    f = Coverage()
    start = f.start()
    before = f.gains(start)
    f.add(start, 3)
    assert_array_equal(f.gains(start), before)


@pytest.mark.parametrize("search", [greedy, lazy_greedy])
def test_restriction_is_the_search_among_candidates(search):
    f, candidates = Coverage(), np.array([2, 5, 7, 11, 20, 29])
    indices, gains = search(Restricted(f, candidates), 4)
    alone = Coverage()
    alone.covers = f.covers[candidates]
    expected, expected_gains = search(alone, 4)
    assert_array_equal(indices, expected)
    assert_allclose(gains, expected_gains)


class Bare:
    """The least that a search can work on."""

    def start(self):
        return ()

    def gains(self, state):
        return np.array([0.2, 0.5, 0.1])

    def add(self, state, i):
        return state


def test_a_bare_object_gets_the_defaults():
    f = as_set_function(Bare())
    assert (f.diminishing, f.rounding, f.costly, f.tie_break) == (False, 0, True, None)
    assert (f.bounds, f.shift, f.value, f.remedy) == (None, None, None, None)
    assert as_set_function(f) is f
    assert greedy(Bare(), 2)[0].tolist() == [1, 0]
    assert top_of(Bare(), 2)[0].tolist() == [1, 0]
    assert beam(Bare(), 2, 2)[0].tolist() == [1, 0]
    with pytest.raises(ValueError, match="does not declare that its gains diminish"):
        lazy_greedy(Bare(), 2)


def test_what_a_bare_object_declares_is_used():
    f = as_set_function(Exhausted())
    assert f.diminishing
    assert_array_equal(f.tie_break, Exhausted().tie_break)
    assert f.value(np.ones(10, dtype=bool)) == pytest.approx(Exhausted().weights.sum())


def test_what_is_no_set_function_is_refused_by_what_it_lacks():
    with pytest.raises(TypeError, match="it has no gains, no add"):
        as_set_function(type("Half", (), {"start": lambda self: ()})())
    with pytest.raises(TypeError, match="abstract"):
        type("Half", (SetFunction,), {"start": lambda self: ()})()


def test_a_restriction_is_seen_in_the_whole_pool():
    whole = as_set_function(Coverage())
    once = whole.restricted(np.arange(1, 30, 3))
    twice = once.restricted(np.array([2, 5]))
    assert whole.whole is once.whole is twice.whole is whole
    assert twice.in_pool(np.array([1, 0])).tolist() == [16, 7]
    assert once.in_pool(slice(None)).tolist() == list(range(1, 30, 3))
    assert whole.in_pool(5) == 5


@pytest.mark.parametrize(
    "search", [greedy, lazy_greedy, lambda f, n, **o: beam(f, n, 2, **o)]
)
def test_a_search_begins_in_any_state(search):
    f = Coverage()
    picks, _ = greedy(f, 6)
    state = f.add(f.add(f.start(), picks[0]), picks[1])
    rest = np.setdiff1d(np.arange(30), picks[:2])
    later, gains = search(as_set_function(f).restricted(rest), 4, state=state)
    assert_array_equal(rest[later], picks[2:])
    assert_allclose(gains, gains_along(f, picks[2:], state=state))
