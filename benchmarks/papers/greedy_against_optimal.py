"""Greedy batches of DEIMOS against the best of all batches (appendix A of its paper).

Covariances of points whose draws are independent and Gaussian, and a noise of a tenth
of their mean variance: what the greedy batch removes of the variance, over what the
best batch does. The paper does not give its number of points.
"""

from itertools import combinations, product

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from _driver import run_experiment

from skactive.objectives import VarianceReduction
from skactive.selection import greedy

SETTINGS = {
    "covariances": (20, 200, 200),
    "points": (8, 15, 15),
    "batches": ([2, 5], [2, 5, 10], [2, 5, 10]),
    "draws": ([5, 50], [5, 10, 50], [5, 10, 50]),
    "noise": 0.1,
}


def run(args):
    """A row a covariance."""
    rows = []
    for k, b in product(args.draws, args.batches):
        batches = list(combinations(range(args.points), b))
        for trial in range(args.covariances):
            rng = np.random.default_rng([args.random_state, k, b, trial])
            ratio = ratio_of(rng.normal(size=(args.points, k)), batches, b, args.noise)
            rows.append({"draws": k, "batch": b, "trial": trial, "ratio": ratio})
    return pd.DataFrame(rows)


def ratio_of(draws_nk, batches, b, share):
    """What greedy removes over what the best of all batches does."""
    n, k = draws_nk.shape
    f_nk = (draws_nk - draws_nk.mean(axis=1, keepdims=True)) / k**0.5
    noise = share * np.mean(f_nk**2) * k
    f = VarianceReduction(f_nk[:, None], f_nk.T @ f_nk, noise, np.ones(n, dtype=bool))
    return greedy(f, b)[1].sum() / best_drop(f_nk @ f_nk.T + noise * np.eye(n), batches)


def best_drop(V, batches):
    """Largest drop of all batches, many at once."""
    batches = np.asarray(batches)
    blocks = V[batches[:, :, None], batches[:, None, :]]
    squares = (V @ V)[batches[:, :, None], batches[:, None, :]]
    return np.trace(np.linalg.solve(blocks, squares), axis1=1, axis2=2).max()


def report(frame, args):
    """Least and mean ratio, and how often greedy is the best."""
    ratio = frame.groupby(["draws", "batch"])["ratio"]
    table = ratio.agg(["min", "mean"]).assign(
        optimal=ratio.agg(lambda r: f"{np.mean(r > 1 - 1e-9):.0%}")
    )
    return table.to_string(float_format="{:.3f}".format)


def draw(frame, args):
    """A histogram for each number of draws and size of batch."""
    batches, draws = frame["batch"].unique(), frame["draws"].unique()
    figure, axes = plt.subplots(
        len(draws),
        len(batches),
        figsize=(7.5, 4.8),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    bins = np.linspace(np.floor(frame["ratio"].min() * 50) / 50, 1, 26)
    for ax, (k, b) in zip(axes.flat, product(draws, batches), strict=True):
        chosen = frame.loc[(frame["draws"] == k) & (frame["batch"] == b), "ratio"]
        ax.hist(chosen.clip(upper=1), bins, color="#588b8b")
        ax.axvline(0.97, color="#c8553d", lw=1, ls=":")
        ax.set_title(f"{k} draws, batch of {b}", fontsize=8, loc="left")
        ax.tick_params(labelsize=7)
        ax.spines[["top", "right"]].set_visible(False)
    figure.supxlabel(
        "greedy's drop of variance over the best batch's; dotted: the paper's least",
        fontsize=9,
    )
    figure.supylabel("covariances", fontsize=9)
    return figure


def main(argv=None):
    """Run the experiment of the command line."""
    run_experiment(
        __file__, __doc__, SETTINGS, run, draw=draw, report=report, argv=argv
    )


if __name__ == "__main__":
    main()
