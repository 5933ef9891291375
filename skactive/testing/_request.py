"""Checks of pending points and costs; layer 7."""

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from skactive.base import LabelledStrategy
from skactive.selection import gains_along
from skactive.testing._compare import (
    check_indices,
    equal,
    raises,
    same_batch,
    slack,
    within,
)
from skactive.testing._named import named
from skactive.testing._query import objective

__all__ = ["REQUEST_CHECKS"]

BUDGET = 6.0


def _pending(strategy, X_pool):
    """Some points of a batch and one that is not in it, unordered."""
    batch = strategy.query(X_pool, 3)
    other = np.setdiff1d(np.arange(len(X_pool)), batch)[0]
    return np.array([batch[1], other, batch[0]])


def _costs(X_pool):
    return np.random.default_rng(0).uniform(0.5, 3, len(X_pool))


@named
def check_terms(strategy, X, y, X_pool):
    """A search that does not support pending points or costs raises an error."""
    if strategy._takes_terms:
        return
    costs = {"cost": _costs(X_pool), "budget": BUDGET}
    for asked in ({"pending": [0]}, costs):
        raises(TypeError, f"{[*asked]}", strategy.query, X_pool, 1, **asked)


@named
def check_pending(strategy, X, y, X_pool):
    """Pending points are never selected, given as mask or indices, with candidates."""
    if not strategy._takes_terms:
        return
    pending, everyone = _pending(strategy, X_pool), np.arange(len(X_pool))
    free = np.setdiff1d(everyone, pending)
    for n in (1, 5, len(free)):
        check_indices(strategy.query(X_pool, n, pending=pending), n, free)
    rows = np.union1d(everyone[::2], pending)
    batch = strategy.query(X_pool, 3, candidates=rows, pending=pending)
    check_indices(batch, 3, np.setdiff1d(rows, pending))
    mask = np.isin(everyone, pending)
    batch = strategy.query(X_pool, 3, pending=np.flatnonzero(mask))
    equal(batch, strategy.query(X_pool, 3, pending=mask), "pending as a mask")
    batch = strategy.query(X_pool, 3)
    equal(batch, strategy.query(X_pool, 3, pending=[]), "nothing pending")
    n = len(free) + 1
    raises(ValueError, f"n={n}", strategy.query, X_pool, n, pending=pending)


@named
def check_pending_gains(strategy, X, y, X_pool):
    """Scores are the marginal gains after adding the pending points."""
    if not strategy._takes_terms or not strategy.reports_gains:
        return
    pending = _pending(strategy, X_pool)
    picks, scores = strategy.query(X_pool, 4, pending=pending, return_scores=True)
    f = objective(strategy, X_pool)
    error, state = 4 * slack(f, f.gains(f.start())), f.start()
    for i in pending.tolist():
        state = f.add(state, i)
    gains = gains_along(f, picks, state=state)
    within(gains, scores, error, "scores that are not the gains beside pending points")


@named
def check_pending_copy(strategy, X, y, X_pool):
    """If duplicates add nothing, those of pending points are not selected."""
    declared = strategy.copies_add_nothing
    assert isinstance(declared, bool), f"copies_add_nothing is {declared!r}, no boolean"
    if not declared or not isinstance(X_pool, np.ndarray):
        return
    n, twice = len(X_pool), np.concatenate([X_pool, X_pool])
    first = int(strategy.query(twice, 1)[0])
    twin = (first + n) % (2 * n)
    batch = strategy.query(twice, 1, pending=[twin])
    same = twice == twice[first]
    copies = np.flatnonzero(same.reshape(2 * n, -1).all(axis=1))
    assert batch[0] not in copies, f"{batch[0]} is picked, but a copy of it is pending"


@named
def check_pending_as_labelled(strategy, X, y, X_pool):
    """If the strategy declares it, pending points count like labelled ones."""
    labelled = isinstance(strategy, LabelledStrategy) and strategy.pending_as_labelled
    arrays = isinstance(X, np.ndarray) and isinstance(X_pool, np.ndarray)
    if not labelled or not arrays:
        return
    pending = _pending(strategy, X_pool)
    knowing = copy.copy(strategy)  # with the same model, so labels are not needed
    knowing._X_labelled = np.concatenate([X, X_pool[pending]])
    free = np.setdiff1d(np.arange(len(X_pool)), pending)
    expected = knowing.query(X_pool, 4, candidates=free, return_scores=True)
    batch = strategy.query(X_pool, 4, pending=pending, return_scores=True)
    same_batch(expected, batch, np.arange(len(X_pool)), "pending as labelled", 1e-9)


@named
def check_budget(strategy, X, y, X_pool):
    """The budget is never exceeded, and `n` is an upper limit."""
    if not strategy._takes_terms:
        return
    cost_n, everyone = _costs(X_pool), np.arange(len(X_pool))
    pending = _pending(strategy, X_pool)
    for n, taken in ((None, []), (None, pending), (2, [])):
        limits = {"cost": cost_n, "budget": BUDGET, "pending": taken}
        picks, scores = strategy.query(X_pool, n, return_scores=True, **limits)
        check_indices(picks, len(picks), np.setdiff1d(everyone, taken))
        assert len(picks) == len(scores), f"{len(scores)} scores of {len(picks)} picks"
        assert len(picks), "nothing is picked"
        assert not np.isnan(scores).any(), "a score is NaN"
        assert n is None or len(picks) <= n, f"{len(picks)} picks, {n} at most"
        spent = math.fsum(cost_n[picks])
        assert spent <= BUDGET * (1 + 1e-9), f"{spent} spent of a budget of {BUDGET}"
    raises(TypeError, "n=None", strategy.query, X_pool, None)
    raises(ValueError, "cost alone", strategy.query, X_pool, 1, cost=cost_n)
    raises(ValueError, "budget alone", strategy.query, X_pool, 1, budget=BUDGET)


@named
def check_equal_costs(strategy, X, y, X_pool):
    """Equal costs give the plain batch of the size that the budget allows."""
    for cost, budget, n in ((0.7, 0.7 * 5, 5), (1.0, 5.9, 5)):
        plain = strategy.query(X_pool, n, return_scores=True)
        costs = {"cost": np.full(len(X_pool), cost), "budget": budget}
        batch, scores = strategy.query(X_pool, None, return_scores=True, **costs)
        equal(plain[0], batch, "equal costs")
        equal(plain[1], scores, "scores of equal costs")


REQUEST_CHECKS: tuple[Callable[..., Any], ...] = (
    check_terms,
    check_pending,
    check_pending_gains,
    check_pending_copy,
    check_pending_as_labelled,
    check_budget,
    check_equal_costs,
)
