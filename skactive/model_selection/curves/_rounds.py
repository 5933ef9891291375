"""Rounds of active learning: fit, then query more labels; layer 6."""

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
    """A fitted strategy with its labels, scores and times, as passed to callbacks.

    Parameters
    ----------
    strategy : QueryStrategy
        Strategy fitted on the labels of this round.
    labelled : ndarray of int
        Rows of X, in the order in which they were labelled.
    query_time : float
        Seconds taken to query the latest labels; NaN in the first round.
    fit_time : float
        Seconds taken by the fit.
    draw_time : float
        Seconds of `query_time` spent on drawing from the posterior.
    name : str
        Name of the strategy.
    split : int
        Number of the split.
    number : int
        Number of the round; 0 is the first, with the initial labels.
    scores : dict of str to float
        Test scores by name of the scorer.
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
    """Results of a strategy on one split.

    Parameters
    ----------
    rounds : list of Round
        The finished rounds, without the fitted strategies.
    error : str or None
        Traceback of the error that ended the run early, if any.
    stopping : dict of str to StoppingCriterion
        Stopping criteria that have been updated with the rounds.
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
    """Yield rounds of active learning: fit, query, fit, query, ..., fit.

    Round ``t`` is determined by the rows labelled before and ``split.chance(t)`` alone,
    so it can be replayed from these. With `warm_start` it also depends on the rounds
    before.

    Parameters
    ----------
    strategy : QueryStrategy
        The strategy; each round fits a clone.
    data : Data
        All labelled data; the strategy sees only the labels that it has queried.
    split : Split
        Training set and initial labels.
    batches : sequence of int
        Number of labels to query in each round after the first.
    n_candidates : int, default=None
        Size of the random subset of the pool that is passed to a query.
    warm_start : bool, default=False
        Whether a fit starts from the model of the round before.
    done : sequence of Round, default=()
        First rounds, if they were finished before. They are not yielded again, and
        refitted only as far as later rounds need it.
    replay : bool, default=False
        Whether to refit and yield all of them, with their scores and times.

    Yields
    ------
    Round
        A round with the strategy fitted on its labels; not scored yet.
    """
    # without a warm start, resuming only needs the model of the last finished round
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
    """Fit on the labelled rows; return the seconds taken."""
    X, y = take_rows(data.X, labelled), take_rows(data.y, labelled)
    params = take_params(data.X, data.fit_params, labelled)
    start = time.perf_counter()
    model.fit(X, y, **params)
    return time.perf_counter() - start


def _pool(split, labelled, n_candidates, rng):
    """Rows that may be queried next."""
    pool = np.setdiff1d(split.train, labelled)
    if n_candidates is None or n_candidates >= len(pool):
        return pool
    return np.sort(rng.choice(pool, n_candidates, replace=False))


def _query(model, X, pool, n):
    """Query a strategy; return rows of X, and the seconds taken in all and by draws."""
    X_pool = take_rows(X, pool)
    with timed_draws(model) as watch:
        start = time.perf_counter()
        chosen = model.query(X_pool, n)
        query_time = time.perf_counter() - start
    return pool[chosen], query_time, watch.seconds


def seeded(strategy: Any, rng: np.random.Generator) -> Any:
    """Clone a strategy, or a pipeline that ends in one, and seed it from `rng`.

    Parameters
    ----------
    strategy : estimator
        The strategy; it is not changed.
    rng : numpy.random.Generator
        Source of the seed.

    Returns
    -------
    estimator
        The clone, not fitted. Its ``random_state`` is set, and in a pipeline also that
        of each step which is None. The strategy's ``fit`` seeds the model inside.
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
