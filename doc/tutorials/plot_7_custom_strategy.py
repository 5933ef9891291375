"""
A strategy of your own
======================

A strategy that scores each point by itself is one method. A strategy for batches is an
objective with three methods. Everything else (checks, candidates, pending points,
costs, seeds, pipelines, pools on a cluster) comes from the base class.
"""

# %%
# A score for each point
# ----------------------
# How much do the draws disagree, on the class where they disagree most? ``p_nkc`` holds
# the class probabilities of n points under k draws.

import numpy as np
from array_api_compat import array_namespace
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier

from skactive.base import PointwiseStrategy


class Spread(PointwiseStrategy):
    """Query the points whose class probabilities spread most over the draws."""

    tasks = ("classification",)

    def _score(self, p_nkc):
        xp = array_namespace(p_nkc)  # NumPy or PyTorch, as the model has it
        return xp.max(xp.std(p_nkc, axis=1), axis=1)


X, y = load_digits(return_X_y=True)
forest = RandomForestClassifier(min_samples_leaf=2)
strategy = Spread(forest, random_state=0).fit(X[:50], y[:50])
indices, scores = strategy.query(X[50:], n=5, return_scores=True)
print(indices, scores.round(3))

# %%
# An objective for batches
# ------------------------
# An objective is what papers call an acquisition function, of sets: given the points in
# the batch so far (the state), what does each further point add? This one wants
# predictions that differ from those already in the batch.

from skactive import QueryStrategy
from skactive.selection import SetFunction


class FarPredictions(SetFunction):
    """Distance of each prediction to the nearest one in the batch."""

    diminishing = True  # gains only shrink as the batch grows

    def __init__(self, mean_nc):
        self.mean_nc = mean_nc

    def start(self):
        """Begin with a bound that no distance reaches."""
        return np.full(len(self.mean_nc), 2.0)

    def gains(self, state, rows=None):
        """Return the distance of each point (of `rows`) to the batch."""
        return state if rows is None else state[rows]

    def add(self, state, i):
        """Return the distances with point `i` in the batch; `state` stays."""
        return np.minimum(state, np.linalg.norm(self.mean_nc - self.mean_nc[i], axis=1))


class DiversePredictions(QueryStrategy):
    """Query points whose predictions are far from each other."""

    tasks, needs = ("classification",), "mean"

    def _objective(self, X_pool, rng):
        return FarPredictions(self.sampler_.draw(X_pool, rng).mean(axis=1))


strategy = DiversePredictions(forest, random_state=0).fit(X[:50], y[:50])
picks = strategy.query(X[50:], n=10)
print("classes of the batch:", np.sort(y[50:][picks]))

# %%
# Check it
# --------
# ``check_strategy`` tries what a user might: every container, duplicates, ties, small
# memory, both backends, bad input. It raises an error that names what is wrong.

from skactive.testing import check_strategy

check_strategy(Spread(RandomForestClassifier(20, min_samples_leaf=2), random_state=0))

# %%
# :doc:`/add_a_strategy` has longer examples, and what a strategy needs to become part
# of skactive.
