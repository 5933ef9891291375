"""StrategySearchCV: compare strategies as GridSearchCV compares models; layer 6."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from skactive.model_selection.curves._learning_curve import join_runs
from skactive.model_selection.curves._settings import Data, Settings
from skactive.model_selection.curves._stopping_table import stopping_table
from skactive.model_selection.search._candidates import candidates, input_tags
from skactive.model_selection.search._constraints import CONSTRAINTS
from skactive.model_selection.search._results_table import (
    long_table,
    results_table,
    tell_failures,
)
from skactive.model_selection.search._run import run_experiment, score_names
from skactive.stopping import StoppingCriterion

__all__ = ["StrategySearchCV"]


class StrategySearchCV(BaseEstimator):
    """Compare query strategies by their learning curves, and find the best.

    This is to strategies what ``GridSearchCV`` is to models. Every strategy, or one
    strategy with every combination of parameters in a grid, is run on labelled data in
    every split. All get the same splits, initial labels and seeds, so that their curves
    are paired. See `active_learning_curve` for what happens in a round.

    Parameters
    ----------
    strategies : dict of str to QueryStrategy, or QueryStrategy
        Strategies by name, or one whose parameters are searched.
    param_grid : dict or list of dict, default=None
        Values to try, if there is one strategy, by name of the parameter as in
        scikit-learn's ``ParameterGrid``; nested ones such as ``estimator__max_depth``
        are possible.
    n : int, default=10
        Number of labels to query per round.
    rounds : int, default=10
        Number of queries.
    budget : int, default=None
        Total number of labels, including the initial ones, instead of `rounds`.
    initial : {"balanced", "random"} or array-like of int, default="balanced"
        Initial labels; see `active_learning_curve`.
    n_initial : int, default=None
        Number of initial labels; by default two per class, or `n` at random.
    cv : int, splitter or iterable of (train, test), default=10
        Training and test sets, as in scikit-learn; with `X_test` the number of
        repetitions. With ten, the sign-flip test of `compare_curves` can find
        significant differences at .05 in up to 25 comparisons; with five, in none.
    scoring : str, callable, list or dict, default=None
        One or several scorers, or names known to `skactive.metrics.get_scorer`; the
        model's own ``score`` by default.
    rank_by : {"area", "final"}, default="area"
        Criterion to rank curves by: their normalized area, which is the mean score
        over the run, or the score of the last round.
    refit : str, default=None
        Name of the scorer to rank by if there are several; the first by default.
        Nothing is refitted.
    n_candidates : int, default=None
        Size of the random subset of the pool that each query sees; all by default.
    warm_start : bool, default=False
        Whether the fit of a round starts from the model of the round before.
    callbacks : callable or list of callables, default=None
        Called after every round with a record of it; see `active_learning_curve`.
    n_jobs : int, default=None
        Number of strategies and splits to process in parallel.
    checkpoint : str or path, default=None
        Folder in which finished rounds are stored; see `active_learning_curve`.
    error_score : "raise" or float, default=nan
        Score of a strategy on a split where it fails, with a warning. "raise" lets
        the error end the search. Errors of the checkpoint always do.
    verbose : int, default=0
        Whether to show a progress bar over the rounds.
    random_state : int, RandomState or None, default=None
        Seed of the experiment.
    stopping : StoppingCriterion or dict of str to StoppingCriterion, default=None
        Criteria that monitor every run without ending it; see `active_learning_curve`.
    stop_set_size : int, default=1000
        Size of the stop set; see `active_learning_curve`.

    Attributes
    ----------
    cv_results_ : dict of str to array or list
        Results as a table, for example for ``pandas.DataFrame``. Its columns are
        ``strategy`` (names), ``params`` and ``param_*`` (of the grid),
        ``split{i}_test_score``, ``mean_test_score``, ``std_test_score`` and
        ``rank_test_score`` (for several scorers with their names instead of
        ``score``), and ``mean_`` and ``std_``, over splits, of the seconds taken by all
        rounds: ``fit_time``, ``query_time``, and its parts ``draw_time`` and
        ``select_time``.
    curves_ : dict of str to LearningCurve
        Learning curves by name of the strategy.
    stopping_results_ : dict of str to array
        With `stopping`, a table with one row per ``strategy``, ``criterion`` and
        ``split``. Its columns are ``stopped`` (if False, the others are those at the
        end), ``round``, ``n_labels``, ``labels_saved``, ``share_saved`` (of all
        labels), ``test_score``, and ``lost_score`` (the final score minus that).
    best_index_ : int
        Index of the best strategy in ``cv_results_``.
    best_strategy_ : QueryStrategy
        The best strategy, not fitted.
    best_name_ : str
        Name of the best strategy.
    best_params_ : dict
        Its parameters set by the grid; empty without a grid.
    best_score_ : float
        Its mean area, or final score, over splits.
    scorer_names_ : list of str
        Names of the scorers.
    n_splits_ : int
        Number of splits.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import BALD, RandomSampling
    >>> from skactive.model_selection import StrategySearchCV
    >>> X, y = load_iris(return_X_y=True)
    >>> forest = RandomForestClassifier(n_estimators=10, min_samples_leaf=2)
    >>> search = StrategySearchCV(
    ...     {"BALD": BALD(forest), "at random": RandomSampling(forest)},
    ...     n=5, rounds=2, cv=3, random_state=0,
    ... )
    >>> search = search.fit(X, y)
    >>> search.curves_["BALD"].scores["score"].shape  # splits, rounds
    (3, 3)
    >>> len(search.cv_results_["mean_test_score"])
    2

    One strategy with values to try:

    >>> search = StrategySearchCV(
    ...     BALD(forest), param_grid={"estimator__max_depth": [2, None]},
    ...     n=5, rounds=2, cv=3, random_state=0,
    ... )
    >>> list(search.fit(X, y).curves_)
    ['estimator__max_depth=2', 'estimator__max_depth=None']
    """

    _parameter_constraints = CONSTRAINTS

    def __init__(
        self,
        strategies: Any,
        *,
        param_grid: dict | list | None = None,
        n: int = 10,
        rounds: int = 10,
        budget: int | None = None,
        initial: str | ArrayLike = "balanced",
        n_initial: int | None = None,
        cv: Any = 10,
        scoring: Any = None,
        rank_by: str = "area",
        refit: str | None = None,
        n_candidates: int | None = None,
        warm_start: bool = False,
        callbacks: Callable | Sequence[Callable] | None = None,
        n_jobs: int | None = None,
        checkpoint: str | os.PathLike | None = None,
        error_score: float | str = np.nan,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = None,
        stopping: StoppingCriterion | Mapping[str, StoppingCriterion] | None = None,
        stop_set_size: int = 1000,
    ) -> None:
        self.strategies = strategies
        self.param_grid = param_grid
        self.n = n
        self.rounds = rounds
        self.budget = budget
        self.initial = initial
        self.n_initial = n_initial
        self.cv = cv
        self.scoring = scoring
        self.rank_by = rank_by
        self.refit = refit
        self.n_candidates = n_candidates
        self.warm_start = warm_start
        self.callbacks = callbacks
        self.n_jobs = n_jobs
        self.checkpoint = checkpoint
        self.error_score = error_score
        self.verbose = verbose
        self.random_state = random_state
        self.stopping = stopping
        self.stop_set_size = stop_set_size

    def fit(
        self,
        X: Any,
        y: ArrayLike,
        *,
        X_test: Any = None,
        y_test: Any = None,
        groups: ArrayLike | None = None,
        **fit_params: Any,
    ) -> Self:
        """Run every strategy on every split, and rank them.

        Parameters
        ----------
        X : array-like of n points
            All points, in any container that the models accept.
        y : array-like of shape (n,)
            Labels or target values of the points. A strategy sees those it has queried.
        X_test, y_test : array-likes, default=None
            A fixed test set for all repetitions; all rows of X may then be labelled.
        groups : array-like of shape (n,), default=None
            Groups of the points, for a splitter such as ``GroupKFold``.
        **fit_params : dict
            Passed to every ``fit``, such as ``sample_weight``; indexed if per point.

        Returns
        -------
        self : object
            The search, with its results.

        Raises
        ------
        ValueError, TypeError
            If an option is invalid, the pool too small, the checkpoint that of another
            experiment, or every run has failed.
        OSError
            If the checkpoint cannot be read or written.
        """
        self._validate_params()
        strategies, params = candidates(self.strategies, self.param_grid)
        experiment, runs = run_experiment(
            strategies,
            Data(X, y, X_test, y_test, groups, fit_params),
            Settings.among(self.get_params(deep=False)),
            checkpoint=self.checkpoint,
            n_jobs=self.n_jobs,
            verbose=self.verbose,
            title=type(self).__name__,
            error_score=self.error_score,
        )
        tell_failures(runs, self.error_score)
        self.n_splits_ = len(experiment.splits)
        self.scorer_names_ = score_names(runs)
        shared = self.scorer_names_, experiment.n_labels, self.error_score
        self.curves_ = {name: join_runs(r, *shared) for name, r in runs.items()}
        if experiment.stopping:
            self.stopping_results_ = stopping_table(self.curves_)
        self._rank(runs, params)
        self.best_strategy_ = clone(strategies[self.best_name_])
        return self

    def _rank(self, runs, params):
        """Set ``cv_results_`` and the attributes of the best strategy."""
        best_by = self.scorer_names_[0] if self.refit is None else self.refit
        if best_by not in self.scorer_names_:
            raise ValueError(f"refit={best_by!r} is not one of {self.scorer_names_}")
        failed = np.array([[run.error is not None for run in r] for r in runs.values()])
        self.cv_results_ = results = results_table(
            self.curves_, params, self.rank_by, failed, self.error_score
        )
        self.best_index_ = int(results[f"rank_test_{best_by}"].argmin())
        self.best_score_ = float(results[f"mean_test_{best_by}"][self.best_index_])
        self.best_name_ = results["strategy"][self.best_index_]
        self.best_params_ = params[self.best_index_]

    def to_frame(self) -> Any:
        """Convert all curves to one long data frame; requires pandas.

        Returns
        -------
        pandas.DataFrame
            One row per strategy, split and round, with the name of the strategy and the
            columns of `LearningCurve.to_frame`.
        """
        check_is_fitted(self)
        return long_table(self.curves_)

    def __sklearn_tags__(self):
        """Tags: y is required; sparse and NaN inputs as far as all strategies allow."""
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.no_validation = True  # left to the models
        inputs = input_tags(self.strategies)
        tags.input_tags.sparse = bool(inputs) and all(i.sparse for i in inputs)
        tags.input_tags.allow_nan = bool(inputs) and all(i.allow_nan for i in inputs)
        return tags
