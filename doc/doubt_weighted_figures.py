"""Draw what doubt-weighted core-sets ask for, after figures 1, 3 and 4 of their paper.

``python doc/doubt_weighted_figures.py`` writes three pictures to ``doc/_static``,
which are committed: the documentation is built without running this.
"""

import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF

from skactive import CoreSet, DoubtWeightedCoreSet, RandomSampling
from skactive.datasets import make_clusters, make_quadrants
from skactive.selection import top

STATIC = Path(__file__).parent / "_static"
COLORS = np.array(["#c8553d", "#f2a541", "#588b8b", "#6d5a8d", "#7f8c5a"])
INK = "#1f2933"


def model(length_scale):
    """A smooth classifier: a Gaussian process with its kernel fixed."""
    return GaussianProcessClassifier(9.0 * RBF(length_scale), optimizer=None)


def save(figure, name):
    """Write a picture of 256 colours: a third of the size."""
    figure.savefig(STATIC / name, dpi=85)
    plt.close(figure)
    Image.open(STATIC / name).convert("RGB").quantize(256).save(STATIC / name)
    print(name, (STATIC / name).stat().st_size // 1000, "kB")


def quadrants():
    """Points of a square, their quadrants, and twenty labelled ones to start with."""
    rng = np.random.default_rng(0)
    return *make_quadrants(random_state=rng), rng.choice(700, 20, replace=False)


def rounds_of(strategy, X, y, labelled, n, rounds):
    """The labelled points at each round, the last ``n`` of them new, and the model."""
    states = [(labelled, strategy.fit(X[labelled], y[labelled]).estimator_)]
    for _ in range(rounds):
        pool = np.setdiff1d(np.arange(len(X)), labelled)
        labelled = np.r_[labelled, pool[strategy.query(X[pool], n)]]
        states.append((labelled, strategy.fit(X[labelled], y[labelled]).estimator_))
    return states


def draw_square(axis, X, colors, labelled, new):
    """All points in their colours, what is labelled, and the newest picks."""
    axis.scatter(*X.T, c=colors, s=8, alpha=0.45, lw=0)
    old = labelled[: len(labelled) - new]
    axis.scatter(*X[old].T, marker="s", s=9, c=INK, alpha=0.3, lw=0)
    axis.scatter(*X[labelled[len(old) :]].T, marker="s", s=11, c=INK, lw=0)
    axis.set(xticks=[], yticks=[], xlim=(-1.03, 1.03), ylim=(-1.03, 1.03))
    axis.set_aspect("equal")


def shaded(y, confidence):
    """Colours of the classes, paler where the model is less confident."""
    shade = ((confidence - 0.25) / 0.75)[:, None]
    return shade * to_rgb(COLORS[y]) + (1 - shade) * 0.88


def to_rgb(colors):
    """Hexadecimal colours as numbers (n, 3)."""
    return plt.matplotlib.colors.to_rgba_array(colors)[:, :3]


def draw_seen(axis, fitted, origin, cells=61):
    """Distance of each place from one, scaled by the doubt at the place itself."""
    ticks = np.linspace(-1, 1, cells)
    X = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    doubt = 1 - fitted.predict_proba(X).max(axis=1)
    seen = np.linalg.norm(X - origin, axis=1) * doubt
    box = {"extent": (-1, 1, -1, 1), "origin": "lower"}
    axis.imshow(seen.reshape(cells, cells), cmap="viridis", **box)
    axis.plot(*origin, "*", color="#f26b5e", ms=9, clip_on=False)
    axis.set(xticks=[], yticks=[])


def draw_quadrants(rounds=5):
    """Figure 3: five rounds of twenty picks, and the space that they see."""
    X, y, start = quadrants()
    rows = [
        ("CoreSet", CoreSet(model(0.5))),
        ("DoubtWeighted", DoubtWeightedCoreSet(model(0.5))),
        ("beam of 4", DoubtWeightedCoreSet(model(0.5), beam_width=4)),
    ]
    figure, axes = plt.subplots(5, rounds + 1, figsize=(10, 8.4))
    for (name, strategy), line in zip(rows, axes, strict=False):
        states = rounds_of(strategy, X, y, start, 20, rounds)
        for t, (axis, (labelled, fitted)) in enumerate(zip(line, states, strict=True)):
            confidence = fitted.predict_proba(X).max(axis=1)
            draw_square(axis, X, shaded(y, confidence), labelled, 20 if t else 0)
        line[0].set_ylabel(name, fontsize=9)
    for origin, line in zip(([0, 0], [-1, 1]), axes[3:], strict=True):
        for axis, (_, fitted) in zip(line, states, strict=True):
            draw_seen(axis, fitted, origin)
        line[0].set_ylabel(f"seen from {tuple(origin)}", fontsize=9)
    for t, axis in enumerate(axes[0]):
        axis.set_title(f"{20 * (t + 1)} labels", fontsize=9)
    figure.tight_layout(pad=0.4)
    save(figure, "doubt_weighted_quadrants.png")


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


def draw_beam(width=4):
    """Figure 4: the sets that a beam ends with, and how little confident they are."""
    X, y, start = quadrants()
    pool = np.setdiff1d(np.arange(len(X)), start)
    strategy = DoubtWeightedCoreSet(model(0.5), beam_width=width)
    f = strategy.fit(X[start], y[start])._objective(X[pool], np.random.default_rng(0))
    sets = whole_beam(f, 20, width)
    assert list(sets[0][1]) == strategy.query(X[pool], 20).tolist()
    figure, axes = plt.subplots(1, width + 1, figsize=(10, 2.3))
    for rank, (axis, (_, picks, _)) in enumerate(zip(axes, sets, strict=False), 1):
        draw_square(axis, X, COLORS[y], np.r_[start, pool[list(picks)]], 20)
        axis.set_title(f"rank {rank}", fontsize=9)
    values = [value for value, _, _ in sets]
    axes[-1].bar(range(1, width + 1), values, color="#588b8b")
    spread = max(values) - min(values)
    axes[-1].set_ylim(min(values) - 0.5 * spread, max(values) + 0.2 * spread)
    axes[-1].set_title("U of the set", fontsize=9)
    axes[-1].tick_params(labelsize=7)
    figure.tight_layout(pad=0.5)
    save(figure, "doubt_weighted_beam.png")


class LeastConfident(RandomSampling):
    """The least confident predictions, for comparison."""

    needs = "mean"

    def _objective(self, X_pool, rng):
        f = super()._objective(X_pool, rng)
        return f._replace(scores=1 - self.predict_proba(X_pool).max(axis=1))


def draw_clusters(n=20, rounds=6, seeds=10):
    """Figure 1: where the labels go, and what they bring."""
    strategies = {
        "at random": lambda seed: RandomSampling(model(0.3), random_state=seed),
        "least confident": lambda seed: LeastConfident(model(0.3), random_state=seed),
        "CoreSet": lambda seed: CoreSet(model(0.3)),
        "DoubtWeighted": lambda seed: DoubtWeightedCoreSet(model(0.3)),
    }
    figure, axes = plt.subplots(1, 5, figsize=(12, 2.7))
    X, y = make_clusters(random_state=0)
    axes[0].scatter(*X.T, c=COLORS[y], s=4, lw=0)
    axes[0].set_title("data", fontsize=9)
    shown = dict(zip(list(strategies)[1:], axes[1:4], strict=True))
    for name, make in strategies.items():
        accuracy = np.empty((seeds, rounds + 1))
        for seed in range(seeds):
            X, y = make_clusters(random_state=seed)
            X_test, y_test = make_clusters(2000, random_state=1000 + seed)
            start = np.random.default_rng(seed).choice(len(X), 10, replace=False)
            states = rounds_of(make(seed), X, y, start, n, rounds)
            accuracy[seed] = [fitted.score(X_test, y_test) for _, fitted in states]
            if seed == 0 and name in shown:
                shown[name].scatter(*X.T, c=COLORS[y], s=3, alpha=0.3, lw=0)
                picked = states[3][0][10:]
                shown[name].scatter(*X[picked].T, c=INK, s=5, lw=0)
                shown[name].set_title(name, fontsize=9)
        labels, mean = 10 + n * np.arange(rounds + 1), accuracy.mean(axis=0)
        deviation = accuracy.std(axis=0)
        (line,) = axes[4].plot(labels, mean, lw=1.3, label=name)
        axes[4].fill_between(
            labels,
            mean - deviation,
            mean + deviation,
            alpha=0.15,
            color=line.get_color(),
        )
        print(name, *(f"{m:.3f} at {n_l}" for m, n_l in zip(mean, labels, strict=True)))
    for axis in axes[:4]:
        axis.set(xticks=[], yticks=[], xlim=(-4, 4), ylim=(-4, 4))
        axis.set_aspect("equal")
    axes[4].set_title("test accuracy, by labels", fontsize=9)
    axes[4].tick_params(labelsize=7)
    axes[4].legend(fontsize=7, frameon=False, loc="lower right")
    figure.tight_layout(pad=0.5)
    save(figure, "doubt_weighted_clusters.png")


if __name__ == "__main__":
    warnings.simplefilter("error")
    draw_quadrants()
    draw_beam()
    draw_clusters()
