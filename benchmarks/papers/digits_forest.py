"""Every strategy on digits with a random forest, against random sampling.

8 x 8 digits, two labels per class to start with and ten more per round; a query looks
at a random part of the pool. A third of the digits, another one in each run, is the
test set. Leaves of the forest hold two points or more, so that a tree's probabilities
are not all 0 and 1.
"""

from dataclasses import dataclass

from _curves import Task, run_curves
from _driver import Experiment
from _every import EverySettings, every, report_every, scores_of, small_multiples
from _settings import ByScale
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedShuffleSplit

from skactive.datasets import load_digits_images
from skactive.metrics import log_likelihood

# where a page says what a setting may be good for
SETTINGS = (
    "CoreSet(beam_width=4)",
    "EPIG(batch='greedy', max_configurations=20, n_reference=50)",
    "ICAL(batch_kernel='joint')",
    "MaxHerding(kernel='ball')",
)
# refits 200 models for a pick
TOO_LONG = ("ExpectedErrorReduction",)
SCORING = {"accuracy": "accuracy", "log_likelihood": log_likelihood}


@dataclass(frozen=True)
class DigitsSettings(EverySettings):
    """Strategies of the experiments on digits."""

    strategies: tuple[str, ...] = every(
        "classification",
        "BALD",
        "CoreSet",
        "RandomSampling",
        more=SETTINGS,
        without=TOO_LONG,
    )


@dataclass(frozen=True)
class Settings(DigitsSettings):
    """The forest."""

    trees: int = ByScale(8, 100, 100)
    leaf: int = 2


def digits_task(settings, X, y):
    """Digits, a third of them for the test."""
    cv = StratifiedShuffleSplit(
        settings.seeds, test_size=1 / 3, random_state=settings.random_state
    )
    return Task(X, y, cv=cv)


def run(settings):
    """Learning curves of all strategies."""
    X, y = load_digits_images()
    forest = RandomForestClassifier(settings.trees, min_samples_leaf=settings.leaf)
    task = digits_task(settings, X.reshape(len(X), -1), y)
    return scores_of(run_curves(settings, task, forest, SCORING))


main = Experiment(__file__, __doc__, Settings, run, report_every, small_multiples).main

if __name__ == "__main__":
    main()
