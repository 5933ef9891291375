"""A model whose draws cost next to nothing, and data, for all benchmarks."""

import numpy as np

from skactive.testing import all_strategies

N_FEATURES = 8


class RandomFunctions:
    """A model that draws linear functions around a common one, of eight features.

    Parameters
    ----------
    task : {"classification", "regression"}
        What is drawn: softmax probabilities or values.
    k, c : int
        Draws, and classes or targets.
    """

    def __init__(self, task, k, c):
        self.task = task
        self.k = k
        self.c = c

    def fit(self, X, y):
        """Do nothing, as nothing is learnt."""
        return self

    def draw(self, X, rng):
        """Draws (n, k, c)."""
        common_dc = np.random.default_rng(0).normal(size=(N_FEATURES, 1, self.c))
        w_dkc = 0.5 * rng.normal(size=(N_FEATURES, self.k, self.c)) + common_dc
        z_nkc = (X @ w_dkc.reshape(N_FEATURES, -1)).reshape(len(X), self.k, self.c)
        if self.task == "regression":
            return z_nkc
        z_nkc -= z_nkc.max(axis=-1, keepdims=True)
        np.exp(z_nkc, out=z_nkc)
        z_nkc /= z_nkc.sum(axis=-1, keepdims=True)
        return z_nkc

    def embed(self, X):
        """Features are the points themselves."""
        return X


def points(n, seed=0):
    """Standard normal points: (n, 8)."""
    return np.random.default_rng(seed).normal(size=(n, N_FEATURES))


def labelled(task, c, n=50):
    """Points with labels of all classes, or with values of all targets."""
    X = points(n, seed=1)
    if task == "classification":
        return X, np.arange(n) % c
    return X, X[:, :1] @ np.ones((1, c)) if c > 1 else X[:, 0]


def strategies():
    """Every public strategy by its name, with the first of its tasks."""
    return {cls.__name__: (cls, cls.tasks[0]) for cls in all_strategies()}


def ready(name, k, c):
    """A strategy fitted around random functions."""
    cls, task = strategies()[name]
    strategy = cls(RandomFunctions(task, k, c), random_state=0)
    return strategy.fit(*labelled(task, c))
