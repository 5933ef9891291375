"""Draw DEIMOS on a line, after figure 1 of its paper.

``python doc/deimos_figure.py`` writes ``doc/_static/deimos_1d.png``, which is
committed: the documentation is built without running this.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from skorch import NeuralNetRegressor

from skactive import DEIMOS
from skactive.samplers import DropoutSampler

DROPOUT, DECAY = 0.2, 5e-4  # appendix D
INK, BAND, GAIN = "#1f2933", "#9db8d2", "#c26a3d"


def hidden_function(x, seed=8):
    """A random net with two hidden layers of 32 units."""
    rng = np.random.default_rng(seed)
    widths, scales = [1, 32, 32, 1], [0.6, 1.5, 1.0]
    for inputs, outputs, scale in zip(widths, widths[1:], scales, strict=False):
        x = scale * x @ rng.normal(size=(inputs, outputs)) / inputs**0.5
        x = np.tanh(x + 2 * scale * rng.normal(size=outputs)) if outputs > 1 else x
    return x


def net():
    """Three hidden layers of 256 units, each followed by dropout."""
    layers, width = [], 1
    for _ in range(3):
        layers += [torch.nn.Linear(width, 256), torch.nn.ReLU()]
        layers += [torch.nn.Dropout(DROPOUT)]
        width = 256
    return NeuralNetRegressor(
        torch.nn.Sequential(*layers, torch.nn.Linear(width, 1)),
        optimizer=torch.optim.Adam,
        optimizer__weight_decay=DECAY,
        lr=1e-3,
        max_epochs=1000,
        batch_size=-1,
        train_split=None,
        verbose=0,
    )


def data():
    """Labelled points, few in the middle and none on the left, and the whole line."""
    rng = np.random.default_rng(0)
    dense, left = rng.uniform(2.5, 10, size=40), rng.uniform(-7, -2.5, size=20)
    sparse = [-9.8, -8.2, -1.8, 0.9]
    x = np.r_[dense, left, sparse, 9.9][:, None]
    pool = np.linspace(-10, 10, 401)[:, None]
    scale = hidden_function(pool).mean(), hidden_function(pool).std()
    noisy = (hidden_function(x) - scale[0]) / scale[1] + 0.05 * rng.normal(size=x.shape)
    truth = (hidden_function(pool) - scale[0]) / scale[1]
    return [a.astype(np.float32) for a in (x, noisy, pool, truth)]


def predictions(strategy, pool):
    """Mean and standard deviation of the draws at each point of the line."""
    draws = np.asarray(strategy.sampler_.draw(pool, rng=0))[:, :, 0]
    return draws.mean(axis=1), draws.std(axis=1)


def draw_panel(axis, x, y, pool, truth, strategy):
    """Predictions, their spread, the truth and what is labelled."""
    mean, deviation = predictions(strategy, pool)
    axis.fill_between(
        pool[:, 0], mean - deviation, mean + deviation, color=BAND, alpha=0.6, lw=0
    )
    axis.plot(pool, mean, color="#2f6690", lw=1.5, label="prediction, $\\pm$ 1 sd")
    axis.plot(pool, truth, color=INK, lw=1, ls=":", label="truth")
    axis.plot(x, y, ".", color=INK, ms=5, label="labelled")
    axis.set(xlim=(-10, 10), ylim=(-3.4, 3), xlabel="x", ylabel="y")


def main():
    """Ask for five labels, and train again with them."""
    x, y, pool, truth = data()
    sampler = DropoutSampler(net(), n_draws=50)
    strategy = DEIMOS(sampler, random_state=0).fit(x, y)
    picks, gains = strategy.query(pool, 5, return_scores=True)
    scores = strategy.score_samples(pool)
    print("picks at", pool[picks, 0], "gains", gains)

    figure, axes = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True)
    draw_panel(axes[0], x, y, pool, truth, strategy)
    right = axes[0].twinx()
    right.plot(pool, scores, color=GAIN, lw=1.2, label="gain of the first pick")
    right.set(ylim=(0, 2.6 * scores.max()), yticks=[])
    shades = plt.cm.Reds(np.linspace(0.95, 0.35, len(picks)))
    axes[0].scatter(
        pool[picks, 0], [-3.25] * 5, c=shades, marker="^", s=55, zorder=3, label="batch"
    )
    lines = [*axes[0].get_legend_handles_labels()[0], *right.lines]
    axes[0].legend(handles=lines, loc="upper left", fontsize=7, ncols=2, frameon=False)
    axes[0].set_title("before", fontsize=10)

    asked = truth[picks]
    x, y = np.vstack([x, pool[picks]]), np.vstack([y, asked])
    draw_panel(axes[1], x, y, pool, truth, strategy.fit(x, y))
    axes[1].scatter(pool[picks, 0], asked[:, 0], c=shades, s=40, zorder=3)
    axes[1].set_title("after the five labels", fontsize=10)
    axes[1].set_ylabel("")
    figure.tight_layout()
    figure.savefig(Path(__file__).parent / "_static" / "deimos_1d.png", dpi=110)


if __name__ == "__main__":
    main()
