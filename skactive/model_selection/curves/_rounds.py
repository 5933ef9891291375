"""The rounds of active learning: fit, and ask for more labels; layer 5."""

import time
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from skactive._utils.scikit_learn import take_rows
from skactive.model_selection.curves._timing import timed_draws
from skactive.model_selection.curves._warm_start import going_on

__all__ = ["Round", "learning_rounds", "seeded"]


class Round(NamedTuple):
    """A fitted strategy, and how it came about; what callbacks are given.

    Parameters
    ----------
    strategy : QueryStrategy
        Fitted on what is labelled in this round.
    labelled : ndarray of int
        Rows of X, in the order in which they were labelled.
    query_time : float
        Seconds that choosing the last of them took; NaN in the first round.
    fit_time : float
        Seconds that the fit took.
    draw_time : float
        Seconds of `query_time` that drawing from the posterior took.
    name : str
        Name of the strategy.
    split : int
        Number of the split.
    number : int
        Number of the round; the first, of the initial labels, is 0.
    scores : dict of str to float
        Test scores by the name of the scorer.
    """

    strategy: Any
    labelled: Any
    query_time: float
    fit_time: float
    draw_time: float = np.nan
    name: str = ""
    split: int = 0
    number: int = 0
    scores: Any = None


def learning_rounds(
    strategy, X, y, split, batches, *, n_candidates=None, warm_start=False, done=()
):
    """Fit, yield, query, fit, yield, query ... and yield after the last fit.

    Round ``t`` is a function of the rows labelled before it and of ``split.chance(t)``
    alone (with `warm_start` also of the rounds before it), so that it can be replayed
    from them.

    Parameters
    ----------
    strategy : QueryStrategy
        Cloned in every round.
    X, y : array-likes of n points
        All labelled data; the strategy sees the labels of what it asked for only.
    split : Split
        Where to start.
    batches : sequence of int
        How many labels to ask for in each round after the first.
    n_candidates : int, default=None
        Size of the random part of the pool that a query looks at.
    warm_start : bool, default=False
        Whether a model goes on from that of the round before.
    done : sequence of Round, default=()
        The first rounds, finished before. They are not yielded again; of them only what
        the others need is fitted.

    Yields
    ------
    Round
        With the strategy fitted on what is labelled so far; not scored.
    """
    first = 0 if warm_start else max(len(done) - 1, 0)
    labelled, model, rng, times = split.initial, None, None, (np.nan, np.nan)
    for t in range(first, len(batches) + 1):
        if t < len(done):
            labelled = done[t].labelled
        elif t > 0:  # with the model and the generator of the round before
            pool = _pool(split, labelled, n_candidates, rng)
            chosen, *times = _ask(model, X, pool, batches[t - 1])
            labelled = np.concatenate([labelled, chosen])
        rng = split.chance(t)
        before, model = model, seeded(strategy, rng)
        start = time.perf_counter()
        with going_on(model, before) if warm_start else nullcontext():
            model.fit(take_rows(X, labelled), take_rows(y, labelled))
        fit_time = time.perf_counter() - start
        if t >= len(done):
            yield Round(
                model,
                labelled,
                times[0],
                fit_time,
                times[1],
                split=split.number,
                number=t,
            )


def _pool(split, labelled, n_candidates, rng):
    """Rows that may be labelled next."""
    pool = np.setdiff1d(split.train, labelled)
    if n_candidates is None or n_candidates >= len(pool):
        return pool
    return np.sort(rng.choice(pool, n_candidates, replace=False))


def _ask(model, X, pool, n):
    """Rows that a strategy chooses of the pool, and the seconds of it and its draws."""
    X_pool = take_rows(X, pool)
    with timed_draws(model) as watch:
        start = time.perf_counter()
        chosen = model.query(X_pool, n)
        query_time = time.perf_counter() - start
    return pool[chosen], query_time, watch.seconds


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
