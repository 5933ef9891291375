"""Run strategies on splits, in parallel and with checkpoints; layer 6."""

import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any

from joblib import Parallel, delayed

from skactive.model_selection.curves._experiment import (
    Experiment,
    make_experiment,
    play,
)
from skactive.model_selection.curves._rounds import Round, Run
from skactive.model_selection.curves._settings import Data, Settings
from skactive.model_selection.curves._splits import Split
from skactive.model_selection.curves._stopping import Watch
from skactive.model_selection.search._checkpoint import Checkpoint, NoCheckpoint
from skactive.model_selection.search._facts import facts_of
from skactive.model_selection.search._progress import progress_bar, report_round

__all__ = ["run_experiment", "score_names"]


def run_experiment(
    strategies: Mapping[str, Any],
    data: Data,
    settings: Settings,
    *,
    checkpoint: Any = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    title: str = "",
    error_score: Any = "raise",
) -> tuple[Experiment, dict[str, list[Run]]]:
    """Check an experiment and run it, except for rounds that are stored already.

    Parameters
    ----------
    strategies : dict of str to QueryStrategy
        Strategies by name.
    data : Data
        Points and labels.
    settings : Settings
        Settings of the experiment.
    checkpoint : str or path, default=None
        Folder in which finished rounds are stored.
    n_jobs : int, default=None
        Number of runs in parallel.
    verbose : int, default=0
        Whether to show a progress bar over the rounds.
    title : str, default=""
        Text before the bar.
    error_score : "raise" or float, default="raise"
        Whether an error ends the experiment, or is recorded for its run.

    Returns
    -------
    experiment : Experiment
        What all strategies have in common.
    runs : dict of str to list of Run
        Runs of each strategy, one per split.
    """
    store = NoCheckpoint() if checkpoint is None else Checkpoint(checkpoint)
    experiment = make_experiment(strategies, data, settings, store.seed)
    if checkpoint is not None:  # facts need a pass over all data
        store.enter(facts_of(experiment, strategies, settings))
    jobs = [(name, split) for name in strategies for split in experiment.splits]
    done = [store.load(*job, experiment.n_labels) for job in jobs]
    total, n_done = len(jobs) * len(experiment.n_labels), sum(map(len, done))
    with progress_bar(title, total, done=n_done, shown=bool(verbose)) as progress:
        # torch warns about read-only arrays, so large ones are mapped copy-on-write
        run = partial(_run, experiment, store, progress, error_score)
        runs = Parallel(n_jobs=n_jobs, mmap_mode="c")(
            delayed(run)(name, strategies[name], split, rounds)
            for (name, split), rounds in zip(jobs, done, strict=True)
        )
    n = len(experiment.splits)
    return experiment, {
        name: runs[i * n : (i + 1) * n] for i, name in enumerate(strategies)
    }


def _run(
    experiment: Experiment,
    store: Checkpoint | NoCheckpoint,
    progress: str | None,
    error_score: Any,
    name: str,
    strategy: Any,
    split: Split,
    done: Sequence[Round],
) -> Run:
    """Run a strategy on a split, after the rounds that are done."""
    rounds: list[Round] = []
    error = None
    options = experiment.stopping, experiment.stop_set_size
    watch = Watch(*options, experiment.data, split)
    playing = play(experiment, name, strategy, split, done, replay=watch.needs_model)
    if not watch.needs_model:
        playing = chain(done, playing)
    while error is None and len(rounds) < len(experiment.n_labels):
        round_, error = _attempt(error_score, next, playing)
        if error is not None:
            break
        is_new = len(rounds) >= len(done)
        if is_new:
            # an error in storing is not one of the strategy: it ends the search
            n_before = len(rounds[-1].labelled) if rounds else len(round_.labelled)
            store.save(round_, round_.labelled[n_before:])
            report_round(progress)
        rounds.append(round_._replace(strategy=None))  # models may be large
        _, error = _attempt(error_score, watch.look, round_)
        if is_new and error is None:
            error = _tell(experiment.callbacks, round_, error_score)
    return Run(rounds, error, watch.criteria)


def _attempt(error_score, function: Callable, *args) -> tuple[Any, str | None]:
    """Call a function; return its value, and the traceback if it failed."""
    try:
        return function(*args), None
    except Exception:
        if error_score == "raise":
            raise
        return None, traceback.format_exc()


def _tell(callbacks, round_, error_score):
    """Call all callbacks, each with its own copy of the round's arrays."""
    error = None
    for callback in callbacks:
        if error is None:
            copy = round_._replace(
                labelled=round_.labelled.copy(), scores=dict(round_.scores)
            )
            _, error = _attempt(error_score, callback, copy)
    return error


def score_names(runs: Mapping[str, Sequence[Run]]) -> list[str]:
    """Names of the scores, taken from any finished round."""
    every = (run for of_name in runs.values() for run in of_name)
    return list(next(run.rounds[0].scores for run in every if run.rounds))
