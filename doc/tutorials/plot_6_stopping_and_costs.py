"""
When to stop, and what labels cost
==================================

Two questions of everybody who pays for labels: is it enough, and what does a batch
cost?
"""

# %%
# Stopping criteria on past runs
# ------------------------------
# A stopping criterion looks at each round and says when it would stop. Which one to
# trust depends on the data, so try them on runs whose end is known: every run goes on
# to its end, and each criterion says what it would have saved and lost.

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
# Criteria report and stop nothing by force: in a campaign with people, ``progress()``
# says what each of them says, and you decide. See :doc:`/stopping`.

# %%
# Labels that cost more than others
# ---------------------------------
# Say that the label of a digit costs what its ink does: a dark image takes longer to
# read. A query with ``cost`` and ``budget`` selects the batch that is worth most among
# those that fit the budget.

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
# Answers that are still out
# --------------------------
# People take their time. Points that were queried and are not answered yet are
# ``pending``: they are not chosen again, and the batch is chosen as if their labels
# were to come.

first = strategy.query(X[pool], n=5)
second = strategy.query(X[pool], n=5, pending=first)
print(np.intersect1d(first, second))

# %%
# :doc:`/pending_and_cost` says what each strategy makes of both.
