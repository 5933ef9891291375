"""The sets that a beam ends with on quadrants (figure 4 of the doubt-weighted paper).

Their picks, and U: how little confident the model is of them. The strategy returns the
first of them.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from _driver import run_experiment
from _toys import COLOURS, INK, bare, smooth

from skactive import DoubtWeightedCoreSet
from skactive.datasets import make_quadrants
from skactive.selection import top

SETTINGS = {
    "points": (100, 700, 700),
    "n": (6, 20, 20),
    "width": 4,
    "length_scale": 0.5,
}


def run(args):
    """A row a point, with its place in each set: -1 for none."""
    X, y = make_quadrants(args.points, random_state=args.random_state)
    rng = np.random.default_rng(args.random_state + 1)
    start = rng.choice(len(X), args.n, replace=False)
    pool = np.setdiff1d(np.arange(len(X)), start)
    model = smooth(args.length_scale)
    strategy = DoubtWeightedCoreSet(model, beam_width=args.width)
    f = strategy.fit(X[start], y[start])._objective(X[pool], np.random.default_rng(0))
    sets = whole_beam(f, args.n, args.width)
    if list(sets[0][1]) != strategy.query(X[pool], args.n).tolist():
        raise AssertionError("the strategy does not return the first of the sets")
    points = pd.DataFrame({"x1": X[:, 0], "x2": X[:, 1], "class": y}).round(4)
    points["start"] = np.isin(np.arange(len(X)), start).astype(int)
    for rank, (value, picks, _) in enumerate(sets, 1):
        place = np.full(len(X), -1)
        place[pool[list(picks)]] = np.arange(len(picks))
        points[f"rank {rank}, U = {value:.5f}"] = place
    return points


def whole_beam(f, n, width):
    """All sets that the beam ends with, by rank; `beam` returns the first."""
    sets = [(0.0, (), f.start())]
    for _ in range(n):
        grown = {}
        for _, picks, state in sets:
            gains = f.gains(state)
            gains[list(picks)] = -np.inf
            for i in top(gains, width)[0].tolist():
                larger = f.add(state, i)
                grown.setdefault(
                    frozenset((*picks, i)), (f.value(larger), (*picks, i), larger)
                )
        sets = sorted(grown.values(), key=lambda s: -s[0])[:width]
    return sets


def ranks(frame):
    """Columns of the sets."""
    return [name for name in frame if name.startswith("rank ")]


def report(frame, args):
    """U of the sets, and how many picks they share with the first."""
    first = frame[ranks(frame)[0]] >= 0
    lines = []
    for name in ranks(frame):
        shared = (first & (frame[name] >= 0)).sum()
        lines.append(f"{name}: {shared} of {first.sum()} picks are the first set's")
    return "\n".join(lines)


def draw(frame, args):
    """The sets, and a bar of U for each."""
    names = ranks(frame)
    figure, axes = plt.subplots(
        1, len(names) + 1, figsize=(2 * len(names) + 2, 2.2), layout="constrained"
    )
    for ax, name in zip(axes, names, strict=False):
        ax.scatter(
            frame["x1"], frame["x2"], c=COLOURS[frame["class"]], s=6, alpha=0.4, lw=0
        )
        for rows, alpha in ((frame["start"] == 1, 0.3), (frame[name] >= 0, 1.0)):
            some = frame[rows]
            ax.scatter(
                some["x1"], some["x2"], marker="s", s=11, c=INK, alpha=alpha, lw=0
            )
        bare(ax, 1.04)
        ax.set_title(name.split(",")[0], fontsize=9)
    values = [float(name.split("=")[1]) for name in names]
    axes[-1].plot(range(1, len(names) + 1), values, "o", color="#588b8b")
    axes[-1].set_title("U of the set", fontsize=9)
    axes[-1].set_xticks(range(1, len(names) + 1))
    axes[-1].tick_params(labelsize=7)
    axes[-1].margins(0.15, 0.25)
    axes[-1].spines[["top", "right"]].set_visible(False)
    return figure


def main(argv=None):
    """Run the experiment of the command line."""
    run_experiment(
        __file__, __doc__, SETTINGS, run, draw=draw, report=report, argv=argv
    )


if __name__ == "__main__":
    main()
