"""The last beam of sets on quadrants (figure 4 of the doubt-weighted core-set paper).

Their picks, and U: the doubt of the model at them. The strategy returns the first set.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from _curves import panels
from _driver import Experiment
from _settings import BaseSettings, ByScale
from _toys import COLOURS, INK, bare, smooth

from skactive import DoubtWeightedCoreSet
from skactive.datasets import make_quadrants
from skactive.selection import top


@dataclass(frozen=True)
class Settings(BaseSettings):
    """Points, batch, beam and model."""

    points: int = ByScale(100, 700, 700)
    n: int = ByScale(6, 20, 20)
    width: int = 4
    length_scale: float = 0.5


def run(settings):
    """One row per point, with its position in each set: -1 for none."""
    X, y = make_quadrants(settings.points, random_state=settings.random_state)
    rng = np.random.default_rng(settings.random_state + 1)
    start = rng.choice(len(X), settings.n, replace=False)
    pool = np.setdiff1d(np.arange(len(X)), start)
    model = smooth(settings.length_scale)
    strategy = DoubtWeightedCoreSet(model, beam_width=settings.width)
    f = strategy.fit(X[start], y[start])._objective(X[pool], np.random.default_rng(0))
    sets = whole_beam(f, settings.n, settings.width)
    if list(sets[0][1]) != strategy.query(X[pool], settings.n).tolist():
        raise AssertionError("the strategy does not return the first set of the beam")
    points = pd.DataFrame({"x1": X[:, 0], "x2": X[:, 1], "class": y}).round(4)
    points["start"] = np.isin(np.arange(len(X)), start).astype(int)
    for rank, (value, picks, _) in enumerate(sets, 1):
        place = np.full(len(X), -1)
        place[pool[list(picks)]] = np.arange(len(picks))
        points[f"rank {rank}, U = {value:.5f}"] = place
    return points


def whole_beam(f, n, width):
    """All sets in the beam after the last pick, by rank; `beam` returns the first."""
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


def report(frame, settings):
    """U of the sets, and how many picks they share with the first."""
    first = frame[ranks(frame)[0]] >= 0
    lines = []
    for name in ranks(frame):
        shared = (first & (frame[name] >= 0)).sum()
        lines.append(f"{name}: {shared} of {first.sum()} picks are in the first set")
    return "\n".join(lines)


def draw(frame, settings):
    """The sets, and U of each."""
    names = ranks(frame)
    figure, axes = panels(1, len(names) + 1, (2, 2.2))
    *of_sets, last = axes[0]
    for ax, name in zip(of_sets, names, strict=True):
        draw_set(ax, frame, name)
    draw_values(last, [float(name.split("=")[1]) for name in names])
    return figure


def draw_set(ax, frame, name):
    """All points; the labelled ones in grey and the picks in black."""
    colours = COLOURS[frame["class"]]
    ax.scatter(frame["x1"], frame["x2"], c=colours, s=6, alpha=0.4, lw=0)
    for rows, alpha in ((frame["start"] == 1, 0.3), (frame[name] >= 0, 1.0)):
        x1, x2 = frame.loc[rows, ["x1", "x2"]].to_numpy().T
        ax.scatter(x1, x2, marker="s", s=11, c=INK, alpha=alpha, lw=0)
    bare(ax, 1.04)
    ax.set_title(name.split(",")[0], fontsize=9)


def draw_values(ax, values):
    """U of each set, by rank."""
    places = range(1, len(values) + 1)
    ax.plot(places, values, "o", color="#588b8b")
    ax.set_title("U of the set", fontsize=9)
    ax.set_xticks(places)
    ax.tick_params(labelsize=7)
    ax.margins(0.15, 0.25)
    ax.spines[["top", "right"]].set_visible(False)


main = Experiment(__file__, __doc__, Settings, run, report, draw).main

if __name__ == "__main__":
    main()
