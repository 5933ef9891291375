"""The rounds of active learning: fit, and ask for more labels; layer 5."""

import time
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from skactive._sklearn import take_rows

__all__ = ["Round", "learning_rounds", "seeded"]


class Round(NamedTuple):
    """A fitted strategy, and how it came about.

    Parameters
    ----------
    strategy : QueryStrategy
        Fitted from scratch on what is labelled in this round.
    labelled : ndarray of int
        Rows of X, in the order in which they were labelled.
    query_time : float
        Seconds that choosing the last of them took; NaN in the first round.
    fit_time : float
        Seconds that the fit took.
    """

    strategy: Any
    labelled: Any
    query_time: float
    fit_time: float


def learning_rounds(strategy, X, y, split, *, n, n_candidates=None):
    """Fit, yield, query, fit, yield, query ... until nobody asks for the next round.

    Round ``t`` is a function of the rows labelled before it and of ``split.chance(t)``
    alone, so that it can be replayed from them.

    Parameters
    ----------
    strategy : QueryStrategy
        Cloned in every round.
    X, y : array-likes of n points
        All labelled data; the strategy sees the labels of what it asked for only.
    split : Split
        Where to start.
    n : int
        Number of labels to ask for in a round.
    n_candidates : int, default=None
        Size of the random part of the pool that a query looks at.

    Yields
    ------
    Round
        With the strategy fitted on what is labelled so far.
    """
    labelled, query_time, t = split.initial, np.nan, 0
    while True:
        rng = split.chance(t)
        model = seeded(strategy, rng)
        start = time.perf_counter()
        model.fit(take_rows(X, labelled), take_rows(y, labelled))
        yield Round(model, labelled, query_time, time.perf_counter() - start)
        pool = np.setdiff1d(split.train, labelled)
        if n_candidates is not None and n_candidates < len(pool):
            pool = np.sort(rng.choice(pool, n_candidates, replace=False))
        X_pool = take_rows(X, pool)
        start = time.perf_counter()
        chosen = model.query(X_pool, n)
        query_time = time.perf_counter() - start
        labelled, t = np.concatenate([labelled, pool[chosen]]), t + 1


def seeded(strategy, rng):
    """Clone a strategy, or a pipeline that ends in one, with a seed from `rng`.

    Parameters
    ----------
    strategy : estimator
        Left as it is.
    rng : numpy.random.Generator
        Source of the seed.

    Returns
    -------
    estimator
        Not fitted. Its ``random_state`` is set, and so is that of each step of a
        pipeline that has None; what the strategy wraps is seeded by its own ``fit``.
    """
    strategy, name = clone(strategy), "random_state"
    seed = int(rng.integers(2**31 - 1))
    seeds = {}
    if isinstance(strategy, Pipeline):
        *before, last = (f"{step}__random_state" for step, _ in strategy.steps)
        params = strategy.get_params()
        seeds = {step: seed for step in before if params.get(step, 0) is None}
        name = last
    return strategy.set_params(**seeds, **{name: seed})
