"""How often tests find a difference between a strategy and itself.

Random sampling is run twice on the digits, from the same initial labels and splits but
with different random numbers, so there is no difference to find. Several splits at a
time form an experiment, and each experiment is tested by the sign-flip test, by
Wilcoxon's test and by the likelihood-ratio test of the DEIMOS paper (appendix C). A
valid test at .05 finds a difference in at most 5 of 100 experiments. The script prints
how often each test of `skactive.model_selection.compare_curves` finds one, and how
often the intervals of 95% contain zero. Quick takes two minutes on one core.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from _curves import panels
from _driver import Experiment
from _every import problems, scores_of
from _settings import BaseSettings, ByScale
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.naive_bayes import GaussianNB

from skactive import RandomSampling
from skactive.model_selection import StrategySearchCV, compare_curves

TESTS = ("p_sign_flip", "p_wilcoxon", "p_likelihood_ratio")
ALPHA = 0.05


@dataclass(frozen=True)
class Settings(BaseSettings):
    """Total number of splits, and number per experiment."""

    splits: int = ByScale(6, 600, 600)
    sizes: tuple[int, ...] = ByScale((3,), (6, 10, 20), (6, 10, 20))
    rounds: int = ByScale(1, 10, 10)
    n: int = 10


class RandomSamplingAgain(RandomSampling):
    """Random sampling with other random numbers than the class with the same seed."""

    def _rng(self):
        return np.random.default_rng(super()._rng().integers(2**32))


def run(settings):
    """Learning curves of both, with all splits."""
    return scores_of(search(settings).to_frame())


def search(settings):
    """Run both on all splits."""
    model = GaussianNB(var_smoothing=0.01)
    splits = StratifiedShuffleSplit(settings.splits, test_size=1 / 3, random_state=0)
    return StrategySearchCV(
        {"once": RandomSampling(model), "again": RandomSamplingAgain(model)},
        n=settings.n,
        rounds=settings.rounds,
        cv=splits,
        n_jobs=settings.n_jobs,
        verbose=1,
        random_state=settings.random_state,
    ).fit(*load_digits(return_X_y=True))


def tested(frame, size):
    """Results of the tests, for each experiment of so many splits."""
    whole = frame["split"].nunique() // size * size
    kept = frame[frame["split"] < whole]
    return [
        compare_curves(curves, random_state=0).results
        for curves in problems(kept.assign(data=kept["split"] // size)).values()
    ]


def shares(frame, size):
    """Fractions of experiments in which each test finds a difference."""
    found = tested(frame, size)
    held = [row["difference_low"][0] <= 0 <= row["difference_high"][0] for row in found]
    alarms = {
        test.removeprefix("p_").replace("_", " "): np.mean(
            [row[test][0] <= ALPHA for row in found]
        )
        for test in TESTS
    }
    counts = {"splits": size, "experiments": len(found)}
    return counts | alarms | {"holds zero": np.mean(held)}


def table_of(frame, settings):
    """One row for each size of an experiment."""
    return pd.DataFrame([shares(frame, size) for size in settings.sizes])


def report(frame, settings):
    """The table as text."""
    text = table_of(frame, settings).to_string(
        index=False, float_format="{:.3f}".format
    )
    return f"false alarms at {ALPHA}, a strategy compared with itself\n{text}"


def draw(frame, settings):
    """Shares of false alarms by the size of an experiment, and the level."""
    found = table_of(frame, settings).set_index("splits")
    figure, axes = panels(1, 1)
    for name in found.columns[1:-1]:
        axes[0, 0].plot(found.index, found[name], "o-", label=name)
    axes[0, 0].axhline(ALPHA, color="#4d4d4d", lw=1, ls=":", label="level")
    axes[0, 0].set(xlabel="splits", ylabel="share of experiments with a false alarm")
    axes[0, 0].legend(frameon=False)
    return figure


main = Experiment(__file__, __doc__, Settings, run, report, draw).main

if __name__ == "__main__":
    main()
