"""Core-sets with and without doubt against uncertainty alone, on points in the plane.

Figure 1 of the doubt-weighted paper: where least confidence wastes its labels on the
overlap of two classes, fifty labels a round; and the quadrants of its figure 3, twenty
a round, where there is nothing hopeless. Test accuracy over several starts, and the
picks of the first start.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from _driver import make_strategy, run_experiment
from _every import RANDOM, against_random, problems, readable, short
from _toys import COLOURS, INK, bare, rounds_of, smooth

from skactive.datasets import make_clusters, make_quadrants
from skactive.plotting import LearningCurveDisplay

SETTINGS = {
    "strategies": [
        "LeastConfidence",
        "CoreSet",
        "DoubtWeightedCoreSet",
        "DoubtWeightedCoreSet(beam_width=4)",
        "RandomSampling",
    ],
    "seeds": (2, 12, 12),
    "rounds": (1, 5, 5),
    "n_clusters": (10, 50, 50),
    "n_quadrants": (10, 20, 20),
    "points": (200, 1000, 1000),
    "test": (200, 2000, 2000),
}
LENGTH_SCALES = {"clusters": 0.3, "quadrants": 0.5}
MAKERS = {"clusters": make_clusters, "quadrants": make_quadrants}


def run(args):
    """Accuracies by problem, strategy, start and round, then points of one start."""
    rows, points = [], []
    for data, make in MAKERS.items():
        n = args.n_clusters if data == "clusters" else args.n_quadrants
        for seed in range(args.random_state, args.random_state + args.seeds):
            X, y = make(args.points, random_state=seed)
            test = make(args.test, random_state=1000 + seed)
            start = np.random.default_rng(seed).choice(len(X), n, replace=False)
            for spec in args.strategies:
                strategy = make_strategy(spec, smooth(LENGTH_SCALES[data]))
                strategy.set_params(random_state=seed)
                states = rounds_of(strategy, X, y, start, n, args.rounds)
                for t, (labelled, model) in enumerate(states):
                    accuracy = model.score(*test)
                    rows.append((data, spec, seed, t, len(labelled), accuracy))
                if data == "clusters" and seed == args.random_state:
                    points.append(asked(spec, X, y, labelled, n))
    columns = ["data", "strategy", "split", "round", "n_labels", "accuracy"]
    return pd.concat([pd.DataFrame(rows, columns=columns), *points])


def asked(spec, X, y, labelled, n):
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


def report(frame, args):
    """Each strategy against random, and the share of picks in the overlap."""
    texts = [
        f"{data}\n{readable(against_random(curves)).to_string()}"
        for data, curves in curves_of(frame).items()
    ]
    points = frame[frame["asked"] > 0]
    inside = np.hypot(points["x1"], points["x2"]) < 1.6
    shares = inside.groupby(points["strategy"], sort=False).mean()
    listed = ", ".join(f"{spec} {share:.0%}" for spec, share in shares.items())
    return "\n\n".join([*texts, f"clusters, picks in the overlap: {listed}"])


def draw(frame, args):
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


def main(argv=None):
    """Run the experiment of the command line."""
    run_experiment(
        __file__, __doc__, SETTINGS, run, draw=draw, report=report, argv=argv
    )


if __name__ == "__main__":
    main()
