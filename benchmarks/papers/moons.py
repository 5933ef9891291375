"""Which points of a fine grid each measure asks for, on three moons.

Figures 2 and 11 of Woo, "Active learning in Bayesian neural networks with balanced
entropy learning principle", ICLR 2023: its net, its 25 and 500 points of 0.6 million.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from _driver import make_strategy, run_experiment

from skactive.datasets import make_three_moons

SETTINGS = {
    "strategies": [
        "BalancedEntropy",
        "BALD",
        "Entropy",
        "LeastConfidence",
        "MeanSD",
        "PowerBALD",
        "ExpectedEffectiveLoss",
        "BetaMarginalEIG",
    ],
    "side": (40, 775, 775),
    "draws": (5, 50, 100),
    "epochs": (2, 60, 60),
    "few": (5, 25, 25),
    "many": (50, 500, 500),
}
EXTENT = (-2.2, 4.2, -2.4, 2.4)
REGIONS = 80  # to a side, of what the net predicts
COLOURS = np.array([[0.62, 0.74, 0.85], [0.96, 0.85, 0.62], [0.68, 0.83, 0.68]])


def net(args):
    """The net of appendix A.24, not yet trained."""
    import torch
    from skorch import NeuralNetClassifier

    layers = [torch.nn.Linear(2, 72), torch.nn.ReLU()]
    for _ in range(2):
        layers += [torch.nn.Linear(72, 72), torch.nn.Dropout(0.2), torch.nn.ReLU()]
    return NeuralNetClassifier(
        torch.nn.Sequential(*layers, torch.nn.Linear(72, 3, bias=False)),
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=0.003,
        max_epochs=args.epochs,
        batch_size=64,
        train_split=None,
        verbose=0,
    )


def grid(side):
    """Side by side points of the plane."""
    x, y = np.linspace(*EXTENT[:2], side), np.linspace(*EXTENT[2:], side)
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(np.float32)


class Drawn:
    """A model whose draws are given: a point is the number of its row."""

    task = "classification"

    def __init__(self, draws_nkc):
        self.draws_nkc = draws_nkc

    def __sklearn_clone__(self):
        return self

    def fit(self, X, y):
        """There is nothing to train."""
        return self

    def draw(self, X, rng):
        """Draws of the rows that X names."""
        return self.draws_nkc[X]


def run(args):
    """A row a pick, and one a place for what the net predicts."""
    from skactive.samplers import DropoutSampler

    X, y = make_three_moons(random_state=0)
    sampler = DropoutSampler(net(args), n_draws=args.draws)
    sampler = sampler.set_params(random_state=args.random_state).fit(X, y)
    points = grid(args.side)
    draws_nkc = np.asarray(sampler.draw(points, rng=args.random_state))
    frames = []
    for spec in args.strategies:
        strategy = make_strategy(spec, Drawn(draws_nkc))  # drawn once for all
        strategy.set_params(random_state=args.random_state).fit(np.arange(3), [0, 1, 2])
        picks = points[strategy.query(np.arange(len(points)), args.many)].round(4)
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


def report(frame, args):
    """How far apart the picks lie."""
    rows = {}
    for spec, x_n2 in picks_of(frame).items():
        rows[spec] = {n: apart(x_n2[:n]) for n in (args.few, args.many)}
    table = pd.DataFrame.from_dict(rows, orient="index")
    return "median distance of a pick to the nearest other\n" + table.to_string(
        float_format="{:.4f}".format
    )


def apart(x_n2):
    """Median distance to the nearest other point."""
    distance = np.linalg.norm(x_n2[:, None] - x_n2, axis=-1)
    np.fill_diagonal(distance, np.inf)
    return np.median(distance.min(axis=1))


def draw(frame, args):
    """Picks over the regions that the net predicts."""
    found = picks_of(frame)
    predicted = frame["predicted"].dropna().astype(int).to_numpy()
    regions = COLOURS[predicted].reshape(REGIONS, REGIONS, 3)
    figure, axes = plt.subplots(
        2, len(found), figsize=(15, 3.6), squeeze=False, layout="constrained"
    )
    for column, (spec, picks) in zip(axes.T, found.items(), strict=True):
        for ax, n in zip(column, (args.few, args.many), strict=True):
            ax.imshow(regions, origin="lower", extent=EXTENT, aspect="auto", alpha=0.75)
            size = 2.2 + 40 / n
            ax.plot(*picks[:n].T, ".", color="#b3261e", markersize=size)
            ax.set(xticks=[], yticks=[], xlim=EXTENT[:2], ylim=EXTENT[2:])
        column[0].set_title(spec, fontsize=10)
    for ax, n in zip(axes[:, 0], (args.few, args.many), strict=True):
        ax.set_ylabel(f"the first {n}")
    return figure


def main(argv=None):
    """Run the experiment of the command line."""
    run_experiment(
        __file__, __doc__, SETTINGS, run, draw=draw, report=report, argv=argv
    )


if __name__ == "__main__":
    main()
