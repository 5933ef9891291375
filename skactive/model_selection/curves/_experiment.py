"""Experiment: run several strategies under the same conditions; layer 6."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import is_classifier, is_regressor
from sklearn.metrics import check_scoring

from skactive._utils.scikit_learn import take_rows
from skactive.metrics._posterior_scorer import shared_draws
from skactive.metrics._scorers import named_scorers
from skactive.model_selection.curves._rounds import Round, learning_rounds
from skactive.model_selection.curves._settings import Data, Settings
from skactive.model_selection.curves._splits import Split, batch_sizes, make_splits
from skactive.model_selection.curves._stopping import check_stopping
from skactive.model_selection.curves._warm_start import check_warm_start
from skactive.samplers._seeds import global_seed
from skactive.stopping import StoppingCriterion

__all__ = ["Experiment", "make_experiment", "play"]

SCORING = 1  # separates the seed of scoring from that of the round


class Experiment(NamedTuple):
    """Everything that is the same for all strategies.

    Parameters
    ----------
    data : Data
        Points and labels.
    splits : list of Split
        Training set, test set and initial labels of each repetition.
    batches : tuple of int
        Number of labels to query in each round.
    scorers : dict of str to callable
        Scorers of each strategy by its name.
    n_candidates : int or None
        Size of the random subset of the pool that is passed to a query.
    warm_start : bool
        Whether a fit starts from the model of the round before.
    callbacks : tuple of callable
        Functions called with each finished Round.
    stopping : dict of str to StoppingCriterion
        Criteria that monitor each run, by name.
    stop_set_size : int
        Size of the stop set, whose predictions they look at.
    seed : int
        Seed of the experiment.
    """

    # the settings themselves are not included, as `cv` may be a generator, which cannot
    # be pickled
    data: Data
    splits: list[Split]
    batches: tuple[int, ...]
    scorers: dict[str, Callable]
    n_candidates: int | None
    warm_start: bool
    callbacks: tuple[Callable, ...]
    stopping: dict[str, StoppingCriterion]
    stop_set_size: int
    seed: int

    @property
    def n_labels(self) -> np.ndarray:
        """Number of labels in each round."""
        return len(self.splits[0].initial) + np.cumsum([0, *self.batches])


def make_experiment(
    strategies: Mapping[str, Any],
    data: Data,
    settings: Settings,
    draw_seed: Callable[[Any], int],
) -> Experiment:
    """Check all arguments before the work begins, and make the splits.

    Parameters
    ----------
    strategies : dict of str to QueryStrategy
        Strategies by name.
    data : Data
        Data as passed by the user.
    settings : Settings
        Settings as passed by the user.
    draw_seed : callable
        Makes the seed from ``settings.random_state``; called after all checks.

    Returns
    -------
    Experiment
        The argument of `play`.
    """
    settings.check()
    stopping = check_stopping(settings.stopping), settings.stop_set_size
    for strategy in strategies.values():
        _check_strategy(strategy, settings)
    data = data.checked()
    classifier = any(is_classifier(s) for s in strategies.values())
    if classifier:
        data.check_one_label()
    scorers = _scorers(strategies, settings.scoring)
    seed = draw_seed(settings.random_state)
    splits = make_splits(data, settings, classifier=classifier, seed=seed)
    n_initial = len(splits[0].initial)
    batches = batch_sizes(n_initial, settings.n, settings.rounds, settings.budget)
    options = settings.n_candidates, settings.warm_start, settings.all_callbacks
    return Experiment(data, splits, batches, scorers, *options, *stopping, seed)


def _scorers(strategies, scoring):
    scoring = named_scorers(scoring)
    return {name: check_scoring(s, scoring) for name, s in strategies.items()}


def _check_strategy(strategy, settings):
    name, initial = type(strategy).__name__, settings.initial
    if not hasattr(strategy, "query"):
        raise TypeError(f"{name} is not a query strategy: it has no method 'query'")
    balanced = isinstance(initial, str) and initial == "balanced"
    if balanced and is_regressor(strategy):
        raise ValueError(
            f"initial='balanced' needs classes, but the model of {name} is a "
            "regressor; use initial='random', or pass the initial rows"
        )
    if settings.warm_start:
        check_warm_start(strategy)


def play(
    experiment: Experiment,
    name: str,
    strategy: Any,
    split: Split,
    done: Sequence[Round] = (),
    replay: bool = False,
) -> Iterator[Round]:
    """Run a strategy on a split, and yield each round once it is fitted and scored.

    Parameters
    ----------
    experiment : Experiment
        What all strategies have in common.
    name : str
        Name of the strategy.
    strategy : QueryStrategy
        The strategy.
    split : Split
        Training set, test set and initial labels.
    done : sequence of Round, default=()
        First rounds, if they were finished before; they are not yielded again.
    replay : bool, default=False
        Whether to refit and yield them as well, without scoring them again.

    Yields
    ------
    Round
        A round with the fitted strategy, its name and the scores.
    """
    data = experiment.data
    X_test, y_test = data.X_test, data.y_test
    if split.test is not None:
        X_test, y_test = take_rows(data.X, split.test), take_rows(data.y, split.test)
    for round_ in learning_rounds(
        strategy,
        data,
        split,
        experiment.batches,
        n_candidates=experiment.n_candidates,
        warm_start=experiment.warm_start,
        done=done,
        replay=replay,
    ):
        if round_.number < len(done):
            yield round_
            continue
        # nets and scorers may draw from global generators: seed these by split and
        # round, so that scores depend on nothing else, and restore them
        seed = int(split.chance(round_.number, SCORING).integers(2**31 - 1))
        with global_seed(seed), shared_draws(seed):
            scores = experiment.scorers[name](round_.strategy, X_test, y_test)
        yield round_._replace(name=name, scores=_by_name(scores))


def _by_name(scores):
    scores = scores if isinstance(scores, dict) else {"score": scores}
    return {name: _number(name, score) for name, score in scores.items()}


def _number(name, score):
    try:
        return float(score)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"scoring returned {score!r} for {name!r}, which is not a number"
        ) from error
