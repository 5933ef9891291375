"""Which points of a fine grid each measure selects, on three moons.

Figures 2 and 11 of Woo, "Active learning in Bayesian neural networks with balanced
entropy learning principle", ICLR 2023: its net, its 25 and 500 points of 0.6 million.
"""

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from _driver import Experiment
from _settings import ByScale, StrategySettings, make_strategy

from skactive.datasets import make_three_moons


@dataclass(frozen=True)
class Settings(StrategySettings):
    """Grid, net, and the two sizes of batches."""

    strategies: tuple[str, ...] = (
        "BalancedEntropy",
        "BALD",
        "Entropy",
        "LeastConfidence",
        "MeanSD",
        "PowerBALD",
        "ExpectedEffectiveLoss",
        "BetaMarginalEIG",
    )
    side: int = ByScale(40, 775, 775)
    draws: int = ByScale(5, 50, 100)
    epochs: int = ByScale(2, 60, 60)
    few: int = ByScale(5, 25, 25)
    many: int = ByScale(50, 500, 500)


EXTENT = (-2.2, 4.2, -2.4, 2.4)
REGIONS = 80  # predictions to a side
COLOURS = np.array([[0.62, 0.74, 0.85], [0.96, 0.85, 0.62], [0.68, 0.83, 0.68]])


def module():
    """Three hidden layers, two of them with dropout: appendix A.24."""
    import torch

    layers = [torch.nn.Linear(2, 72), torch.nn.ReLU()]
    for _ in range(2):
        layers += [torch.nn.Linear(72, 72), torch.nn.Dropout(0.2), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(72, 3, bias=False))


def net(settings):
    """The net, not yet trained."""
    import torch
    from skorch import NeuralNetClassifier

    return NeuralNetClassifier(
        module,  # made in fit, so that the seed determines its weights
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=0.003,
        max_epochs=settings.epochs,
        batch_size=64,
        train_split=None,
        verbose=0,
    )


def grid(side):
    """Regular grid of points in the plane."""
    x, y = np.linspace(*EXTENT[:2], side), np.linspace(*EXTENT[2:], side)
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(np.float32)


class Drawn:
    """A model with given draws: a point is the index of its row."""

    task = "classification"

    def __init__(self, draws_nkc):
        self.draws_nkc = draws_nkc

    def __sklearn_clone__(self):
        return self

    def fit(self, X, y):
        """There is nothing to train."""
        return self

    def draw(self, X, rng):
        """Draws of the rows X."""
        return self.draws_nkc[X]


def run(settings):
    """One row per pick, then one per prediction on a coarse grid."""
    from skactive.samplers import DropoutSampler

    X, y = make_three_moons(random_state=0)
    sampler = DropoutSampler(net(settings), n_draws=settings.draws)
    sampler = sampler.set_params(random_state=settings.random_state).fit(X, y)
    points = grid(settings.side)
    draws_nkc = np.asarray(sampler.draw(points, rng=settings.random_state))
    frames = []
    for spec in settings.strategies:
        strategy = make_strategy(spec, Drawn(draws_nkc))  # one set of draws for all
        strategy.set_params(random_state=settings.random_state).fit(
            np.arange(3), [0, 1, 2]
        )
        picks = points[strategy.query(np.arange(len(points)), settings.many)].round(4)
        frames.append(pd.DataFrame(picks, columns=["x1", "x2"]).assign(strategy=spec))
    regions = sampler.estimator_.predict(grid(REGIONS))
    return pd.concat([*frames, pd.DataFrame({"predicted": regions})])


def picks_of(frame):
    """Picks (n, 2), in order, by strategy."""
    return {
        spec: rows[["x1", "x2"]].to_numpy()
        for spec, rows in frame[frame["strategy"].notna()].groupby(
            "strategy", sort=False
        )
    }


def report(frame, settings):
    """Median distances between picks."""
    rows = {}
    for spec, x_n2 in picks_of(frame).items():
        rows[spec] = {n: apart(x_n2[:n]) for n in (settings.few, settings.many)}
    table = pd.DataFrame.from_dict(rows, orient="index")
    return "median distance of a pick to the nearest other\n" + table.to_string(
        float_format="{:.4f}".format
    )


def apart(x_n2):
    """Median distance to the nearest other point."""
    distance = np.linalg.norm(x_n2[:, None] - x_n2, axis=-1)
    np.fill_diagonal(distance, np.inf)
    return np.median(distance.min(axis=1))


def draw(frame, settings):
    """Picks over the regions that the net predicts."""
    found = picks_of(frame)
    predicted = frame["predicted"].dropna().astype(int).to_numpy()
    regions = COLOURS[predicted].reshape(REGIONS, REGIONS, 3)
    figure, axes = plt.subplots(
        2, len(found), figsize=(15, 3.6), squeeze=False, layout="constrained"
    )
    for column, (spec, picks) in zip(axes.T, found.items(), strict=True):
        for ax, n in zip(column, (settings.few, settings.many), strict=True):
            ax.imshow(regions, origin="lower", extent=EXTENT, aspect="auto", alpha=0.75)
            size = 2.2 + 40 / n
            ax.plot(*picks[:n].T, ".", color="#b3261e", markersize=size)
            ax.set(xticks=[], yticks=[], xlim=EXTENT[:2], ylim=EXTENT[2:])
        column[0].set_title(spec, fontsize=10)
    for ax, n in zip(axes[:, 0], (settings.few, settings.many), strict=True):
        ax.set_ylabel(f"the first {n}")
    return figure


main = Experiment(__file__, __doc__, Settings, run, report, draw).main

if __name__ == "__main__":
    main()
