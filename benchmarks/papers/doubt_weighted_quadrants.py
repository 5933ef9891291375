"""What doubt-weighted core-sets ask for on quadrants (figure 3 of their paper).

Classes are the quadrants of a square; twenty labels a round. The last two rows of the
figure are distances from one place, the star, scaled by the doubt at the other.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from _driver import make_strategy, run_experiment
from _toys import COLOURS, INK, bare, rounds_of, smooth

from skactive.datasets import make_quadrants

SETTINGS = {
    "strategies": [
        "CoreSet",
        "DoubtWeightedCoreSet",
        "DoubtWeightedCoreSet(beam_width=4)",
    ],
    "points": (150, 700, 700),
    "rounds": (2, 5, 5),
    "n": (10, 20, 20),
    "length_scale": 0.5,
}
ORIGINS = (0, 0), (-1, 1)


def run(args):
    """A row a point, strategy and round: where it was labelled, and the confidence."""
    X, y = make_quadrants(args.points, random_state=args.random_state)
    rng = np.random.default_rng(args.random_state + 1)
    start = rng.choice(len(X), args.n, replace=False)
    points = pd.DataFrame({"x1": X[:, 0], "x2": X[:, 1], "class": y}).round(4)
    for spec in args.strategies:
        strategy = make_strategy(spec, smooth(args.length_scale))
        states = list(rounds_of(strategy, X, y, start, args.n, args.rounds))
        for t, (_, model) in enumerate(states):
            confidence = model.predict_proba(X).max(axis=1)
            points[f"confidence {t} {spec}"] = confidence.round(3)
        labelled, asked = states[-1][0], np.full(len(X), -1)  # -1: never
        asked[labelled] = np.arange(len(labelled)) // args.n
        points[f"asked {spec}"] = asked
    return points


def report(frame, args):
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


def draw(frame, args):
    """Rounds of each strategy, and the space that the last one sees."""
    names, rounds = specs(frame), frame[f"asked {specs(frame)[0]}"].max() + 1
    figure, axes = plt.subplots(
        len(names) + len(ORIGINS),
        rounds,
        figsize=(1.65 * rounds + 0.3, 1.65 * (len(names) + len(ORIGINS)) + 0.3),
        layout="constrained",
    )
    for line, spec in zip(axes, names, strict=False):
        for t, ax in enumerate(line):
            draw_round(ax, frame, spec, t)
        line[0].set_ylabel(spec.replace("WeightedCoreSet", "Weighted\n"), fontsize=9)
    for line, origin in zip(axes[len(names) :], ORIGINS, strict=True):
        for t, ax in enumerate(line):
            draw_seen(ax, frame, names[-1], t, origin)
        line[0].set_ylabel(f"seen from {origin}", fontsize=9)
    n = (frame[f"asked {names[0]}"] == 0).sum()
    for t, ax in enumerate(axes[0]):
        ax.set_title(f"{n * (t + 1)} labels", fontsize=9)
    return figure


def draw_round(ax, frame, spec, t):
    """All points, paler where the model is less confident, and what is labelled."""
    confidence = frame[f"confidence {t} {spec}"].to_numpy()
    shade = ((confidence - 0.25) / 0.75).clip(0)[:, None]
    classes = plt.matplotlib.colors.to_rgba_array(COLOURS[frame["class"]])[:, :3]
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


def main(argv=None):
    """Run the experiment of the command line."""
    run_experiment(
        __file__, __doc__, SETTINGS, run, draw=draw, report=report, argv=argv
    )


if __name__ == "__main__":
    main()
