import itertools

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skactive.selection import Scores, beam, greedy, lazy_greedy, proportional, top
from tests.selection.functions import Coverage

SEARCHES = {
    "greedy": greedy,
    "lazy": lazy_greedy,
    "beam": lambda f, n, **options: beam(f, n, 2, **options),
}
on_searches = pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES)


def worth(f, picks):
    return f.value(f.covers[list(picks)].any(axis=0))


def best_within(f, cost, budget):
    """The best set whose costs fit, by enumeration."""
    n = len(cost)
    sets = (s for b in range(n + 1) for s in itertools.combinations(range(n), b))
    return max(worth(f, s) for s in sets if sum(cost[list(s)]) <= budget)


@on_searches
@pytest.mark.parametrize("seed", range(6))
def test_costs_fit_and_the_set_is_no_worse_than_the_bound(search, seed):
    rng = np.random.default_rng(seed)
    f, cost = Coverage(n=9, elements=30, seed=seed), rng.uniform(0.5, 3, size=9)
    picks, gains = search(f, None, cost=cost, budget=4.0)
    assert cost[picks].sum() <= 4.0 * (1 + 1e-9)
    assert len(set(picks.tolist())) == len(picks) == len(gains)
    optimum = best_within(f, cost, 4.0)
    assert worth(f, picks) >= (1 - 1 / np.e) / 2 * optimum


@pytest.mark.parametrize("seed", range(6))
def test_lazy_greedy_picks_what_greedy_picks(seed):
    rng = np.random.default_rng(seed)
    f, cost = Coverage(n=40, seed=seed), rng.uniform(0.5, 3, size=40)
    for n in (None, 4):
        plain = greedy(f, n, cost=cost, budget=9.0)
        lazy = lazy_greedy(f, n, cost=cost, budget=9.0)
        assert_array_equal(plain[0], lazy[0])
        assert n is None or len(lazy[0]) <= n


@on_searches
def test_equal_costs_give_the_plain_batch(search):
    f = Coverage()
    for budget, n in ((5.0, 5), (5.9, 5), (5 * 0.7, 5)):
        cost = np.full(30, 0.7 if budget == 5 * 0.7 else 1.0)
        picks, gains = search(f, None, cost=cost, budget=budget)
        expected, expected_gains = search(f, n)
        assert_array_equal(picks, expected)
        assert_array_equal(gains, expected_gains)


def test_the_better_of_two_searches():
    """By gain per cost alone the answer would be worth 2, not 10."""
    picks, gains = top(np.array([2.0, 10.0]), None, cost=[1, 10], budget=10)
    assert picks.tolist() == [1]
    assert gains.tolist() == [10]
    picks, _ = top(np.array([2.0, 10.0, 9.0]), None, cost=[1, 10, 1], budget=10)
    assert picks.tolist() == [2, 0]


def test_a_rule_of_chance_goes_by_gain_per_cost():
    cost = np.array([1.0, 1.0, 8.0])
    rule = proportional(np.random.default_rng(0))
    first = [
        greedy(Scores(np.array([1.0, 0.0, 8.0])), 1, rule, cost=cost, budget=9)[0][0]
        for _ in range(400)
    ]
    assert 140 < first.count(0) < 260
    assert 1 not in first


@on_searches
def test_requests_that_cannot_be_met(search):
    f = Coverage()
    with pytest.raises(TypeError, match="n must be an integer, not None"):
        search(f, None)
    with pytest.raises(ValueError, match="go together"):
        search(f, 3, cost=np.ones(30))
    with pytest.raises(ValueError, match="go together"):
        search(f, 3, budget=2.0)
    for bad in (np.zeros(30), np.full(30, np.nan), np.ones((30, 1)), -np.ones(30)):
        with pytest.raises(ValueError, match="a positive number for each point"):
            search(f, 3, cost=bad, budget=2.0)
    with pytest.raises(ValueError, match="below the cost of the cheapest"):
        search(f, 3, cost=np.ones(30), budget=0.5)


def test_gains_below_zero_have_no_ratio_to_costs():
    with pytest.raises(ValueError, match="not negative"):
        top(np.array([-1.0, 2.0]), None, cost=[1, 2], budget=3)
