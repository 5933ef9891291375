"""Models whose draws are given, so that only selection is measured."""

import numpy as np

__all__ = ["Given", "linear_draws"]


class Given:
    """A trained model with given draws: a point is the index of its row.

    Parameters
    ----------
    draws_nkc : array of shape (n, k, c)
        Draws for each point.
    task : {"classification", "regression"}, default="classification"
        Task of the model.
    """

    def __init__(self, draws_nkc, task="classification"):
        self.draws_nkc, self.task = draws_nkc, task

    def __sklearn_clone__(self):
        return self  # cloning would copy the draws, which are large

    def fit(self, X, y):
        """There is nothing to train."""
        return self

    def draw(self, X, rng):
        """Draws of the rows X."""
        return self.draws_nkc[X]


def linear_draws(n, k, c, seed=0, disagreement=0.3):
    """Softmax of functions that are linear in eight features, about a common mean."""
    rng = np.random.default_rng(seed)
    x_nd, w_dx = rng.normal(size=(n, 8)), rng.normal(size=(8, k * c))
    z_nkc = disagreement * (x_nd @ w_dx).reshape(n, k, c)
    z_nkc += rng.normal(size=(n, 1, c))
    p_nkc = np.exp(z_nkc - z_nkc.max(axis=-1, keepdims=True))
    return p_nkc / p_nkc.sum(axis=-1, keepdims=True)
