"""Third-party samplers with given draws."""

import numpy as np


class GivenDraws:
    """Given draws of shape (n, k, c), looked up by the row number in column 0."""

    def __init__(self, draws, task="classification"):
        self.draws = draws
        self.task = task

    def fit(self, X, y):
        return self

    def draw(self, X, rng):
        return self.draws[np.asarray(X)[:, 0].astype(int)]


def pool_of(draws):
    """The pool for given draws: a column of row numbers."""
    return np.arange(len(draws), dtype=float)[:, None]


def fitted(strategy, **params):
    """A strategy on given draws, fitted on nothing."""
    return strategy.set_params(**params).fit(np.zeros((1, 1)), np.zeros(1))


class Table:
    """A sampler with given draws and features for each point.

    A point is its place in the table; draws come in the array library, and in the
    memory layout, asked for.
    """

    def __init__(
        self, task, draws_nkc, features_nd, classes, library="numpy", layout="C"
    ):
        self.task = task
        self.draws_nkc = draws_nkc
        self.features_nd = features_nd
        self.classes_ = classes
        self.library = library
        self.layout = layout

    def __repr__(self):
        arrays = (self.draws_nkc, self.features_nd, self.classes_)
        return f"Table({self.task!r}, {', '.join(map(repr, arrays))})"

    def fit(self, X, y):
        self.fitted_ = True
        return self

    def draw(self, X, rng):
        return self._as_array(self.draws_nkc[X[:, 0]])

    def embed(self, X):
        return self._as_array(self.features_nd[X[:, 0]])

    def _as_array(self, values):
        values = laid_out(values, self.layout)
        return values if self.library == "numpy" else _as_tensor(values)


def laid_out(values, layout):
    """The same values in C order ("C"), Fortran order ("F"), or not contiguous."""
    if layout != "gaps":
        return np.asarray(values, order=layout)
    wide = np.full((*values.shape[:-1], 2 * values.shape[-1]), np.nan, values.dtype)
    wide[..., ::2] = values
    return wide[..., ::2]


def _as_tensor(values):
    import torch

    return torch.as_tensor(values)
