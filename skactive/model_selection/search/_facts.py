"""Facts: a description of all that finished rounds depend on; layer 6."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from skactive.model_selection.curves._experiment import Experiment
from skactive.model_selection.curves._rounds import seeded
from skactive.model_selection.curves._settings import Settings
from skactive.model_selection.search._fingerprint import (
    describe,
    describe_parameters,
    digest,
)

__all__ = ["Facts", "facts_of"]

Facts = dict[tuple[str, str], dict[str, str]]


def facts_of(
    experiment: Experiment, strategies: Mapping[str, Any], settings: Settings
) -> Facts:
    """Describe an experiment, for `Checkpoint.enter`.

    Parameters
    ----------
    experiment : Experiment
        What all strategies have in common.
    strategies : dict of str to QueryStrategy
        Strategies by name.
    settings : Settings
        Settings as passed by the user.

    Returns
    -------
    dict of (kind, owner) to dict of str to str
        Facts of the kinds "experiment", "strategy" and "split".
    """
    facts: Facts = {("experiment", ""): _of_experiment(experiment, settings)}
    for name, strategy in strategies.items():
        # with a fixed seed, as rounds replace the strategy's own
        same_seed = seeded(strategy, np.random.default_rng(0))
        facts["strategy", name] = describe_parameters(same_seed)
    for split in experiment.splits:
        rows = {"training": split.train, "test": split.test, "initial": split.initial}
        facts["split", str(split.number)] = {
            f"digest of its {which} rows": digest(part) for which, part in rows.items()
        }
    return facts


def _of_experiment(experiment, settings):
    """Describe what must not change; rounds, splits and strategies may be added."""
    data = experiment.data
    given = {
        "X": data.X,
        "y": data.y,
        "X_test": data.X_test,
        "y_test": data.y_test,
        "n": int(settings.n),
        "scoring": settings.scoring,
        "n_candidates": settings.n_candidates,
        "warm_start": bool(settings.warm_start),
        "random_state": experiment.seed,
        **{f"fit parameter {n}": value for n, value in data.fit_params.items()},
    }
    return {name: describe(value) for name, value in given.items()}
