"""How a model improves as a strategy queries labels; layer 6."""

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
    """Score a strategy after each round of querying labels that are in fact known.

    In every round the strategy is cloned, fitted from scratch on what is labelled so
    far, scored on the test set, and queried for the next `n` points of the pool.
    Splits, initial points and seeds depend on `random_state` and on no strategy: curves
    with one `random_state` are paired.

    Parameters
    ----------
    strategy : QueryStrategy
        A strategy around a model, or a pipeline that ends in one. Its own
        ``random_state`` is replaced in every round.
    X : array-like of n points
        All points, in whatever container the model accepts.
    y : array-like of shape (n,)
        Their labels or values, which the strategy sees once it has queried them.
    n : int, default=10
        Number of labels to query in a round.
    rounds : int, default=10
        How many times to query.
    budget : int, default=None
        Number of labels to end with, the initial ones included, in place of `rounds`;
        the last batch is what is left.
    initial : {"balanced", "random"} or array-like of int, default="balanced"
        What is labelled from the start: as many points of each class, points at
        random, or the rows of X named.
    n_initial : int, default=None
        Number of initial points; two of each class for "balanced" and `n` for
        "random" by default.
    cv : int, splitter or iterable of (train, test), default=10
        Training sets, from which the initial points and the pool are made, and test
        sets, as in scikit-learn. With `X_test` the number of repetitions, each with
        initial points and chance of its own. A splitter that has no seed is seeded by
        `random_state`.
    X_test, y_test : array-likes, default=None
        One test set for all repetitions; all of X may then be labelled.
    scoring : str, callable, list or dict, default=None
        One scorer or several, as in scikit-learn's ``cross_validate``, or names that
        `skactive.metrics.get_scorer` knows, such as "log_likelihood" and "neg_ece";
        the model's own ``score`` by default.
    n_candidates : int, default=None
        Size of a random part of the pool, another one in each round, that stands for
        the pool in the query; the whole pool by default.
    warm_start : bool, default=False
        Whether the model of a round goes on from that of the round before, in place of
        training from scratch.
    callbacks : callable or list of callables, default=None
        Called after every round with a record of it: its ``strategy`` (fitted),
        ``labelled`` rows and ``scores`` (copies), ``name``, ``split``, ``number``,
        ``fit_time``, ``query_time`` and ``draw_time``. In other processes where
        `n_jobs` makes some.
    checkpoint : str or path, default=None
        Folder in which every finished round is stored: what was stopped goes on from
        there, to the results of a run that was not. More rounds, splits and strategies
        may follow; another experiment is refused with a ``ValueError``.
    n_jobs : int, default=None
        Number of splits to work on at the same time.
    verbose : int, default=0
        Whether to show a progress bar over the rounds, with the time left.
    random_state : int, RandomState or None, default=None
        Source of all chance. Give the same int to compare strategies.
    groups : array-like of shape (n,), default=None
        Groups of the points, for a splitter such as ``GroupKFold``.
    stopping : StoppingCriterion or dict of str to StoppingCriterion, default=None
        Criteria of `skactive.stopping` by name, which follow every run and stop none:
        where each would have stopped, what would have been lost by it and saved is
        reported. The score they see is the first one. Of a run that a checkpoint holds
        models are fitted again if a criterion looks at predictions; nothing is queried
        or scored again.
    stop_set_size : int, default=1000
        How many random points of the pool make the stop set, whose predictions they
        look at; all if there are fewer.
    **fit_params : dict
        Passed to every ``fit``, such as ``sample_weight``. Those with an entry for each
        point of X are sliced to the labelled ones, as scikit-learn does it.

    Returns
    -------
    LearningCurve
        Numbers of labels, scores, chosen rows and times, and where criteria stopped.

    Raises
    ------
    ValueError, TypeError
        If the pool is too small for so many rounds, a class for the initial set, an
        option is not as described, or the checkpoint is that of another experiment.
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
    # one by one they would be written down a third time
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
