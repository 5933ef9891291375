"""
Stopping criteria and labelling costs
=====================================

This example shows how to decide when to stop labelling, and how to select a batch
within a budget.
"""

# %%
# Evaluating stopping criteria
# ----------------------------
# A stopping criterion observes each round and reports when to stop. Which one is
# reliable depends on the data. Here, criteria are evaluated on complete runs: for each
# of them, the results contain how many labels it would have saved and how much score it
# would have lost.

from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skactive import Margin
from skactive.model_selection import StrategySearchCV
from skactive.plotting import StoppingDisplay
from skactive.stopping import (
    Budget,
    ClassificationChange,
    Plateau,
    StabilizingPredictions,
)

X, y = load_digits(return_X_y=True)
model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
search = StrategySearchCV(
    {"Margin": Margin(model)},
    n=20,
    rounds=20,
    cv=5,
    random_state=0,
    n_jobs=2,
    stopping={
        "stable": StabilizingPredictions(),
        "no change": ClassificationChange(),
        "plateau": Plateau(),
        "200 labels": Budget(labels=200),
        "stable or 200": StabilizingPredictions() | Budget(labels=200),
    },
).fit(X, y)
StoppingDisplay.from_results(search.stopping_results_)

# %%
# Criteria never stop a run by themselves. In a labelling campaign, ``progress()`` shows
# what each of them reports, and you decide. See :doc:`/stopping`.

# %%
# Labels with different costs
# ---------------------------
# Suppose that the cost of a label depends on the image: here, darker images are more
# expensive. With ``cost`` and ``budget``, a query maximises the objective among the
# batches within the budget.

import numpy as np

cost = 1 + X.sum(axis=1) / X.sum(axis=1).mean()
labelled, pool = np.arange(50), np.arange(50, len(X))
strategy = Margin(model, random_state=0).fit(X[labelled], y[labelled])
for name, options in {
    "ten labels": {"n": 10},
    "a budget of 15": {"n": None, "cost": cost[pool], "budget": 15},
}.items():
    picks = strategy.query(X[pool], **options)
    print(f"{name}: {len(picks)} labels for {cost[pool[picks]].sum():.1f}")

# %%
# Pending points
# --------------
# Points that were queried but are not labelled yet can be passed as ``pending``. They
# are not selected again, and the batch is selected as if their labels were known.

first = strategy.query(X[pool], n=5)
second = strategy.query(X[pool], n=5, pending=first)
print(np.intersect1d(first, second))

# %%
# :doc:`/pending_and_cost` explains how each strategy uses pending points and costs.
