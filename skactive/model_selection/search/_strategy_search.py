"""StrategySearchCV: to strategies what GridSearchCV is to models; layer 5."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import ParameterGrid
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from skactive._utils.scikit_learn import Interval, StrOptions
from skactive.model_selection.curves._learning_curve import join_runs
from skactive.model_selection.search._experiment import make_experiment, run_experiment
from skactive.model_selection.search._results_table import (
    columns_of_params,
    columns_of_scores,
    mean_and_std,
    summary,
    tell_failures,
)

__all__ = ["StrategySearchCV"]


class StrategySearchCV(BaseEstimator):
    """Find the query strategy that learns most from the fewest labels.

    What ``GridSearchCV`` is to models: every strategy, or one strategy with every
    setting of a grid, asks for labels that are in fact known, in every split. All get
    the same splits, initial labels and seeds: their curves are paired. See
    `active_learning_curve` for what happens in a round.

    Parameters
    ----------
    strategies : dict of str to QueryStrategy, or QueryStrategy
        Strategies by name, or the one whose parameters are searched.
    param_grid : dict or list of dict, default=None
        For one strategy: values to try, by the name of the parameter, nested ones such
        as ``estimator__max_depth`` too; as in scikit-learn's ``ParameterGrid``.
    n : int, default=10
        Number of labels to ask for in a round.
    rounds : int, default=10
        How many times to ask.
    budget : int, default=None
        Number of labels to end with, the initial ones included, in place of `rounds`;
        the last batch is what is left.
    initial : {"balanced", "random"} or array-like of int, default="balanced"
        What is labelled from the start: as many points of each class, points at
        random, or the rows of X named.
    n_initial : int, default=None
        Number of initial points; two of each class for "balanced" and `n` for
        "random" by default.
    cv : int, splitter or iterable of (train, test), default=5
        Training sets, from which the initial points and the pool are made, and test
        sets, as in scikit-learn. With `X_test` the number of repetitions.
    scoring : str, callable, list or dict, default=None
        One scorer or several, as in scikit-learn's ``cross_validate``, or names that
        `skactive.metrics.get_scorer` knows, such as "log_likelihood" and "neg_ece";
        the model's own ``score`` by default.
    rank_by : {"area", "final"}, default="area"
        What a curve is ranked by: the area under it, divided by the labels between its
        ends, which is the mean score on the way; or the score in its last round.
    refit : str, default=None
        With several scorers, the one that says which strategy is best; the first by
        default. Nothing is fitted again.
    n_candidates : int, default=None
        Size of a random part of the pool, another one in each round, that stands for
        the pool in the query; the whole pool by default.
    warm_start : bool, default=False
        Whether the model of a round goes on from that of the round before, in place of
        training from scratch.
    callbacks : callable or list of callables, default=None
        Called after every round with a record of it; see `active_learning_curve`.
    n_jobs : int, default=None
        Number of strategies and splits to work on at the same time.
    checkpoint : str or path, default=None
        Folder in which every finished round is stored: what was stopped goes on from
        there, to the results of a run that was not. More rounds, splits and strategies
        may follow; another experiment is refused with a ``ValueError``.
    error_score : "raise" or float, default=nan
        Score of a strategy in a split where it fails, which a warning tells; "raise"
        lets the error end the search.
    verbose : int, default=0
        Whether to show a progress bar over the rounds, with the time left.
    random_state : int, RandomState or None, default=None
        Source of all chance.

    Attributes
    ----------
    cv_results_ : dict of str to array or list
        A column for each of: ``strategy`` (names), ``params``, ``param_*`` of the grid,
        ``split{i}_test_score``, ``mean_test_score``, ``std_test_score``,
        ``rank_test_score`` (with several scorers the name of each in place of
        ``score``), and means and standard deviations over splits of the seconds that
        all rounds took: ``mean_fit_time``, ``mean_query_time``, and its parts
        ``mean_draw_time`` and ``mean_select_time``. Made for ``pandas.DataFrame``.
    curves_ : dict of str to LearningCurve
        The whole curves, by the name of the strategy.
    best_index_ : int
        Place of the best strategy in ``cv_results_``.
    best_strategy_ : QueryStrategy
        The best strategy, not fitted.
    best_name_ : str
        Its name.
    best_params_ : dict
        Its setting in the grid; empty without one.
    best_score_ : float
        Its mean score over splits: the area, or the final score.
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

    One strategy, and values to try:

    >>> search = StrategySearchCV(
    ...     BALD(forest), param_grid={"estimator__max_depth": [2, None]},
    ...     n=5, rounds=2, cv=3, random_state=0,
    ... )
    >>> list(search.fit(X, y).curves_)
    ['estimator__max_depth=2', 'estimator__max_depth=None']
    """

    _parameter_constraints = {
        "strategies": "no_validation",  # so that an error can say what is meant
        "param_grid": [dict, list, None],
        "n": [Interval(Integral, 1, None, closed="left")],
        "rounds": [Interval(Integral, 0, None, closed="left")],
        "budget": [Interval(Integral, 1, None, closed="left"), None],
        "initial": [StrOptions({"balanced", "random"}), "array-like"],
        "n_initial": [Interval(Integral, 1, None, closed="left"), None],
        "cv": "no_validation",  # check_cv looks at it; a number of repetitions may be 1
        "scoring": "no_validation",  # check_scoring does
        "rank_by": [StrOptions({"area", "final"})],
        "refit": [str, None],
        "n_candidates": [Interval(Integral, 1, None, closed="left"), None],
        "warm_start": ["boolean"],
        "callbacks": [callable, list, tuple, None],
        "n_jobs": [Integral, None],
        "checkpoint": "no_validation",
        "error_score": [StrOptions({"raise"}), Real],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        strategies,
        *,
        param_grid=None,
        n=10,
        rounds=10,
        budget=None,
        initial="balanced",
        n_initial=None,
        cv=5,
        scoring=None,
        rank_by="area",
        refit=None,
        n_candidates=None,
        warm_start=False,
        callbacks=None,
        n_jobs=None,
        checkpoint=None,
        error_score=np.nan,
        verbose=0,
        random_state=None,
    ):
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

    def fit(self, X, y, *, X_test=None, y_test=None):
        """Run every strategy in every split, and rank them.

        Parameters
        ----------
        X : array-like of n points
            All points, in whatever container the models accept.
        y : array-like of shape (n,)
            Their labels or values, which a strategy sees once it has asked for them.
        X_test, y_test : array-likes, default=None
            One test set for all repetitions; all of X may then be labelled.

        Returns
        -------
        self : object
            With the results.

        Raises
        ------
        ValueError, TypeError
            If an option is not as described, the pool too small for so many rounds, the
            checkpoint that of another experiment, or no run came to its end.
        """
        self._validate_params()
        strategies, params = _candidates(self.strategies, self.param_grid)
        experiment = make_experiment(
            strategies,
            X,
            y,
            n=self.n,
            rounds=self.rounds,
            budget=self.budget,
            initial=self.initial,
            n_initial=self.n_initial,
            cv=self.cv,
            X_test=X_test,
            y_test=y_test,
            scoring=self.scoring,
            n_candidates=self.n_candidates,
            warm_start=self.warm_start,
            callbacks=self.callbacks,
            checkpoint=self.checkpoint,
            random_state=self.random_state,
        )
        runs = run_experiment(
            experiment,
            strategies,
            n_jobs=self.n_jobs,
            verbose=self.verbose,
            title=type(self).__name__,
            error_score=self.error_score,
        )
        tell_failures(runs, self.error_score)
        self.n_splits_ = len(experiment.splits)
        self.curves_ = {
            name: join_runs(of_name, experiment.n_labels, self.error_score)
            for name, of_name in runs.items()
        }
        self._rank(runs, params)
        self.best_strategy_ = clone(strategies[self.best_name_])
        return self

    def _rank(self, runs, params):
        """Set ``cv_results_``, and what is best."""
        curves = list(self.curves_.values())
        self.scorer_names_ = list(curves[0].scores)
        best_by = self.scorer_names_[0] if self.refit is None else self.refit
        if best_by not in self.scorer_names_:
            raise ValueError(f"refit={best_by!r} is none of {self.scorer_names_}")
        failed = np.array([[run.error is not None for run in r] for r in runs.values()])
        self.cv_results_ = {"strategy": np.array(list(runs), dtype=object)}
        self.cv_results_ |= columns_of_params(params)
        for name in self.scorer_names_:
            scores = np.stack([summary(c, name, self.rank_by) for c in curves])
            if failed.any():
                scores[failed] = self.error_score
            self.cv_results_ |= columns_of_scores(f"test_{name}", scores)
        for part in ("fit_time", "query_time", "draw_time", "select_time"):
            times = np.stack([np.nansum(getattr(c, part), axis=1) for c in curves])
            self.cv_results_ |= mean_and_std(part, times)
        self.best_index_ = int(self.cv_results_[f"rank_test_{best_by}"].argmin())
        self.best_score_ = float(
            self.cv_results_[f"mean_test_{best_by}"][self.best_index_]
        )
        self.best_name_ = self.cv_results_["strategy"][self.best_index_]
        self.best_params_ = params[self.best_index_]

    def to_frame(self):
        """Lay out all curves as one long table; needs pandas.

        Returns
        -------
        pandas.DataFrame
            One row for each strategy, split and round: the name of the strategy, and
            the columns of `LearningCurve.to_frame`.
        """
        check_is_fitted(self)
        import pandas as pd

        frames = []
        for name, curve in self.curves_.items():
            frame = curve.to_frame()
            frame.insert(0, "strategy", name)
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)

    def __sklearn_tags__(self):
        """Tags: labels are needed, and sparse points if no strategy refuses them."""
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.no_validation = True  # the models look at the points
        one = self.strategies
        strategies = one.values() if isinstance(one, dict) else [one]
        # tags are asked for before the parameters are checked
        inputs = [get_tags(s).input_tags for s in strategies if hasattr(s, "fit")]
        tags.input_tags.sparse = bool(inputs) and all(i.sparse for i in inputs)
        tags.input_tags.allow_nan = bool(inputs) and all(i.allow_nan for i in inputs)
        return tags


def _candidates(strategies, param_grid):
    """Strategies by name, and the setting of each in the grid."""
    if isinstance(strategies, dict):
        if param_grid is not None:
            raise ValueError("param_grid is for one strategy, and strategies are many")
        if not strategies:
            raise ValueError("strategies is empty: there is nothing to compare")
        return dict(strategies), [{} for _ in strategies]
    if not hasattr(strategies, "get_params"):
        raise TypeError(
            "strategies must be a dictionary of strategies by name, or one strategy, "
            f"not {strategies!r}"
        )
    params = list(ParameterGrid({} if param_grid is None else param_grid))
    named = {}
    for setting in params:
        # values that are estimators are cloned: none is shared by two candidates
        values = {name: clone(value, safe=False) for name, value in setting.items()}
        name = _name(setting) or type(strategies).__name__
        if name in named:
            raise ValueError(f"param_grid has the setting {name} twice")
        named[name] = clone(strategies).set_params(**values)
    return named, params


def _name(setting):
    texts = (f"{name}={value!r}" for name, value in setting.items())
    return " ".join(", ".join(texts).split())
