"""Learning curves of regression strategies on two UCI sets, against random sampling.

    SKACTIVE_DATA=folder python benchmarks/regression_curves.py [--seeds 10]

The folder holds ``kin8nm.npz`` and ``concrete.npz`` (``X``, ``y``). A forest of 30
trees, 20 labels to start with, eight rounds of 10, of a pool of at most 800; printed is
the RMSE on 300 test points, in units of y's standard deviation, and how it compares
with that of random sampling from the same start.
"""

import argparse
import os
from pathlib import Path

import numpy as np
from sklearn.ensemble import RandomForestRegressor

from skactive import DEIMOS, CoreSet, MaxVariance, RandomSampling

STRATEGIES = (DEIMOS, MaxVariance, CoreSet, RandomSampling)
START, ROUNDS, BATCH = 20, 8, 10


def standardised(name):
    """Features and values of a set, of zero mean and unit spread."""
    with np.load(Path(os.environ["SKACTIVE_DATA"]) / f"{name}.npz") as data:
        X, y = data["X"], data["y"].ravel()
    return (X - X.mean(axis=0)) / X.std(axis=0), (y - y.mean()) / y.std()


def curve(kind, X, y, seed):
    """Test RMSE after each round."""
    order = np.random.default_rng(seed).permutation(len(X))
    test, pool = order[:300], order[300:1100]
    labelled, errors = pool[:START], []
    for _ in range(ROUNDS + 1):
        model = RandomForestRegressor(30, min_samples_leaf=2)
        strategy = kind(model, random_state=seed).fit(X[labelled], y[labelled])
        errors.append(np.mean((strategy.predict(X[test]) - y[test]) ** 2) ** 0.5)
        left = np.setdiff1d(pool, labelled)
        labelled = np.r_[labelled, left[strategy.query(X[left], BATCH)]]
    return errors


def main(argv=None):
    """Print a table for each set."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=10)
    seeds = range(parser.parse_args(argv).seeds)
    for name in ("kin8nm", "concrete"):
        X, y = standardised(name)
        curves = {
            kind.__name__: np.array([curve(kind, X, y, seed) for seed in seeds])
            for kind in STRATEGIES
        }
        for strategy, errors in curves.items():
            mean = errors.mean(axis=0)[[0, 4, 8]]
            less = (errors - curves["RandomSampling"])[:, 1:].mean(axis=1)
            print(
                f"{name}, {strategy:15} RMSE at 20, 60, 100 labels:",
                *(f"{m:.3f}" for m in mean),
                f"; mean of rounds less that at random {less.mean():+.3f} "
                f"(sd {less.std():.3f}), lower in {(less < 0).sum()} of {len(less)}",
            )


if __name__ == "__main__":
    main()
