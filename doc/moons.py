"""Draw which points of a fine grid each measure asks for, on three moons.

``python doc/moons.py`` writes ``doc/_static/moons.png``, which is committed: the
documentation is built without running this. After figures 2 and 11 of Woo, "Active
learning in Bayesian neural networks with balanced entropy learning principle", ICLR
2023: its net, its 25 and 500 points, on a coarser grid.
"""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.frozen import FrozenEstimator
from skorch import NeuralNetClassifier

import skactive
from skactive.datasets import make_three_moons
from skactive.samplers import DropoutSampler

MEASURES = (
    "BalancedEntropy",
    "BALD",
    "Entropy",
    "LeastConfidence",
    "MeanSD",
    "PowerBALD",
    "ExpectedEffectiveLoss",
    "BetaMarginalEIG",
)
SIDE, N_DRAWS = 250, 50
COLOURS = np.array([[0.62, 0.74, 0.85], [0.96, 0.85, 0.62], [0.68, 0.83, 0.68]])


def trained_net():
    """The net of appendix A.24, trained on the moons."""
    layers = [torch.nn.Linear(2, 72), torch.nn.ReLU()]
    for _ in range(2):
        layers += [torch.nn.Linear(72, 72), torch.nn.Dropout(0.2), torch.nn.ReLU()]
    net = NeuralNetClassifier(
        torch.nn.Sequential(*layers, torch.nn.Linear(72, 3, bias=False)),
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=0.003,
        max_epochs=60,
        batch_size=64,
        train_split=None,
        verbose=0,
    )
    torch.manual_seed(0)
    return net.fit(*make_three_moons(random_state=0))


def grid():
    """SIDE by SIDE points, and what the drawing calls their extent."""
    extent = (-2.2, 4.2, -2.4, 2.4)
    x, y = np.linspace(*extent[:2], SIDE), np.linspace(*extent[2:], SIDE)
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    return points.astype(np.float32), extent


def panel(ax, picks, grid_X, regions, extent):
    """One measure's picks over the regions that the net predicts."""
    ax.imshow(regions, origin="lower", extent=extent, aspect="auto", alpha=0.75)
    ax.plot(*grid_X[picks].T, ".", color="#b3261e", markersize=2.2 + 40 / len(picks))
    ax.set(xticks=[], yticks=[])


def draw(target):
    """Fit, ask, and write the picture."""
    net, (points, extent) = trained_net(), grid()
    sampler = DropoutSampler(FrozenEstimator(net), n_draws=N_DRAWS)
    X, y = make_three_moons(random_state=0)
    regions = COLOURS[net.predict(points)].reshape(SIDE, SIDE, 3)
    _, axes = plt.subplots(2, len(MEASURES), figsize=(15, 3.6), layout="constrained")
    for name, column in zip(MEASURES, axes.T, strict=True):
        strategy = getattr(skactive, name)(sampler, random_state=0).fit(X, y)
        picks = strategy.query(points, 500)
        for ax, n in zip(column, (25, 500), strict=True):
            panel(ax, picks[:n], points, regions, extent)
        column[0].set_title(name, fontsize=10)
    for ax, n in zip(axes[:, 0], (25, 500), strict=True):
        ax.set_ylabel(f"the first {n}")
    plt.savefig(target, dpi=100)


if __name__ == "__main__":
    target = Path(__file__).parent / "_static" / "moons.png"
    draw(target)
    print(target.name)
