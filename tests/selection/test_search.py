import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skactive._utils.array import to_numpy
from skactive.selection import (
    Restricted,
    Scores,
    beam,
    best,
    greedy,
    lazy_greedy,
    proportional,
    top,
)


class Coverage:
    """Weight of the ground elements that a set covers: monotone and submodular."""

    diminishing = True

    def __init__(self, n=30, elements=200, seed=0, as_array=lambda a: a):
        rng = np.random.default_rng(seed)
        self.covers = rng.random((n, elements)) < 0.2 * rng.random((n, 1)) ** 2
        self.weights = rng.random(elements)
        self.as_array = as_array
        self.evaluated = 0

    def start(self):
        return np.zeros(len(self.weights), dtype=bool)

    def gains(self, state, rows=None):
        covers = self.covers if rows is None else self.covers[np.asarray(rows)]
        self.evaluated += len(covers)
        return self.as_array((covers & ~state) @ self.weights)

    def add(self, state, i):
        return state | self.covers[i]

    def value(self, state):
        return state @ self.weights


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


def test_lazy_greedy_evaluates_less():
    plain, lazy = Coverage(n=2000, elements=500), Coverage(n=2000, elements=500)
    assert_array_equal(greedy(plain, 10)[0], lazy_greedy(lazy, 10)[0])
    assert lazy.evaluated < plain.evaluated / 3


class Moving(Coverage):
    """Coverage, and beside it an amount that every step draws anew for each point."""

    diminishing = False

    def start(self):
        return np.zeros(len(self.weights), dtype=bool), 0

    def shift(self, state):
        return self.as_array(np.random.default_rng(state[1]).random(len(self.covers)))

    def gains(self, state, rows=None):
        rows = np.arange(len(self.covers)) if rows is None else np.asarray(rows)
        return super().gains(state[0], rows) + self.shift(state)[rows]

    def add(self, state, i):
        return super().add(state[0], i), state[1] + 1


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("candidates", [None, np.arange(0, 30, 2)])
def test_lazy_greedy_of_gains_of_which_a_part_moves(as_array, candidates, seed):
    f = Moving(seed=seed, as_array=as_array)
    g = f if candidates is None else Restricted(f, candidates)
    plain = greedy(g, 12)
    f.evaluated = 0
    lazy = lazy_greedy(g, 12)
    assert_array_equal(lazy[0], plain[0])
    assert_allclose(lazy[1], plain[1])
    assert f.evaluated < 12 * 30


def test_lazy_greedy_refuses_gains_that_may_grow():
    f = Coverage()
    f.diminishing = False
    with pytest.raises(ValueError, match="diminish"):
        lazy_greedy(f, 2)


@pytest.mark.filterwarnings("ignore:all candidates have the same gain")
@pytest.mark.parametrize("search", [greedy, lazy_greedy, lambda f, n: beam(f, n, 3)])
def test_searches_can_take_everything(search):
    indices, _ = search(Coverage(n=9), 9)
    assert_array_equal(np.sort(indices), np.arange(9))


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


def test_beam_of_one_is_greedy():
    for seed in range(4):
        f = Coverage(seed=seed)
        for ours, theirs in zip(beam(f, 6, 1), greedy(f, 6), strict=True):
            assert_allclose(ours, theirs)


def literal_beam(f, n, width):
    """Each set proposes its best points; equal sets merge; the best `width` go on."""
    sets = [()]
    for _ in range(n):
        proposed = []
        for picks in sets:
            state = f.start()
            for i in picks:
                state = f.add(state, i)
            gains = f.gains(state)
            free = [i for i in range(len(gains)) if i not in picks]
            free.sort(key=lambda i: (-gains[i], i))
            proposed += [(*picks, i) for i in free[:width]]
        merged = []
        for picks in proposed:
            if set(picks) not in [set(p) for p in merged]:
                merged.append(picks)
        merged.sort(key=lambda p: -f.value(np.any(f.covers[list(p)], axis=0)))
        sets = merged[:width]
    return sets[0]


@pytest.mark.parametrize("width", [2, 3, 8])
def test_beam_is_its_literal_definition(width):
    for seed in range(4):
        f = Coverage(n=12, elements=15, seed=seed)
        assert_array_equal(beam(f, 4, width)[0], literal_beam(f, 4, width))


def test_beam_through_candidates_goes_by_the_worth_of_sets():
    f, some = Coverage(n=12, elements=15), np.array([1, 4, 5, 7, 10, 11])
    alone = Coverage(n=12, elements=15)
    alone.covers = alone.covers[some]
    indices, _ = beam(Restricted(f, some), 3, 3)
    assert_array_equal(indices, literal_beam(alone, 3, 3))


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


def test_a_wide_beam_finds_the_optimum():
    f = Coverage(n=8, elements=15)
    pairs = itertools.combinations(range(8), 2)
    optimum = max(f.value(f.covers[list(pair)].any(axis=0)) for pair in pairs)
    indices, _ = beam(f, 2, 8)
    assert f.value(f.covers[indices].any(axis=0)) == pytest.approx(optimum)


def test_top_sorts_and_breaks_ties_by_index(as_array):
    scores = np.array([0.5, 0.1 + 0.2, 0.9, 0.3, 0.5, -np.inf])
    indices, gains = top(as_array(scores), 5)
    assert_array_equal(indices, [2, 0, 4, 1, 3])
    assert_allclose(gains, scores[indices])
    assert top(as_array(scores), 6)[0][-1] == 5


def test_top_equals_greedy_on_scores(as_array):
    scores = np.random.default_rng(0).normal(size=200)
    for ours, theirs in zip(
        top(as_array(scores), 200), greedy(Scores(as_array(scores)), 200), strict=True
    ):
        assert_array_equal(ours, theirs)


def test_top_of_scores_with_an_error_goes_by_index_within_it(as_array):
    scores = as_array(np.array([0.1, 0.5, 0.501, 0.1005, 0.3]))
    assert top(scores, 5)[0].tolist() == [2, 1, 4, 3, 0]
    picks, of_picks = top(scores, 5, rounding=0.002)
    assert picks.tolist() == [1, 2, 4, 0, 3]
    assert of_picks.tolist() == [0.5, 0.501, 0.3, 0.1, 0.1005]
    assert top(scores, 1, rounding=0.002)[0].tolist() == [1]


def test_top_of_scores_that_lie_dense_does_not_chain_ties():
    """Neighbours within rounding of each other do not make the whole array one tie."""
    scores = np.linspace(0, 1, 2_000_001, dtype=np.float32)
    indices, _ = top(scores, 100)
    assert indices.min() > len(scores) - 200


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_best_takes_the_smallest_index_among_ties(as_array, dtype):
    gains = np.array([0.3, 0.1 + 0.2, 0.3, 0.2], dtype=dtype)
    every = np.ones(4, dtype=bool)
    assert best(as_array(gains), as_array(every)) == 0
    every[0] = False
    assert best(as_array(gains), as_array(every)) == 1
    assert best(as_array(np.full(4, -np.inf)), as_array(every)) == 1


@pytest.mark.parametrize("search", [greedy, lazy_greedy, lambda f, n: top(f.scores, n)])
def test_nan_is_refused(search):
    with pytest.raises(ValueError, match="NaN"):
        search(Scores(np.array([0.1, np.nan, 0.3])), 2)


@pytest.mark.parametrize("search", [greedy, lazy_greedy, lambda f, n: top(f.scores, n)])
def test_equal_gains_warn_once(search):
    with pytest.warns(UserWarning, match="same gain") as record:
        indices, _ = search(Scores(np.full(5, 0.3)), 3)
    assert len(record) == 1
    assert_array_equal(indices, [0, 1, 2])


def test_exhausted_gains_warn():
    f = Coverage(n=10, elements=3)
    f.covers[:] = False
    f.covers[:3] = np.eye(3, dtype=bool)
    with pytest.warns(UserWarning, match="pick 4 of 6"):
        greedy(f, 6)


@pytest.mark.filterwarnings("error")
def test_one_candidate_left_is_no_tie():
    greedy(Scores(np.array([0.1, 0.2])), 2)
    top(np.array([0.1]), 1)


def test_proportional_follows_the_gains(as_array):
    gains = np.array([0.0, 1.0, 3.0, -2.0, 6.0])
    available = np.array([True, True, True, True, False])
    pick = proportional(np.random.default_rng(0))
    counts = np.bincount(
        [pick(as_array(gains), as_array(available)) for _ in range(4000)], minlength=5
    )
    assert_array_equal(counts[[0, 3, 4]], 0)
    assert abs(counts[1] - 1000) < 4 * np.sqrt(4000 * 0.25 * 0.75)


def test_proportional_refuses_where_nothing_is_positive():
    pick = proportional(np.random.default_rng(0))
    with pytest.raises(ValueError, match="no candidate has a positive gain"):
        pick(np.zeros(3), np.ones(3, dtype=bool))


class Exhausted(Coverage):
    """A coverage that ends: all gains are 0 once everything is covered."""

    def __init__(self, **params):
        super().__init__(n=6, elements=10, **params)
        self.covers = np.zeros((6, 10), dtype=bool)
        self.covers[4] = True
        self.covers[:3, :4] = True
        self.tie_break = np.array([1.0, 3.0, 2.0, 0.0, 9.0, 2.0])


@pytest.mark.parametrize("search", [greedy, lazy_greedy])
def test_what_each_says_on_its_own_orders_exhausted_points(search, as_array):
    f = Exhausted(as_array=as_array)
    f.tie_break = as_array(f.tie_break)
    with pytest.warns(UserWarning, match="what each says on its own"):
        indices, gains = search(f, 6)
    assert_array_equal(indices, [4, 1, 2, 5, 0, 3])
    assert_array_equal(gains[1:], 0)
    with pytest.warns(UserWarning, match="same gain"):
        indices, _ = search(Restricted(f, np.array([0, 2, 3, 4])), 4)
    assert_array_equal(indices, [3, 1, 0, 2])


@pytest.mark.filterwarnings("error")
def test_a_rule_of_chance_is_left_to_chance():
    """`tie_break` stands for the index, which only `best` goes by, and warns of."""
    f = Scores(np.ones(50), tie_break=np.arange(50.0))
    indices, _ = greedy(f, 5, pick=proportional(np.random.default_rng(0)))
    assert set(indices) != {45, 46, 47, 48, 49}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("search", [greedy, lazy_greedy])
def test_a_tie_that_later_picks_settle_is_no_reason_to_warn(search):
    """The first pick decides nothing here; from the second on, gains differ."""
    f = Coverage(n=4, elements=4)
    f.weights[:] = 1.0
    f.covers = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 1, 0, 1]], bool)
    assert_array_equal(search(f, 2)[0], [0, 2])


def test_top_of_equal_scores_goes_by_the_tie_break(as_array):
    scores, order = as_array(np.ones(4)), as_array(np.array([1.0, 3.0, 2.0, 0.0]))
    assert_array_equal(top(scores, 3, order)[0], [1, 2, 0])
    with pytest.warns(UserWarning, match="same gain"):
        assert_array_equal(top(scores, 3, scores)[0], [0, 1, 2])


def test_top_orders_equal_scores_by_the_tie_break(as_array):
    scores = as_array(np.array([0.5, 0.9, 0.5, -np.inf, 0.5, -np.inf]))
    ties = as_array(np.array([1.0, 0.0, 3.0, 0.0, 3.0, 1.0]))
    assert_array_equal(top(scores, 6, ties)[0], [1, 2, 4, 0, 5, 3])
    assert_array_equal(top(scores, 3, ties)[0], [1, 2, 4])


class Bounded(Coverage):
    """A coverage with cheap upper bounds, which are counted apart."""

    bounded = 0

    def bounds(self, state, rows):
        self.bounded += len(rows)
        evaluated = self.evaluated
        loose = 1.01 * self.gains(state, rows)
        self.evaluated = evaluated
        return loose


@pytest.mark.parametrize("seed", range(5))
def test_cheap_bounds_spare_evaluations_and_change_nothing(seed, as_array):
    plain = Coverage(n=300, seed=seed, as_array=as_array)
    bounded = Bounded(n=300, seed=seed, as_array=as_array)
    expected = lazy_greedy(plain, 10)
    for found in (
        lazy_greedy(bounded, 10),
        lazy_greedy(Restricted(bounded, np.arange(300)), 10),
    ):
        assert_array_equal(found[0], expected[0])
        assert_allclose(found[1], expected[1])
    assert bounded.bounded > 0
    assert bounded.evaluated < 2 * plain.evaluated


class _Blurred(Coverage):
    rounding = 0.5


@pytest.mark.parametrize("search", [greedy, lazy_greedy])
def test_gains_no_farther_apart_than_the_rounding_go_by_index(search, as_array):
    f = _Blurred(as_array=as_array)
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
