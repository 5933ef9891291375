"""DEIMOS on a line: predictions, gains and a batch of five (figure 1 of its paper).

Targets are those of a random net with two hidden layers of 32 units, plus noise; the
net that learns them has three of 256 with dropout (appendix D).
"""

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from _driver import Experiment
from _settings import BaseSettings, ByScale


@dataclass(frozen=True)
class Settings(BaseSettings):
    """Batch, net and grid."""

    n: int = 5
    draws: int = ByScale(5, 50, 50)
    epochs: int = ByScale(3, 1000, 1000)
    width: int = ByScale(16, 256, 256)
    points: int = ByScale(81, 401, 401)
    dropout: float = 0.2
    decay: float = 5e-4


INK, BAND, GAIN, LINE = "#1f2933", "#9db8d2", "#c26a3d", "#2f6690"


def hidden_function(x, seed=8):
    """A random net with two hidden layers of 32 units."""
    rng = np.random.default_rng(seed)
    widths, scales = [1, 32, 32, 1], [0.6, 1.5, 1.0]
    for inputs, outputs, scale in zip(widths, widths[1:], scales, strict=False):
        x = scale * x @ rng.normal(size=(inputs, outputs)) / inputs**0.5
        x = np.tanh(x + 2 * scale * rng.normal(size=outputs)) if outputs > 1 else x
    return x


def module(width, dropout):
    """Three hidden layers, each followed by dropout."""
    import torch

    layers, inputs = [], 1
    for _ in range(3):
        layers += [torch.nn.Linear(inputs, width), torch.nn.ReLU()]
        layers += [torch.nn.Dropout(dropout)]
        inputs = width
    return torch.nn.Sequential(*layers, torch.nn.Linear(width, 1))


def net(settings):
    """The net, not yet trained."""
    import torch
    from skorch import NeuralNetRegressor

    return NeuralNetRegressor(
        module,  # made in fit, so that the seed determines its weights
        module__width=settings.width,
        module__dropout=settings.dropout,
        optimizer=torch.optim.Adam,
        optimizer__weight_decay=settings.decay,
        lr=1e-3,
        max_epochs=settings.epochs,
        batch_size=-1,
        train_split=None,
        verbose=0,
    )


def data(points):
    """Labelled points, few in the middle and none on the left, and the whole line."""
    rng = np.random.default_rng(0)
    dense, left = rng.uniform(2.5, 10, size=40), rng.uniform(-7, -2.5, size=20)
    sparse = [-9.8, -8.2, -1.8, 0.9]
    x = np.r_[dense, left, sparse, 9.9][:, None]
    pool = np.linspace(-10, 10, points)[:, None]
    scale = hidden_function(pool).mean(), hidden_function(pool).std()
    noisy = (hidden_function(x) - scale[0]) / scale[1] + 0.05 * rng.normal(size=x.shape)
    truth = (hidden_function(pool) - scale[0]) / scale[1]
    return [a.astype(np.float32) for a in (x, noisy, pool, truth)]


def run(settings):
    """Query a batch, and train again with it; one row per point of both panels."""
    from skactive import DEIMOS
    from skactive.samplers import DropoutSampler

    x, y, pool, truth = data(settings.points)
    sampler = DropoutSampler(net(settings), n_draws=settings.draws)
    strategy = DEIMOS(sampler, random_state=settings.random_state).fit(x, y)
    picks = strategy.query(pool, settings.n)
    before = state(strategy, x, y, pool, truth)
    batch = pd.DataFrame({"x": pool[picks, 0], "y": truth[picks, 0], "what": "pick"})
    x, y = np.vstack([x, pool[picks]]), np.vstack([y, truth[picks]])
    after = state(strategy.fit(x, y), x, y, pool, truth)
    return pd.concat(
        part.assign(panel=panel)
        for panel, parts in (("before", (before, batch)), ("after", (after, batch)))
        for part in parts
    )


def state(strategy, x, y, pool, truth):
    """Labelled points; predictions, their spread and the gains along the line."""
    draws = np.asarray(strategy.sampler_.draw(pool, rng=0))[:, :, 0]
    line = {
        "x": pool[:, 0],
        "y": truth[:, 0],
        "mean": draws.mean(axis=1),
        "sd": draws.std(axis=1),
        "gain": strategy.score_samples(pool),
        "what": "line",
    }
    labelled = {"x": x[:, 0], "y": y[:, 0], "what": "labelled"}
    return pd.concat([pd.DataFrame(line), pd.DataFrame(labelled)])


def report(frame, settings):
    """Positions of the batch, and the mean variance before and after it."""
    rows = dict(iter(frame.groupby("panel", sort=False)))
    before, after = rows["before"], rows["after"]
    where = ", ".join(f"{x:.2f}" for x in before[before["what"] == "pick"]["x"])
    spread = [part["sd"].pow(2).mean() for part in (before, after)]
    return (
        f"picks, in order: {where}\nmean variance along the line: {spread[0]:.3f} "
        f"before, {spread[1]:.3f} after"
    )


def draw(frame, settings):
    """Two panels: before and after."""
    figure, axes = plt.subplots(
        1, 2, figsize=(10, 3.6), sharey=True, layout="constrained"
    )
    for ax, (panel, rows) in zip(axes, frame.groupby("panel", sort=False), strict=True):
        parts = dict(iter(rows.groupby("what")))
        draw_panel(ax, parts)
        shades = plt.cm.Reds(np.linspace(0.95, 0.35, len(parts["pick"])))
        if panel == "before":
            draw_batch(ax, parts, shades)
        else:
            ax.scatter(
                *parts["pick"][["x", "y"]].T.to_numpy(), c=shades, s=40, zorder=3
            )
            ax.set_ylabel("")
        ax.set_title(f"{panel} the labels of the batch", fontsize=10)
    return figure


def draw_panel(ax, parts):
    """Predictions, their spread, the truth and the labelled points."""
    line, labelled = parts["line"], parts["labelled"]
    low, high = line["mean"] - line["sd"], line["mean"] + line["sd"]
    ax.fill_between(line["x"], low, high, color=BAND, alpha=0.6, lw=0)
    ax.plot(
        line["x"], line["mean"], color=LINE, lw=1.5, label="prediction, $\\pm$ 1 sd"
    )
    ax.plot(line["x"], line["y"], color=INK, lw=1, ls=":", label="truth")
    ax.plot(labelled["x"], labelled["y"], ".", color=INK, ms=5, label="labelled")
    ax.set(xlim=(-10, 10), ylim=(-3.4, 3), xlabel="x", ylabel="y")


def draw_batch(ax, parts, shades):
    """Gains along the line, and the batch on the axis, earlier picks darker."""
    line, picks = parts["line"], parts["pick"]
    right = ax.twinx()
    right.plot(
        line["x"], line["gain"], color=GAIN, lw=1.2, label="gain of the first pick"
    )
    right.set(ylim=(0, 2.6 * line["gain"].max()), yticks=[])
    ax.scatter(
        picks["x"], [-3.25] * len(picks), c=shades, marker="^", s=55, zorder=3,
        label="batch",
    )  # fmt: skip
    lines = [*ax.get_legend_handles_labels()[0], *right.lines]
    ax.legend(handles=lines, loc="upper left", fontsize=7, ncols=2, frameon=False)


main = Experiment(__file__, __doc__, Settings, run, report, draw).main

if __name__ == "__main__":
    main()
