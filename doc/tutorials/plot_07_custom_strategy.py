"""
Writing a custom strategy
=========================

A strategy that scores each point on its own needs a single method. A strategy for
batches needs an objective with three methods. The base class provides everything else:
validation, candidates, pending points, costs, seeds, pipelines, and pools on a cluster.
"""

# %%
# Pointwise strategy
# ------------------
# The score of a point is the standard deviation of its class probabilities over the
# draws, for the class where it is largest. ``p_nkc`` contains the probabilities of c
# classes at n points under k draws.

import numpy as np
from array_api_compat import array_namespace
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier

from skactive.base import PointwiseStrategy


class Spread(PointwiseStrategy):
    """Select the points whose class probabilities vary most over the draws."""

    tasks = ("classification",)

    def _score(self, p_nkc):
        xp = array_namespace(p_nkc)  # NumPy or PyTorch, depending on the model
        return xp.max(xp.std(p_nkc, axis=1), axis=1)


X, y = load_digits(return_X_y=True)
forest = RandomForestClassifier(min_samples_leaf=2)
strategy = Spread(forest, random_state=0).fit(X[:50], y[:50])
indices, scores = strategy.query(X[50:], n=5, return_scores=True)
print(indices, scores.round(3))

# %%
# Batch strategy
# --------------
# The objective is what papers call the acquisition function of a batch. It returns the
# marginal gain of each point, given the points selected so far, which are described by
# the state. The following objective selects points whose predictions differ from each
# other.

from skactive import QueryStrategy
from skactive.selection import SetFunction


class FarPredictions(SetFunction):
    """Distance of each prediction to the nearest one in the batch."""

    diminishing = True  # gains only shrink as the batch grows

    def __init__(self, mean_nc):
        self.mean_nc = mean_nc

    def start(self):
        """Start with an upper bound of all distances."""
        return np.full(len(self.mean_nc), 2.0)

    def gains(self, state, rows=None):
        """Return the distance of each point (of `rows`) to the batch."""
        return state if rows is None else state[rows]

    def add(self, state, i):
        """Return the distances with point `i` added; `state` is not changed."""
        return np.minimum(state, np.linalg.norm(self.mean_nc - self.mean_nc[i], axis=1))


class DiversePredictions(QueryStrategy):
    """Select points whose predictions are far from each other."""

    tasks, needs = ("classification",), "mean"

    def _objective(self, X_pool, rng):
        return FarPredictions(self.sampler_.draw(X_pool, rng).mean(axis=1))


strategy = DiversePredictions(forest, random_state=0).fit(X[:50], y[:50])
picks = strategy.query(X[50:], n=10)
print("classes of the batch:", np.sort(y[50:][picks]))

# %%
# Testing the strategy
# --------------------
# ``check_strategy`` tests a strategy with different containers, duplicates, ties,
# little memory, both backends, and invalid input. If a check fails, the error describes
# the problem.

from skactive.testing import check_strategy

check_strategy(Spread(RandomForestClassifier(20, min_samples_leaf=2), random_state=0))

# %%
# :doc:`/add_a_strategy` has longer examples, and explains how to contribute a strategy.
