import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skactive.selection import (
    Restricted,
    greedy,
    lazy_greedy,
)
from tests.selection.functions import Bounded, Coverage, Moving, Swelling


def test_lazy_greedy_evaluates_less():
    plain, lazy = Coverage(n=2000, elements=500), Coverage(n=2000, elements=500)
    assert_array_equal(greedy(plain, 10)[0], lazy_greedy(lazy, 10)[0])
    assert lazy.evaluated < plain.evaluated / 3


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


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("candidates", [None, np.arange(0, 300, 2)])
def test_lazy_greedy_of_gains_that_grow_by_a_limited_factor(as_array, candidates, seed):
    f = Swelling(n=300, elements=1000, seed=seed, as_array=as_array)
    g = f if candidates is None else Restricted(f, candidates)
    cost = np.linspace(1, 2, 300)[: 300 if candidates is None else 150]
    state = f.add(f.start(), 11)  # the gains of some points have grown already
    for terms in ({}, {"cost": cost, "budget": 15.0}, {"state": state}):
        f.evaluated = 0
        plain = greedy(g, 12, **terms)
        n_plain, f.evaluated = f.evaluated, 0
        lazy = lazy_greedy(g, 12, **terms)
        assert_array_equal(lazy[0], plain[0])
        assert_allclose(lazy[1], plain[1])
        assert f.evaluated < n_plain


def test_lazy_greedy_refuses_gains_that_may_grow():
    f = Coverage()
    f.diminishing = False
    with pytest.raises(ValueError, match="diminish"):
        lazy_greedy(f, 2)


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
