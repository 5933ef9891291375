"""Several strategies put to one test, split by split and round by round; layer 5."""

import traceback
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import is_classifier, is_regressor
from sklearn.metrics import check_scoring
from sklearn.utils import check_scalar, indexable

from skactive._utils.scikit_learn import take_rows
from skactive.metrics._scorers import named_scorers
from skactive.model_selection.curves._rounds import learning_rounds, seeded
from skactive.model_selection.curves._splits import batch_sizes, draw_seed, make_splits
from skactive.model_selection.curves._warm_start import check_warm_start
from skactive.model_selection.search._checkpoint import Checkpoint
from skactive.model_selection.search._fingerprint import (
    describe,
    describe_parameters,
    digest,
)
from skactive.model_selection.search._progress import progress_bar, report_round

__all__ = ["Experiment", "Run", "make_experiment", "run_experiment"]


class Experiment(NamedTuple):
    """All that is the same for every strategy.

    Parameters
    ----------
    X, y : array-likes of n points
        All points, and their labels or values.
    X_test, y_test : array-likes or None
        A test set for all splits; None where splits have their own.
    splits : list of Split
        Where each repetition starts.
    batches : tuple of int
        How many labels to ask for in each round.
    scorers : dict of str to callable
        What scores each strategy.
    n_candidates : int or None
        Size of the random part of the pool that a query looks at.
    warm_start : bool
        Whether a model goes on from that of the round before.
    callbacks : tuple of callable
        Called with each finished Round.
    checkpoint : Checkpoint or None
        Where finished rounds are stored.
    """

    X: Any
    y: Any
    X_test: Any
    y_test: Any
    splits: list
    batches: tuple
    scorers: dict
    n_candidates: Any
    warm_start: bool
    callbacks: tuple
    checkpoint: Any

    @property
    def n_labels(self):
        """Number of labels in each round."""
        return len(self.splits[0].initial) + np.cumsum([0, *self.batches])


class Run(NamedTuple):
    """What came of a strategy in one split.

    Parameters
    ----------
    rounds : list of Round
        Those finished, without the fitted strategies.
    error : str or None
        The traceback of what ended it early.
    """

    rounds: list
    error: Any


def make_experiment(
    strategies,
    X,
    y,
    *,
    n,
    rounds,
    budget,
    initial,
    n_initial,
    cv,
    X_test,
    y_test,
    scoring,
    n_candidates,
    warm_start,
    callbacks,
    checkpoint,
    random_state,
):
    """Check all that can be checked before the work; see `active_learning_curve`.

    Parameters
    ----------
    strategies : dict of str to QueryStrategy
        The strategies by name.
    X, y : array-likes of n points
        All points, and their labels or values.
    n, rounds, budget, initial, n_initial, cv, X_test, y_test, scoring : object
        As in `active_learning_curve`.
    n_candidates, warm_start, callbacks, checkpoint, random_state : object
        As in `active_learning_curve`.

    Returns
    -------
    Experiment
        What `run_experiment` takes.
    """
    check_scalar(n, "n", Integral, min_val=1)
    check_scalar(rounds, "rounds", Integral, min_val=0)
    if budget is not None:
        check_scalar(budget, "budget", Integral, min_val=1)
    if n_candidates is not None:
        check_scalar(n_candidates, "n_candidates", Integral, min_val=n)
    for strategy in strategies.values():
        _check_strategy(strategy, initial)
        if warm_start:
            check_warm_start(strategy)
    X, y = indexable(X, y)  # sparse matrices become such as have rows
    X_test, y_test = indexable(X_test, y_test)
    given_scoring, scoring = scoring, named_scorers(scoring)
    scorers = {name: check_scoring(s, scoring) for name, s in strategies.items()}
    store = None if checkpoint is None else Checkpoint(checkpoint)
    seed = draw_seed(random_state) if store is None else store.seed(random_state)
    splits = make_splits(
        X,
        y,
        cv=cv,
        fixed_test=_has_test_set(X_test, y_test),
        classifier=any(is_classifier(s) for s in strategies.values()),
        initial=initial,
        n_initial=n_initial,
        n=n,
        rounds=rounds,
        seed=seed,
        budget=budget,
    )
    if store is not None:
        given = {
            "X": X,
            "y": y,
            "X_test": X_test,
            "y_test": y_test,
            "n": int(n),
            "scoring": given_scoring,
            "n_candidates": n_candidates,
            "warm_start": bool(warm_start),
            "random_state": seed,
        }
        store.enter(_facts(given, strategies, splits))
    return Experiment(
        X,
        y,
        X_test,
        y_test,
        splits,
        batch_sizes(len(splits[0].initial), n, rounds, budget),
        scorers,
        n_candidates,
        warm_start,
        _as_tuple(callbacks),
        store,
    )


def _facts(given, strategies, splits):
    """All that finished rounds depend on, in words, for `Checkpoint.enter`."""
    described = {name: describe(value) for name, value in given.items()}
    facts = {("experiment", ""): described}
    for name, strategy in strategies.items():
        same_seed = seeded(strategy, np.random.default_rng(0))  # its own is replaced
        facts["strategy", name] = describe_parameters(same_seed)
    for split in splits:
        rows = {"training": split.train, "test": split.test, "initial": split.initial}
        facts["split", str(split.number)] = {
            f"digest of its {which} rows": digest(part) for which, part in rows.items()
        }
    return facts


def _check_strategy(strategy, initial):
    name = type(strategy).__name__
    if not hasattr(strategy, "query"):
        raise TypeError(f"{name} is no query strategy: it has no method 'query'")
    balanced = isinstance(initial, str) and initial == "balanced"
    if balanced and is_regressor(strategy):
        raise ValueError(
            f"initial='balanced' needs classes, and the model of {name} is a "
            "regressor: use initial='random', or name the rows"
        )


def _has_test_set(X_test, y_test):
    if (X_test is None) != (y_test is None):
        raise ValueError("give X_test and y_test together, or neither of them")
    return X_test is not None


def _as_tuple(callbacks):
    if callbacks is None:
        return ()
    callbacks = (callbacks,) if callable(callbacks) else tuple(callbacks)
    for callback in callbacks:
        if not callable(callback):
            raise TypeError(f"a callback must be callable, and {callback!r} is not")
    return callbacks


def run_experiment(
    experiment, strategies, *, n_jobs, verbose, title, error_score="raise"
):
    """Run every strategy in every split, several at the same time.

    Parameters
    ----------
    experiment : Experiment
        What they share.
    strategies : dict of str to QueryStrategy
        The strategies by name.
    n_jobs : int or None
        Number of runs at the same time.
    verbose : int
        Whether to show a progress bar over the rounds.
    title : str
        What stands before it.
    error_score : "raise" or float, default="raise"
        Whether an error ends all, or only its run.

    Returns
    -------
    dict of str to list of Run
        The runs of each strategy, split by split.
    """
    jobs = [(name, split) for name in strategies for split in experiment.splits]
    done = [_stored_rounds(experiment, *job) for job in jobs]
    total, n_done = len(jobs) * len(experiment.n_labels), sum(map(len, done))
    with progress_bar(title, total, done=n_done, shown=bool(verbose)) as progress:
        # torch wants arrays that it may write to: large ones are mapped copy-on-write
        runs = Parallel(n_jobs=n_jobs, mmap_mode="c")(
            delayed(_run)(
                experiment,
                name,
                strategies[name],
                split,
                rounds,
                progress,
                error_score,
            )
            for (name, split), rounds in zip(jobs, done, strict=True)
        )
    n_splits = len(experiment.splits)
    return {
        name: runs[i * n_splits : (i + 1) * n_splits]
        for i, name in enumerate(strategies)
    }


def _stored_rounds(experiment, name, split):
    if experiment.checkpoint is None:
        return []
    return experiment.checkpoint.load(name, split, experiment.n_labels)


def _run(experiment, name, strategy, split, done, progress, error_score):
    """One strategy in one split, after the rounds that are done."""
    rounds = list(done)
    if len(rounds) == len(experiment.n_labels):
        return Run(rounds, None)
    try:
        for round_ in _rounds(experiment, name, strategy, split, done):
            if experiment.checkpoint is not None:
                start = len(rounds[-1].labelled) if rounds else len(round_.labelled)
                experiment.checkpoint.save(round_, round_.labelled[start:])
            rounds.append(round_._replace(strategy=None))  # fitted models may be large
            report_round(progress)
            for callback in experiment.callbacks:
                callback(round_)
    except Exception:
        if error_score == "raise":
            raise
        return Run(rounds, traceback.format_exc())
    return Run(rounds, None)


def _rounds(experiment, name, strategy, split, done):
    """Yield rounds as they are finished: fitted and scored."""
    X, y, X_test, y_test = experiment[:4]
    if split.test is not None:
        X_test, y_test = take_rows(X, split.test), take_rows(y, split.test)
    for round_ in learning_rounds(
        strategy,
        X,
        y,
        split,
        experiment.batches,
        n_candidates=experiment.n_candidates,
        warm_start=experiment.warm_start,
        done=done,
    ):
        scores = experiment.scorers[name](round_.strategy, X_test, y_test)
        scores = scores if isinstance(scores, dict) else {"score": scores}
        scores = {name: float(score) for name, score in scores.items()}
        yield round_._replace(name=name, scores=scores)
