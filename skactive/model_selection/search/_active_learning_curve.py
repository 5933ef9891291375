"""active_learning_curve: scores against the number of labels; layer 6."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from skactive.model_selection.curves._learning_curve import LearningCurve, join_runs
from skactive.model_selection.curves._settings import Data, Settings
from skactive.model_selection.search._run import run_experiment, score_names
from skactive.stopping import StoppingCriterion

__all__ = ["active_learning_curve"]


def active_learning_curve(
    strategy: Any,
    X: Any,
    y: ArrayLike,
    *,
    n: int = 10,
    rounds: int = 10,
    budget: int | None = None,
    initial: str | ArrayLike = "balanced",
    n_initial: int | None = None,
    cv: Any = 10,
    X_test: Any = None,
    y_test: Any = None,
    scoring: Any = None,
    n_candidates: int | None = None,
    warm_start: bool = False,
    callbacks: Callable | Sequence[Callable] | None = None,
    checkpoint: str | os.PathLike | None = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    random_state: int | np.random.RandomState | None = None,
    groups: ArrayLike | None = None,
    stopping: StoppingCriterion | Mapping[str, StoppingCriterion] | None = None,
    stop_set_size: int = 1000,
    **fit_params: Any,
) -> LearningCurve:
    """Simulate active learning on labelled data, with scores after each round.

    In each round, the strategy is cloned, fitted from scratch on the labels so far,
    scored on the test set, and queried for the next `n` points of the pool. Splits,
    initial labels and seeds depend on `random_state`, but not on the strategy: curves
    with the same `random_state` are paired.

    Parameters
    ----------
    strategy : QueryStrategy
        A strategy around a model, or a pipeline that ends in one. Its ``random_state``
        is replaced in every round.
    X : array-like of n points
        All points, in any container that the model accepts.
    y : array-like of shape (n,)
        Labels or target values of the points. The strategy sees those it has queried.
    n : int, default=10
        Number of labels to query per round.
    rounds : int, default=10
        Number of queries.
    budget : int, default=None
        Total number of labels, including the initial ones, instead of `rounds`; the
        last batch may be smaller.
    initial : {"balanced", "random"} or array-like of int, default="balanced"
        Initial labels: equally many points per class, random points, or the given
        rows of X.
    n_initial : int, default=None
        Number of initial labels; by default two per class for "balanced", and `n` for
        "random".
    cv : int, splitter or iterable of (train, test), default=10
        Training sets, which contain initial labels and pool, and test sets, as in
        scikit-learn. With `X_test` it is the number of repetitions, which differ in
        initial labels and seeds. A splitter without a seed is seeded by
        `random_state`.
    X_test, y_test : array-likes, default=None
        A fixed test set for all repetitions; all rows of X may then be labelled.
    scoring : str, callable, list or dict, default=None
        One or several scorers, as in scikit-learn's ``cross_validate``, or names known
        to `skactive.metrics.get_scorer`, such as "log_likelihood" and "neg_ece"; the
        model's own ``score`` by default.
    n_candidates : int, default=None
        Size of the random subset of the pool, different in each round, that is passed
        to the query; the whole pool by default.
    warm_start : bool, default=False
        Whether the fit of a round starts from the model of the round before, instead
        of from scratch.
    callbacks : callable or list of callables, default=None
        Called after every round with a record that has attributes ``strategy``
        (fitted), ``labelled`` rows and ``scores`` (copies), ``name``, ``split``,
        ``number``, ``fit_time``, ``query_time`` and ``draw_time``. With `n_jobs` they
        may be called in other processes.
    checkpoint : str or path, default=None
        Folder in which every finished round is stored. A run that was stopped resumes
        from there, with the same results as if it had not been. Rounds, splits and
        strategies may be added later; a different experiment raises a ``ValueError``.
    n_jobs : int, default=None
        Number of splits to process in parallel.
    verbose : int, default=0
        Whether to show a progress bar over the rounds, with the remaining time.
    random_state : int, RandomState or None, default=None
        Seed of the experiment. Use the same int to compare strategies.
    groups : array-like of shape (n,), default=None
        Groups of the points, for a splitter such as ``GroupKFold``.
    stopping : StoppingCriterion or dict of str to StoppingCriterion, default=None
        Criteria of `skactive.stopping` by name. They do not end a run: the result says
        where each would have stopped, the labels this would have saved and the score
        it would have lost. They are given the first score. If rounds are loaded from a
        checkpoint, models are refitted for criteria that look at predictions; queries
        and scores are not repeated.
    stop_set_size : int, default=1000
        Size of the stop set, a random sample of the pool at whose predictions they
        look; the whole pool if it is smaller.
    **fit_params : dict
        Passed to every ``fit``, such as ``sample_weight``. Parameters with one entry
        per point of X are indexed by the labelled rows, as in scikit-learn.

    Returns
    -------
    LearningCurve
        Numbers of labels, scores, queried rows, times, and where criteria stopped.

    Raises
    ------
    ValueError, TypeError
        If the pool is too small for the rounds, a class too small for the initial
        labels, an option invalid, or the checkpoint that of another experiment.
    OSError
        If the checkpoint cannot be read or written.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import BALD
    >>> from skactive.model_selection import active_learning_curve
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = BALD(RandomForestClassifier(n_estimators=10, min_samples_leaf=2))
    >>> curve = active_learning_curve(
    ...     strategy, X, y, n=5, rounds=2, cv=3, random_state=0
    ... )
    >>> curve.n_labels
    array([ 6, 11, 16])
    >>> curve.scores["score"].shape
    (3, 3)
    """
    # all arguments are settings, data or named below
    settings = Settings.among(locals())
    name = type(strategy).__name__
    experiment, runs = run_experiment(
        {name: strategy},
        Data(X, y, X_test, y_test, groups, fit_params),
        settings,
        checkpoint=checkpoint,
        n_jobs=n_jobs,
        verbose=verbose,
        title=name,
    )
    return join_runs(runs[name], score_names(runs), experiment.n_labels)
