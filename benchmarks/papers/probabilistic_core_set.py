"""Probabilistic core-sets against random batches: a negative result.

The toy experiments of appendix A.2 of the doubt-weighted core-set paper: sixteen
clusters of four classes, apart (standard deviation 0.5) or overlapping (1.0), a forest,
and eight labels a round.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from _curves import panels
from _driver import Experiment
from _every import against_random, problems, readable
from _published import differences
from _settings import ByScale, StrategySettings, make_strategy
from _toys import rounds_of, seeds_of
from sklearn.ensemble import RandomForestClassifier

from skactive.plotting import LearningCurveDisplay


@dataclass(frozen=True)
class Settings(StrategySettings):
    """Clusters, starts, rounds and model."""

    strategies: tuple[str, ...] = (
        "ProbabilisticCoreSet(n_batches=50, doubt=0.0)",
        "ProbabilisticCoreSet(n_batches=50)",
        "Entropy",
        "LeastConfidence",
        "CoreSet",
        "RandomSampling",
    )
    spreads: tuple[float, ...] = (0.5, 1.0)
    seeds: int = ByScale(2, 12, 30)
    rounds: int = ByScale(1, 5, 10)
    n: int = 8
    points: int = ByScale(200, 800, 800)
    trees: int = ByScale(8, 50, 100)


def clusters(n, spread, seed, seed_of_points):
    """Sixteen clusters on a square, of four classes."""
    centres = np.random.default_rng(seed).uniform(-5, 5, size=(16, 2))
    rng = np.random.default_rng(seed_of_points)
    cluster = rng.integers(16, size=n)
    return centres[cluster] + spread * rng.normal(size=(n, 2)), cluster % 4


def run(settings):
    """Test accuracy by spread, strategy, start and round."""
    rows = []
    cases = product(settings.spreads, seeds_of(settings), settings.strategies)
    for spread, seed, spec in cases:
        X, y = clusters(settings.points, spread, seed, 2 * seed)
        test = clusters(2000, spread, seed, 2 * seed + 1)
        n, rng = settings.n, np.random.default_rng(seed)
        start = rng.choice(len(X), n, replace=False)
        strategy = make_strategy(spec, RandomForestClassifier(settings.trees))
        strategy.set_params(random_state=seed)
        states = rounds_of(strategy, X, y, start, n, settings.rounds)
        for t, (labelled, model) in enumerate(states):
            accuracy = model.score(*test)
            rows.append((spread, spec, seed, t, len(labelled), accuracy))
    columns = ["spread", "strategy", "split", "round", "n_labels", "accuracy"]
    return pd.DataFrame(rows, columns=columns)


def beside(frame, settings):
    """Each strategy against random; the paper has figures alone."""
    return differences(frame, "spread")


def report(frame, settings):
    """Each strategy against random."""
    return "\n\n".join(
        f"standard deviation {spread:g}\n{readable(against_random(curves)).to_string()}"
        for spread, curves in problems(frame, by="spread").items()
    )


def draw(frame, settings):
    """Learning curves for each spread."""
    found = problems(frame, by="spread")
    figure, axes = panels(1, len(found), (5.6, 3.8))
    for ax, (spread, curves) in zip(axes[0], found.items(), strict=True):
        curves = {named(spec): curve for spec, curve in curves.items()}
        LearningCurveDisplay.from_results(curves, ax=ax)
        ax.set_title(f"standard deviation {spread:g}", loc="left", fontsize=10)
    return figure


def named(spec):
    """Name of a strategy, short enough for the legend."""
    name = spec.replace("(n_batches=50, doubt=0.0)", "")
    return name.replace("(n_batches=50)", ", 0.1 doubt")


main = Experiment(__file__, __doc__, Settings, run, report, draw).main

if __name__ == "__main__":
    main()
