"""Batches of doubt-weighted core-sets on quadrants (figure 3 of their paper).

Classes are the quadrants of a square; twenty labels a round. The last two rows of the
figure are distances from one place, the star, scaled by the doubt at the other.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from _curves import panels
from _driver import Experiment
from _settings import ByScale, StrategySettings, make_strategy
from _toys import COLOURS, INK, bare, rounds_of, smooth
from matplotlib.colors import to_rgba_array

from skactive.datasets import make_quadrants


@dataclass(frozen=True)
class Settings(StrategySettings):
    """Points, rounds, labels per round, and model."""

    strategies: tuple[str, ...] = (
        "CoreSet",
        "DoubtWeightedCoreSet",
        "DoubtWeightedCoreSet(beam_width=4)",
    )
    points: int = ByScale(150, 700, 700)
    rounds: int = ByScale(2, 5, 5)
    n: int = ByScale(10, 20, 20)
    length_scale: float = 0.5


ORIGINS = (0, 0), (-1, 1)


def run(settings):
    """One row per point: when it was labelled, and its confidence in each round."""
    X, y = make_quadrants(settings.points, random_state=settings.random_state)
    rng = np.random.default_rng(settings.random_state + 1)
    start = rng.choice(len(X), settings.n, replace=False)
    points = pd.DataFrame({"x1": X[:, 0], "x2": X[:, 1], "class": y}).round(4)
    for spec in settings.strategies:
        strategy = make_strategy(spec, smooth(settings.length_scale))
        states = list(rounds_of(strategy, X, y, start, settings.n, settings.rounds))
        for t, (_, model) in enumerate(states):
            confidence = model.predict_proba(X).max(axis=1)
            points[f"confidence {t} {spec}"] = confidence.round(3)
        labelled, asked = states[-1][0], np.full(len(X), -1)  # -1: never
        asked[labelled] = np.arange(len(labelled)) // settings.n
        points[f"asked {spec}"] = asked
    return points


def report(frame, settings):
    """Share of picks near a border of two classes."""
    near = frame[["x1", "x2"]].abs().min(axis=1) < 0.15
    lines = [f"{near.mean():.0%} of points are within 0.15 of a border; of the picks:"]
    for spec in specs(frame):
        picked = frame[f"asked {spec}"] > 0
        lines.append(f"  {spec}: {near[picked].mean():.0%}")
    return "\n".join(lines)


def specs(frame):
    """Strategies of the table."""
    return [name.removeprefix("asked ") for name in frame if name.startswith("asked ")]


def draw(frame, settings):
    """Rounds of each strategy, and scaled distances of the last one."""
    names, rounds = specs(frame), frame[f"asked {specs(frame)[0]}"].max() + 1
    figure, axes = panels(len(names) + len(ORIGINS), rounds, (1.7, 1.7))
    for row, spec in zip(axes, names, strict=False):
        for t, ax in enumerate(row):
            draw_round(ax, frame, spec, t)
        row[0].set_ylabel(spec.replace("WeightedCoreSet", "Weighted\n"), fontsize=9)
    for row, origin in zip(axes[len(names) :], ORIGINS, strict=True):
        for t, ax in enumerate(row):
            draw_seen(ax, frame, names[-1], t, origin)
        row[0].set_ylabel(f"seen from {origin}", fontsize=9)
    n = (frame[f"asked {names[0]}"] == 0).sum()
    for t, ax in enumerate(axes[0]):
        ax.set_title(f"{n * (t + 1)} labels", fontsize=9)
    return figure


def draw_round(ax, frame, spec, t):
    """All points, paler where the model is less confident, and the labelled ones."""
    confidence = frame[f"confidence {t} {spec}"].to_numpy()
    shade = ((confidence - 0.25) / 0.75).clip(0)[:, None]
    classes = to_rgba_array(COLOURS[frame["class"]])[:, :3]
    ax.scatter(frame["x1"], frame["x2"], c=shade * classes + (1 - shade) * 0.88, s=7)
    asked = frame[f"asked {spec}"]
    for kept, alpha in (((asked >= 0) & (asked < t), 0.3), (asked == t, 1.0)):
        rows = frame[kept]
        ax.scatter(rows["x1"], rows["x2"], marker="s", s=10, c=INK, alpha=alpha, lw=0)
    bare(ax, 1.04)


def draw_seen(ax, frame, spec, t, origin):
    """Distance of each point from one place, scaled by the doubt at the point."""
    distance = np.hypot(frame["x1"] - origin[0], frame["x2"] - origin[1])
    seen = distance * (1 - frame[f"confidence {t} {spec}"])
    ax.scatter(frame["x1"], frame["x2"], c=seen, s=9, lw=0, cmap="viridis")
    ax.plot(*origin, "*", color="#d62839", ms=10, clip_on=False)
    bare(ax, 1.04)


main = Experiment(__file__, __doc__, Settings, run, report, draw).main

if __name__ == "__main__":
    main()
