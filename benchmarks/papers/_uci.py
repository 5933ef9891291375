"""Every regression strategy on UCI sets, against random sampling."""

from dataclasses import dataclass

import pandas as pd
from _curves import Task, run_curves
from _every import EverySettings, every, scores_of
from _settings import ByScale
from sklearn.datasets import load_diabetes
from sklearn.model_selection import ShuffleSplit

from skactive.datasets import load_uci

__all__ = ["UCISettings", "uci_curves"]

SCORING = {"neg_rmse": "neg_root_mean_squared_error"}


@dataclass(frozen=True, kw_only=True)
class UCISettings(EverySettings):
    """Data sets, strategies and runs of experiments in regression."""

    strategies: tuple[str, ...] = every(
        "regression", "DEIMOS", "MaxVariance", "RandomSampling"
    )
    data: tuple[str, ...] = ByScale(
        ("diabetes",), ("kin8nm", "concrete"), ("kin8nm", "concrete")
    )
    seeds: int = ByScale(2, 20, 30)
    n_initial: int | None = 20


def standardised(name):
    """Standardized features and targets of a data set."""
    # diabetes comes with scikit-learn
    X, y = load_diabetes(return_X_y=True) if name == "diabetes" else load_uci(name)
    return (X - X.mean(axis=0)) / X.std(axis=0), (y - y.mean()) / y.std()


def uci_curves(settings, model):
    """Learning curves of all strategies on each data set."""
    frames = []
    for name in settings.data:
        cv = ShuffleSplit(
            settings.seeds, test_size=1 / 3, random_state=settings.random_state
        )
        task = Task(*standardised(name), cv=cv)
        frame = run_curves(settings, task, model, SCORING, part=name, initial="random")
        frames.append(scores_of(frame).assign(data=name))
    return pd.concat(frames)
