"""A round of a campaign: fit, score, and rank what to ask next; layer 6.

Everything is computed from the data, a snapshot and a generator, so it can run in a
thread and be repeated.
"""

import time
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import check_scoring

from skactive._utils.scikit_learn import n_rows, take_rows
from skactive.annotation._model import as_targets, net_of, predicts
from skactive.annotation._snapshot import Snapshot
from skactive.annotation._test_set import draw_tests, estimated_accuracy
from skactive.model_selection.curves._rounds import seeded

__all__ = ["Learned", "Plan", "fitted", "learn", "ranking"]


NO_ROWS = np.empty(0, dtype=np.intp)


class Plan(NamedTuple):
    """Settings by which a campaign learns and asks.

    Parameters
    ----------
    strategy : QueryStrategy or Pipeline
        Strategy, which is cloned for each fit.
    task : {"classification", "regression", "any"}
        Task of the model.
    n, reserve : int
        Batch size, and number of further ranked rows.
    cost : ndarray of shape (n_rows,), or None
        Cost of labelling each row.
    budget : float or None
        Maximum cost of a batch.
    scoring : str, callable or None
        Score on the test set.
    stop_rows : ndarray of int
        Rows of the stop set, whose predictions are compared between rounds.
    n_draws : int
        Number of test rows to draw.
    """

    strategy: Any
    task: str
    n: int
    reserve: int
    cost: np.ndarray | None = None
    budget: float | None = None
    scoring: Any = None
    stop_rows: np.ndarray = NO_ROWS
    n_draws: int = 0


class Learned(NamedTuple):
    """Results of a round.

    Parameters
    ----------
    model : QueryStrategy or Pipeline
        The fitted strategy.
    rows : ndarray of int
        Ranked rows, best first.
    scores : ndarray
        Their marginal gains.
    score, score_error : float
        Score on the test set, and its standard error if test rows are drawn, else
        NaN.
    stop : dict or None
        Predictions on the stop set, as indices into classes; None for regression.
    probabilities : ndarray of shape (m, c), or None
        Predicted probabilities on the stop set.
    drawn : tuple of list
        Test rows to label, and the probabilities with which they were drawn.
    fit_time, query_time : float
        Seconds taken.
    """

    model: Any
    rows: np.ndarray
    scores: np.ndarray
    score: float
    score_error: float
    stop: dict[str, list] | None
    probabilities: np.ndarray | None
    drawn: tuple[list[int], list[float]]
    fit_time: float
    query_time: float


def learn(X: Any, plan: Plan, seen: Snapshot, rng: np.random.Generator) -> Learned:
    """Fit, score on the test set, and rank the remaining rows.

    Parameters
    ----------
    X : array-like of n points
        All rows.
    plan : Plan
        Settings of the campaign.
    seen : Snapshot
        Labels, and rows that may be asked.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    Learned
        The fitted strategy and its ranking.
    """
    start = time.perf_counter()
    model = fitted(X, plan, seen, rng)
    done = time.perf_counter()
    score, error = _test_score(model, X, plan, seen)
    stop, p_mc = _on_stop_set(model, X, plan, seen)
    drawn = draw_tests(model, X, seen.tests_left, plan.n_draws, rng)
    begin = time.perf_counter()
    rows, scores = ranking(model, X, plan, seen)
    end = time.perf_counter()
    return Learned(
        model,
        rows,
        scores,
        score,
        error,
        stop,
        p_mc,
        drawn,
        fit_time=done - start,
        query_time=end - begin,
    )


def fitted(X: Any, plan: Plan, seen: Snapshot, rng: np.random.Generator) -> Any:
    """Clone the strategy and fit it on the labelled rows.

    Raises
    ------
    ValueError
        If there are more classes than a net has outputs.
    """
    targets = as_targets(seen.labels, plan.strategy, plan.task, seen.classes)
    model = seeded(plan.strategy, rng).fit(take_rows(X, seen.labelled), targets)
    if net_of(plan.strategy) is not None and plan.task == "classification":
        width = len(model.classes_)
        if len(seen.classes) > width:
            raise ValueError(
                f"the net has {width} outputs, but there are {len(seen.classes)} "
                f"classes: {seen.classes[width:]} are beyond its width; widen its "
                "last layer"
            )
    return model


def _test_score(model, X, plan, seen):
    if not len(seen.tests) or not predicts(plan.strategy):
        return np.nan, np.nan
    targets = as_targets(seen.test_labels, plan.strategy, plan.task, seen.classes)
    tests = take_rows(X, seen.tests)
    if seen.q is not None:
        predicted = model.predict(tests)
        return estimated_accuracy(predicted, targets, seen.q, seen.n_test_points)
    return float(check_scoring(model, plan.scoring)(model, tests, targets)), np.nan


def _on_stop_set(model, X, plan, seen):
    """Predictions and probabilities on the stop set, for stopping criteria."""
    learns = predicts(plan.strategy) and plan.task == "classification"
    if not learns or not len(plan.stop_rows):
        return None, None
    rows = take_rows(X, plan.stop_rows)
    known, classes = np.asarray(model.classes_), model.classes_.tolist()
    places = np.searchsorted(known, np.asarray(model.predict(rows)).ravel())
    if net_of(plan.strategy) is not None:
        classes = output_names(seen.classes, len(classes))
    p = model.predict_proba(rows) if hasattr(model, "predict_proba") else None
    stop = {"classes": classes, "predictions": places.tolist()}
    return stop, None if p is None else np.asarray(p)


def output_names(classes, width):
    """Labels of a net's outputs; further outputs get made-up names."""
    if len(classes) == width:
        return classes
    if all(isinstance(label, str) for label in classes):
        return classes + [f"output {i}" for i in range(len(classes), width)]
    return classes + [max(classes) + 1 + i for i in range(width - len(classes))]


def ranking(
    model: Any, X: Any, plan: Plan, seen: Snapshot
) -> tuple[np.ndarray, np.ndarray]:
    """Rank rows to ask: a batch, and the reserve.

    Parameters
    ----------
    model : QueryStrategy or Pipeline
        Fitted strategy.
    X : array-like of n points
        All rows.
    plan : Plan
        Numbers of rows, costs and budget.
    seen : Snapshot
        Rows that may be asked.

    Returns
    -------
    rows : ndarray of int
        Ranked rows, best first.
    scores : ndarray of float
        Their marginal gains.
    """
    X_pool = X if len(seen.pool) == n_rows(X) else take_rows(X, seen.pool)
    pending = np.searchsorted(seen.pool, seen.pending)
    barred = np.searchsorted(seen.pool, seen.barred)
    free = np.setdiff1d(np.arange(len(seen.pool)), np.concatenate([pending, barred]))
    if plan.budget is None:
        n = plan.n + plan.reserve
        picks, scores = _query(model, X_pool, n, free, pending)
    else:
        picks, scores = _within_budget(model, X_pool, plan, seen, free, pending)
    return seen.pool[picks], scores


def _query(model, X_pool, n, free, pending, **terms):
    """Query `n` of the free rows, or all if there are fewer, given pending ones."""
    n = min(n, len(free))
    if not n:
        return np.empty(0, dtype=np.intp), np.empty(0)
    # strategies that do not support pending points can be used if none is
    if len(pending):
        terms["pending"] = pending
    return model.query(X_pool, n, candidates=free, return_scores=True, **terms)


def _within_budget(model, X_pool, plan, seen, free, pending):
    """Query a batch within the budget, then a reserve conditional on it."""
    cost = plan.cost[seen.pool]
    terms = {"cost": cost, "budget": plan.budget}
    batch, gains = _query(model, X_pool, plan.n, free, pending, **terms)
    left = np.setdiff1d(free, batch)
    if not plan.reserve or not (cost[left] <= plan.budget).any():
        return batch, gains
    pending = np.concatenate([pending, batch])
    more, more_gains = _query(model, X_pool, plan.reserve, left, pending, **terms)
    return np.concatenate([batch, more]), np.concatenate([gains, more_gains])
