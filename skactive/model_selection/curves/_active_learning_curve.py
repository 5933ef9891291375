"""How a model improves as a strategy asks for labels; layer 5."""

from skactive.model_selection.curves._learning_curve import join_runs
from skactive.model_selection.search._experiment import make_experiment, run_experiment

__all__ = ["active_learning_curve"]


def active_learning_curve(
    strategy,
    X,
    y,
    *,
    n=10,
    rounds=10,
    budget=None,
    initial="balanced",
    n_initial=None,
    cv=5,
    X_test=None,
    y_test=None,
    scoring=None,
    n_candidates=None,
    warm_start=False,
    callbacks=None,
    checkpoint=None,
    n_jobs=None,
    verbose=0,
    random_state=None,
):
    """Score a strategy after each round of asking for labels that are in fact known.

    In every round the strategy is cloned, fitted from scratch on what is labelled so
    far, scored on the test set, and asked for the next `n` points of the pool. Splits,
    initial points and seeds depend on `random_state` and on no strategy: curves with
    one `random_state` are paired.

    Parameters
    ----------
    strategy : QueryStrategy
        A strategy around a model, or a pipeline that ends in one. Its own
        ``random_state`` is replaced in every round.
    X : array-like of n points
        All points, in whatever container the model accepts.
    y : array-like of shape (n,)
        Their labels or values, which the strategy sees once it has asked for them.
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
        sets, as in scikit-learn. With `X_test` the number of repetitions, each with
        initial points and chance of its own.
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
        Called after every round with a record of it: its ``strategy`` (fitted), rows
        ``labelled``, ``scores``, ``name``, ``split``, ``number``, ``fit_time``,
        ``query_time`` and ``draw_time``. In other processes where `n_jobs` makes some.
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

    Returns
    -------
    LearningCurve
        Numbers of labels, scores, chosen rows and times.

    Raises
    ------
    ValueError, TypeError
        If the pool is too small for so many rounds, a class for the initial set, an
        option is not as described, or the checkpoint is that of another experiment.

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
    name = type(strategy).__name__
    strategies = {name: strategy}
    experiment = make_experiment(
        strategies,
        X,
        y,
        n=n,
        rounds=rounds,
        budget=budget,
        initial=initial,
        n_initial=n_initial,
        cv=cv,
        X_test=X_test,
        y_test=y_test,
        scoring=scoring,
        n_candidates=n_candidates,
        warm_start=warm_start,
        callbacks=callbacks,
        checkpoint=checkpoint,
        random_state=random_state,
    )
    runs = run_experiment(
        experiment, strategies, n_jobs=n_jobs, verbose=verbose, title=name
    )
    return join_runs(runs[name], experiment.n_labels)
