"""Checks of the queries of a fitted strategy, and of its objective; layer 7."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np

from skactive._utils.array import to_numpy
from skactive.selection import gains_along
from skactive.testing._compare import check_indices, equal, raises, slack, within
from skactive.testing._named import named
from skactive.testing._set_function import check_set_function

__all__ = ["QUERY_CHECKS", "objective", "with_sampler"]


def objective(strategy, X_pool):
    """Objective of a query, made with the random numbers that the query uses."""
    return strategy._objective_at(strategy._located(X_pool), strategy._rng())


def with_sampler(strategy, functions=None, embed=None, **attributes):
    """Copy a fitted strategy and replace methods of its sampler.

    Parameters
    ----------
    strategy : QueryStrategy
        Fitted strategy; it is not changed.
    functions, embed : callable, default=None
        Replacements, called with the original sampler and the method's argument.
    **attributes : object
        Attributes to set on the sampler.

    Returns
    -------
    QueryStrategy
        The copy, which shares the model.
    """
    strategy = copy.copy(strategy)
    strategy.sampler_ = sampler = copy.copy(strategy.sampler_)
    own = copy.copy(sampler)
    for name, value in attributes.items():
        setattr(sampler, name, value)
    if functions is not None:
        sampler.functions = lambda rng: functions(own, rng)
    if embed is not None:
        sampler.embed = lambda X: embed(own, X)
    return strategy


@named
def check_batches(strategy, X, y, X_pool):
    """Batches of all sizes are unique intp indices in range, with valid scores."""
    for n in (1, 5, len(X_pool)):
        indices, scores = strategy.query(X_pool, n, return_scores=True)
        check_indices(indices, n, np.arange(len(X_pool)))
        assert isinstance(scores, np.ndarray), "scores are not on the host"
        assert scores.dtype.kind == "f", f"scores are {scores.dtype}, not floats"
        assert scores.shape == (n,), f"{scores.shape} scores for {n} picks"
        assert not np.isnan(scores).any(), "a score is NaN"
    assert len(strategy.query(X_pool)) == 1, "n is not 1 by default"
    check_indices(strategy.query(X_pool[:1]), 1, np.arange(1))


@named
def check_repeats(strategy, X, y, X_pool):
    """A query has no side effects: repeating it gives the same batch."""
    batch = strategy.query(X_pool, 5)
    equal(batch, strategy.query(X_pool, 5), "a second query")
    strategy.query(X_pool[::2], 3)
    strategy.score_samples(X_pool)
    equal(batch, strategy.query(X_pool, 5), "a query after others")


@named
def check_pickle(strategy, X, y, X_pool):
    """A fitted strategy can be pickled, and then selects the same batch."""
    batch = strategy.query(X_pool, 5)
    equal(batch, pickle.loads(pickle.dumps(strategy)).query(X_pool, 5), "a pickle")


@named
def check_scores(strategy, X, y, X_pool):
    """``score_samples`` returns the gains for the empty set."""
    scores = strategy.score_samples(X_pool)
    assert isinstance(scores, np.ndarray), "scores are not on the host"
    assert scores.shape == (len(X_pool),), f"{scores.shape} for {len(X_pool)} points"
    assert not np.isnan(scores).any(), "a score is NaN"
    np.testing.assert_array_equal(strategy.score_samples(X_pool), scores)
    f = objective(strategy, X_pool)
    gains = f.gains(f.start())
    within(to_numpy(gains), scores, slack(f, gains), "score_samples and first gains")


@named
def check_gains(strategy, X, y, X_pool):
    """Scores are the marginal gains of the selected points, also among candidates."""
    f = objective(strategy, X_pool)
    # gains after several additions have accumulated more rounding errors
    error = 4 * slack(f, f.gains(f.start()))
    everyone = np.arange(len(X_pool))
    best = strategy.query(X_pool, 5)
    for candidates in (everyone, np.setdiff1d(everyone, best)):
        picks, scores = strategy.query(
            X_pool, 5, candidates=candidates, return_scores=True
        )
        if strategy.reports_gains:
            gains = gains_along(objective(strategy, X_pool), picks)
            within(gains, scores, error, "scores that are not the gains of the picks")


@named
def check_candidates(strategy, X, y, X_pool):
    """Only candidates are selected, given as mask or indices in any order."""
    rows = np.arange(1, len(X_pool), 3)
    mask = np.zeros(len(X_pool), dtype=bool)
    mask[rows] = True
    by_rows = strategy.query(X_pool, 4, candidates=rows)
    check_indices(by_rows, 4, rows)
    for same in (mask, rows[::-1]):
        equal(by_rows, strategy.query(X_pool, 4, candidates=same), "candidates")
    everything = strategy.query(X_pool, 4, candidates=np.arange(len(X_pool)))
    equal(strategy.query(X_pool, 4), everything, "all points as candidates")
    check_indices(strategy.query(X_pool, len(rows), candidates=mask), len(rows), rows)


@named
def check_functions(strategy, X, y, X_pool):
    """A query draws functions only once: all its draws are of the same functions."""
    if strategy.sampler_ is None:
        return
    drawn = []

    def counted(sampler, rng):
        drawn.append(rng)
        return sampler.functions(rng)

    asking = with_sampler(strategy, counted)
    for what, ask in (("query", asking.query), ("score_samples", asking.score_samples)):
        drawn.clear()
        ask(X_pool)
        assert len(drawn) <= 1, f"one {what} draws functions {len(drawn)} times"


@named
def check_objective(strategy, X, y, X_pool):
    """The objective passes `check_set_function`."""
    check_set_function(objective(strategy, X_pool))


@named
def check_errors(strategy, X, y, X_pool):
    """Invalid batch sizes and candidates raise errors."""
    n_pool = len(X_pool)
    for n in (0, -1, n_pool + 1):
        raises(ValueError, f"n={n}", strategy.query, X_pool, n)
    raises(TypeError, "n=1.5", strategy.query, X_pool, 1.5)
    raises(ValueError, "an empty pool", strategy.query, X_pool[:0])
    for bad in ([n_pool], [-1], [0, 0], [], np.zeros(n_pool, bool), np.ones(3, bool)):
        raises(ValueError, f"candidates={bad}", strategy.query, X_pool, candidates=bad)
    raises(ValueError, "2 of 1 candidates", strategy.query, X_pool, 2, candidates=[0])


QUERY_CHECKS: tuple[Callable[..., Any], ...] = (
    check_batches,
    check_repeats,
    check_pickle,
    check_scores,
    check_functions,
    check_objective,
    check_gains,
    check_candidates,
    check_errors,
)
