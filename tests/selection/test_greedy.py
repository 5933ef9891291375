import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skactive.selection import (
    Scores,
    beam,
    greedy,
    lazy_greedy,
    proportional,
    top,
)
from tests.selection.functions import Coverage


def naive_greedy(f, n):
    """Add the best point by the value of the whole set, the smallest index first."""
    picks = []
    for _ in range(n):
        states = {}
        for i in set(range(len(f.covers))) - set(picks):
            state = f.start()
            for j in [*picks, i]:
                state = f.add(state, j)
            states[i] = f.value(state)
        picks.append(min(states, key=lambda i: (-round(states[i], 9), i)))
    return picks


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("search", [greedy, lazy_greedy])
def test_greedy_searches_equal_the_naive_loop(as_array, search, seed):
    f = Coverage(seed=seed, as_array=as_array)
    indices, gains = search(f, 12)
    assert indices.dtype == np.intp
    assert_array_equal(indices, naive_greedy(f, 12))
    state = f.start()
    for i, gain in zip(indices, gains, strict=True):
        assert gain == pytest.approx(f.gains(state)[i])
        state = f.add(state, i)


@pytest.mark.filterwarnings("ignore:all candidates have the same gain")
@pytest.mark.parametrize("search", [greedy, lazy_greedy, lambda f, n: beam(f, n, 3)])
def test_searches_can_take_everything(search):
    indices, _ = search(Coverage(n=9), 9)
    assert_array_equal(np.sort(indices), np.arange(9))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("search", [greedy, lazy_greedy])
def test_infinite_gains_say_that_any_start_will_do(search):
    class Spread:
        """Distance to the nearest pick; infinite before there is one."""

        diminishing = True

        def start(self):
            return np.full(4, np.inf)

        def add(self, state, i):
            return np.minimum(state, np.abs(np.array([0.0, 1, 5, 2]) - [0, 1, 5, 2][i]))

        def gains(self, state, rows=None):
            return state if rows is None else state[rows]

    indices, gains = search(Spread(), 3)
    assert_array_equal(indices, [0, 2, 3])
    assert_array_equal(gains, [np.inf, 5, 2])


@pytest.mark.parametrize("search", [greedy, lazy_greedy, lambda f, n: top(f.scores, n)])
def test_nan_is_refused(search):
    with pytest.raises(ValueError, match="NaN"):
        search(Scores(np.array([0.1, np.nan, 0.3])), 2)


def test_exhausted_gains_warn():
    f = Coverage(n=10, elements=3)
    f.covers[:] = False
    f.covers[:3] = np.eye(3, dtype=bool)
    with pytest.warns(UserWarning, match="pick 4 of 6"):
        greedy(f, 6)


@pytest.mark.filterwarnings("error")
def test_a_rule_of_chance_is_left_to_chance():
    """`tie_break` stands for the index, which only `best` goes by, and warns of."""
    f = Scores(np.ones(50), tie_break=np.arange(50.0))
    indices, _ = greedy(f, 5, pick=proportional(np.random.default_rng(0)))
    assert set(indices) != {45, 46, 47, 48, 49}
