"""Core-sets on points in the plane: model, rounds, colours."""

import numpy as np
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF

__all__ = ["COLOURS", "INK", "bare", "rounds_of", "seeds_of", "smooth"]

COLOURS = np.array(["#c8553d", "#f2a541", "#588b8b", "#6d5a8d", "#7f8c5a"])
INK = "#1f2933"


def smooth(length_scale):
    """A smooth classifier: a Gaussian process with a fixed kernel."""
    return GaussianProcessClassifier(9.0 * RBF(length_scale), optimizer=None)


def seeds_of(settings):
    """One seed per run."""
    return range(settings.random_state, settings.random_state + settings.seeds)


def rounds_of(strategy, X, y, labelled, n, rounds):
    """Yield the labelled points after each round, the last `n` new, and the model."""
    yield labelled, strategy.fit(X[labelled], y[labelled]).estimator_
    for _ in range(rounds):
        pool = np.setdiff1d(np.arange(len(X)), labelled)
        labelled = np.r_[labelled, pool[strategy.query(X[pool], n)]]
        yield labelled, strategy.fit(X[labelled], y[labelled]).estimator_


def bare(ax, limit):
    """Show a square of the plane, without ticks."""
    ax.set(xticks=[], yticks=[], xlim=(-limit, limit), ylim=(-limit, limit))
    ax.set_aspect("equal")
