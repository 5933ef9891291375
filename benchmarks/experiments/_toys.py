"""Points in the plane on which core-sets are shown; see `_driver`."""

import numpy as np
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF

__all__ = ["COLOURS", "INK", "bare", "overlap", "quadrants", "rounds_of", "smooth"]

COLOURS = np.array(["#c8553d", "#f2a541", "#588b8b", "#6d5a8d", "#7f8c5a"])
INK = "#1f2933"


def smooth(length_scale):
    """A smooth classifier: a Gaussian process with its kernel fixed."""
    return GaussianProcessClassifier(9.0 * RBF(length_scale), optimizer=None)


def quadrants(n, seed):
    """Points of a square, and their quadrants."""
    X = np.random.default_rng(seed).uniform(-1, 1, size=(n, 2))
    return X, 2 * (X[:, 0] > 0) + (X[:, 1] > 0)


def overlap(n, seed):
    """Five classes in thirty clusters; half of all points lie where two overlap."""
    rng = np.random.default_rng(seed)
    angles = np.linspace(0, 2 * np.pi, 15, endpoint=False)
    ring = np.c_[np.cos(angles), np.sin(angles)]
    centres = np.r_[3.4 * ring, 2.4 * ring]
    hopeless = rng.random(n) < 0.5
    cluster = rng.integers(len(centres), size=n)
    classes = np.random.default_rng(0).integers(5, size=len(centres))
    y = np.where(hopeless, rng.integers(2, size=n), classes[cluster])
    middle = np.where(hopeless[:, None], 0.0, centres[cluster])
    spread = np.where(hopeless, 0.6, 0.13)[:, None]
    return middle + spread * rng.normal(size=(n, 2)), y


def rounds_of(strategy, X, y, labelled, n, rounds):
    """Yield what is labelled in each round, the last `n` new, and the fitted model."""
    yield labelled, strategy.fit(X[labelled], y[labelled]).estimator_
    for _ in range(rounds):
        pool = np.setdiff1d(np.arange(len(X)), labelled)
        labelled = np.r_[labelled, pool[strategy.query(X[pool], n)]]
        yield labelled, strategy.fit(X[labelled], y[labelled]).estimator_


def bare(ax, limit):
    """Leave a square of the plane, without ticks."""
    ax.set(xticks=[], yticks=[], xlim=(-limit, limit), ylim=(-limit, limit))
    ax.set_aspect("equal")
