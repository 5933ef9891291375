"""Core-sets with and without doubt against uncertainty alone, on points in the plane.

Figure 1 of the doubt-weighted core-set paper: least confidence wastes its labels on the
overlap of two classes, fifty labels a round; and the quadrants of its figure 3, twenty
a round, where no region is hopeless. Test accuracy over several starts, and the picks
of the first start.
"""

from dataclasses import dataclass
from itertools import product

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from _driver import Experiment
from _every import RANDOM, against_random, problems, readable, short
from _settings import ByScale, StrategySettings, make_strategy
from _toys import COLOURS, INK, bare, rounds_of, seeds_of, smooth

from skactive.datasets import make_clusters, make_quadrants
from skactive.plotting import LearningCurveDisplay


@dataclass(frozen=True)
class Settings(StrategySettings):
    """Starts, rounds, labels per round of each problem, and points."""

    strategies: tuple[str, ...] = (
        "LeastConfidence",
        "CoreSet",
        "DoubtWeightedCoreSet",
        "DoubtWeightedCoreSet(beam_width=4)",
        "RandomSampling",
    )
    seeds: int = ByScale(2, 12, 12)
    rounds: int = ByScale(1, 5, 5)
    n_clusters: int = ByScale(10, 50, 50)
    n_quadrants: int = ByScale(10, 20, 20)
    points: int = ByScale(200, 1000, 1000)
    test: int = ByScale(200, 2000, 2000)


LENGTH_SCALES = {"clusters": 0.3, "quadrants": 0.5}
MAKERS = {"clusters": make_clusters, "quadrants": make_quadrants}


def run(settings):
    """Accuracies by problem, strategy, start and round; then points of one start."""
    rows, points = [], []
    for data, seed, spec in product(MAKERS, seeds_of(settings), settings.strategies):
        n = settings.n_clusters if data == "clusters" else settings.n_quadrants
        X, y = MAKERS[data](settings.points, random_state=seed)
        test = MAKERS[data](settings.test, random_state=1000 + seed)
        start = np.random.default_rng(seed).choice(len(X), n, replace=False)
        strategy = make_strategy(spec, smooth(LENGTH_SCALES[data]))
        strategy.set_params(random_state=seed)
        states = rounds_of(strategy, X, y, start, n, settings.rounds)
        for t, (labelled, model) in enumerate(states):
            accuracy = model.score(*test)
            rows.append((data, spec, seed, t, len(labelled), accuracy))
        if data == "clusters" and seed == settings.random_state:
            points.append(selected(spec, X, y, labelled, n))
    columns = ["data", "strategy", "split", "round", "n_labels", "accuracy"]
    return pd.concat([pd.DataFrame(rows, columns=columns), *points])


def selected(spec, X, y, labelled, n):
    """Points, and the round in which each was labelled: -1 for never."""
    when = np.full(len(X), -1)
    when[labelled] = np.arange(len(labelled)) // n
    points = pd.DataFrame({"x1": X[:, 0], "x2": X[:, 1], "class": y, "asked": when})
    return points.round(3).assign(strategy=spec)


def curves_of(frame):
    """Learning curves by problem and strategy."""
    keep = ["data", "strategy", "split", "round", "n_labels", "accuracy"]
    rows = frame.loc[frame["data"].notna(), keep]
    return problems(rows.astype({"split": int, "round": int, "n_labels": int}))


def report(frame, settings):
    """Compare with random sampling, and give the fraction of picks in the overlap."""
    texts = [
        f"{data}\n{readable(against_random(curves)).to_string()}"
        for data, curves in curves_of(frame).items()
    ]
    points = frame[frame["asked"] > 0]
    inside = np.hypot(points["x1"], points["x2"]) < 1.6
    shares = inside.groupby(points["strategy"], sort=False).mean()
    listed = ", ".join(f"{spec} {share:.0%}" for spec, share in shares.items())
    return "\n\n".join([*texts, f"clusters, picks in the overlap: {listed}"])


def draw(frame, settings):
    """Picks on the clusters, and learning curves of both problems."""
    points = frame[frame["asked"].notna()]
    shown = [spec for spec in points["strategy"].unique() if "beam" not in spec]
    figure = plt.figure(figsize=(11.5, 6.4), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=[1, 1.25])
    for ax, spec in zip(upper.subplots(1, len(shown)), shown, strict=True):
        draw_picks(ax, points[points["strategy"] == spec], spec)
    for ax, (data, curves) in zip(
        lower.subplots(1, 2), curves_of(frame).items(), strict=True
    ):
        curves = {short(spec): curve for spec, curve in curves.items()}
        LearningCurveDisplay.from_results(curves, ax=ax)
        ax.set_title(data, loc="left", fontsize=10)
    return figure


def draw_picks(ax, points, spec):
    """All points in the colours of their classes, and the picks."""
    colours = COLOURS[points["class"].astype(int)]
    ax.scatter(points["x1"], points["x2"], c=colours, s=4, alpha=0.35, lw=0)
    picks = points[points["asked"] > 0]
    ax.scatter(picks["x1"], picks["x2"], c=INK, s=5, lw=0)
    bare(ax, 4)
    ax.set_title(spec if spec != RANDOM else "at random", fontsize=9)


main = Experiment(__file__, __doc__, Settings, run, report, draw).main

if __name__ == "__main__":
    main()
