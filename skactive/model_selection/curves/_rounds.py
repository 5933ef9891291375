"""The rounds of active learning: fit, then query more labels; layer 6."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from skactive._utils.scikit_learn import take_params, take_rows
from skactive.model_selection.curves._settings import Data
from skactive.model_selection.curves._splits import Split
from skactive.model_selection.curves._timing import timed_draws
from skactive.model_selection.curves._warm_start import going_on
from skactive.stopping import StoppingCriterion

__all__ = ["Round", "Run", "learning_rounds", "seeded"]


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
    labelled: np.ndarray
    query_time: float
    fit_time: float
    draw_time: float = np.nan
    name: str = ""
    split: int = 0
    number: int = 0
    scores: Mapping[str, float] = {}


class Run(NamedTuple):
    """What came of a strategy in one split.

    Parameters
    ----------
    rounds : list of Round
        Those finished, without the fitted strategies.
    error : str or None
        The traceback of what ended it early.
    stopping : dict of str to StoppingCriterion
        The stopping criteria, which have seen the rounds.
    """

    rounds: list[Round]
    error: str | None = None
    stopping: Mapping[str, StoppingCriterion] = {}


def learning_rounds(
    strategy: Any,
    data: Data,
    split: Split,
    batches: Sequence[int],
    *,
    n_candidates: int | None = None,
    warm_start: bool = False,
    done: Sequence[Round] = (),
    replay: bool = False,
) -> Iterator[Round]:
    """Fit, yield, query, fit, yield, query ... and yield after the last fit.

    Round ``t`` is a function of the rows labelled before it and of ``split.chance(t)``
    alone (with `warm_start` also of the rounds before it), so that it can be replayed
    from them.

    Parameters
    ----------
    strategy : QueryStrategy
        Cloned in every round.
    data : Data
        All labelled data; the strategy sees the labels of what it queried only.
    split : Split
        Where to start.
    batches : sequence of int
        How many labels to query in each round after the first.
    n_candidates : int, default=None
        Size of the random part of the pool that a query looks at.
    warm_start : bool, default=False
        Whether a model goes on from that of the round before.
    done : sequence of Round, default=()
        The first rounds, finished before. They are not yielded again; of them only what
        the others need is fitted.
    replay : bool, default=False
        Whether to fit those too and to yield them, with their scores and times.

    Yields
    ------
    Round
        With the strategy fitted on what is labelled so far; not scored.
    """
    first = 0 if warm_start or replay else max(len(done) - 1, 0)
    labelled, times = split.initial, (np.nan, np.nan)
    model = rng = None
    for t in range(first, len(batches) + 1):
        if t < len(done):
            labelled = done[t].labelled
        elif t > 0:  # with the model and the generator of the round before
            pool = _pool(split, labelled, n_candidates, rng)
            chosen, *times = _query(model, data.X, pool, batches[t - 1])
            labelled = np.concatenate([labelled, chosen])
        rng = split.chance(t)
        before: Any = model
        model = seeded(strategy, rng)
        with going_on(model, before) if warm_start else nullcontext():
            fit_time = _fit(model, data, labelled)
        if t < len(done):
            if replay:
                yield done[t]._replace(strategy=model)
        else:
            record = Round(model, labelled, times[0], fit_time, times[1])
            yield record._replace(split=split.number, number=t)


def _fit(model, data, labelled):
    """Fit on what is labelled; return the seconds that it took."""
    X, y = take_rows(data.X, labelled), take_rows(data.y, labelled)
    params = take_params(data.X, data.fit_params, labelled)
    start = time.perf_counter()
    model.fit(X, y, **params)
    return time.perf_counter() - start


def _pool(split, labelled, n_candidates, rng):
    """Rows that may be labelled next."""
    pool = np.setdiff1d(split.train, labelled)
    if n_candidates is None or n_candidates >= len(pool):
        return pool
    return np.sort(rng.choice(pool, n_candidates, replace=False))


def _query(model, X, pool, n):
    """Rows that a strategy chooses of the pool, and the seconds of it and its draws."""
    X_pool = take_rows(X, pool)
    with timed_draws(model) as watch:
        start = time.perf_counter()
        chosen = model.query(X_pool, n)
        query_time = time.perf_counter() - start
    return pool[chosen], query_time, watch.seconds


def seeded(strategy: Any, rng: np.random.Generator) -> Any:
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
