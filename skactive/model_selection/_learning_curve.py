"""How a model improves as a strategy asks for labels; layer 5."""

from dataclasses import dataclass
from itertools import islice
from numbers import Integral

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import is_classifier, is_regressor
from sklearn.metrics import check_scoring
from sklearn.utils import check_consistent_length, check_random_state, check_scalar
from tqdm.auto import tqdm

from skactive._sklearn import take_rows
from skactive.model_selection._rounds import learning_rounds
from skactive.model_selection._splits import make_splits

__all__ = ["LearningCurve", "active_learning_curve"]


@dataclass(frozen=True)
class LearningCurve:
    """What a strategy reached with how many labels; see `active_learning_curve`.

    Parameters
    ----------
    n_labels : ndarray of shape (rounds + 1,)
        Number of labels in each round; the first is that of the initial ones.
    scores : dict of str to ndarray of shape (n_splits, rounds + 1)
        Test scores, by the name of the scorer ("score" for a single one).
    indices : ndarray of shape (n_splits, n_labels[-1])
        Rows of X in the order in which they were labelled: round t of split i was
        trained on ``X[indices[i, :n_labels[t]]]``.
    fit_time : ndarray of shape (n_splits, rounds + 1)
        Seconds each fit took.
    query_time : ndarray of shape (n_splits, rounds + 1)
        Seconds that asking for a round's labels took; NaN in the first.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.model_selection import LearningCurve
    >>> curve = LearningCurve(
    ...     n_labels=np.array([2, 4]),
    ...     scores={"accuracy": np.array([[0.5, 0.75]])},
    ...     indices=np.array([[3, 0, 7, 1]]),
    ...     fit_time=np.array([[0.1, 0.1]]),
    ...     query_time=np.array([[np.nan, 0.2]]),
    ... )
    >>> curve.to_frame()
       split  round  n_labels  accuracy  fit_time  query_time
    0      0      0         2      0.50       0.1         NaN
    1      0      1         4      0.75       0.1         0.2
    """

    n_labels: np.ndarray
    scores: dict
    indices: np.ndarray
    fit_time: np.ndarray
    query_time: np.ndarray

    def to_frame(self):
        """Lay the curve out as a table; needs pandas.

        Returns
        -------
        pandas.DataFrame
            One row for each split and round, one column for each scorer.
        """
        import pandas as pd

        n_splits, n_rounds = self.fit_time.shape
        return pd.DataFrame(
            {
                "split": np.repeat(np.arange(n_splits), n_rounds),
                "round": np.tile(np.arange(n_rounds), n_splits),
                "n_labels": np.tile(self.n_labels, n_splits),
                **{name: score.ravel() for name, score in self.scores.items()},
                "fit_time": self.fit_time.ravel(),
                "query_time": self.query_time.ravel(),
            }
        )


def active_learning_curve(
    strategy,
    X,
    y,
    *,
    n=10,
    rounds=10,
    initial="balanced",
    n_initial=None,
    cv=5,
    X_test=None,
    y_test=None,
    scoring=None,
    n_candidates=None,
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
        One scorer or several, as in scikit-learn's ``cross_validate``; the model's own
        ``score`` by default.
    n_candidates : int, default=None
        Size of a random part of the pool, another one in each round, that stands for
        the pool in the query; the whole pool by default.
    n_jobs : int, default=None
        Number of splits to work on at the same time.
    verbose : int, default=0
        Whether to show a progress bar over the splits.
    random_state : int, RandomState or None, default=None
        Source of all chance. Give the same int to compare strategies.

    Returns
    -------
    LearningCurve
        Numbers of labels, scores, chosen rows and times.

    Raises
    ------
    ValueError, TypeError
        If the pool is too small for so many rounds, a class for the initial set, or an
        option is not as described.

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
    _check_options(strategy, n, rounds, n_candidates, initial)
    check_consistent_length(X, y)
    splits = make_splits(
        X,
        y,
        cv=cv,
        fixed_test=_has_test_set(X_test, y_test),
        classifier=is_classifier(strategy),
        initial=initial,
        n_initial=n_initial,
        n=n,
        rounds=rounds,
        seed=_seed(random_state),
    )
    scorer = check_scoring(strategy, scoring)
    # torch wants arrays that it may write to: large ones are mapped copy-on-write
    runs = Parallel(n_jobs=n_jobs, return_as="generator", mmap_mode="c")(
        delayed(_run)(
            strategy, X, y, X_test, y_test, split, n, rounds, n_candidates, scorer
        )
        for split in splits
    )
    bar = tqdm(runs, type(strategy).__name__, len(splits), disable=not verbose)
    return _join(list(bar))


def _check_options(strategy, n, rounds, n_candidates, initial):
    name = type(strategy).__name__
    if not hasattr(strategy, "query"):
        raise TypeError(f"{name} is no query strategy: it has no method 'query'")
    check_scalar(n, "n", Integral, min_val=1)
    check_scalar(rounds, "rounds", Integral, min_val=0)
    if n_candidates is not None:
        check_scalar(n_candidates, "n_candidates", Integral, min_val=n)
    balanced = isinstance(initial, str) and initial == "balanced"
    if balanced and is_regressor(strategy):
        raise ValueError(
            f"initial='balanced' needs classes, and the model of {name} is a "
            "regressor: use initial='random', or name the rows"
        )


def _has_test_set(X_test, y_test):
    if (X_test is None) != (y_test is None):
        raise ValueError("give X_test and y_test together, or neither of them")
    if X_test is None:
        return False
    check_consistent_length(X_test, y_test)
    return True


def _run(strategy, X, y, X_test, y_test, split, n, rounds, n_candidates, scorer):
    """The curve of one split."""
    if split.test is not None:
        X_test, y_test = take_rows(X, split.test), take_rows(y, split.test)
    endless = learning_rounds(strategy, X, y, split, n=n, n_candidates=n_candidates)
    history, scores = [], []
    for round_ in islice(endless, rounds + 1):
        scores.append(_score(scorer, round_.strategy, X_test, y_test))
        history.append(round_._replace(strategy=None))  # fitted models may be large
    return LearningCurve(
        n_labels=np.array([len(round_.labelled) for round_ in history]),
        scores={name: np.array([[s[name] for s in scores]]) for name in scores[0]},
        indices=history[-1].labelled[None],
        fit_time=np.array([[round_.fit_time for round_ in history]]),
        query_time=np.array([[round_.query_time for round_ in history]]),
    )


def _score(scorer, strategy, X_test, y_test):
    score = scorer(strategy, X_test, y_test)
    return score if isinstance(score, dict) else {"score": score}


def _join(curves):
    """One curve of several, split after split."""
    names = curves[0].scores
    return LearningCurve(
        n_labels=curves[0].n_labels,
        scores={
            name: np.concatenate([c.scores[name] for c in curves]) for name in names
        },
        indices=np.concatenate([curve.indices for curve in curves]),
        fit_time=np.concatenate([curve.fit_time for curve in curves]),
        query_time=np.concatenate([curve.query_time for curve in curves]),
    )


def _seed(random_state):
    """The int from which the chance of every round is derived."""
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))
