"""
Choosing a strategy
===================

No strategy is best for all data sets. If you have labelled data that are similar to
yours, compare strategies on these: simulate active learning many times, with the same
splits, initial labels and seeds for all strategies.
"""

# %%
# Strategies to compare
# ---------------------
# Always include random sampling: a strategy that is not better is not worth its time.

from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skactive import BADGE, CoreSet, Entropy, Margin, RandomSampling
from skactive.model_selection import StrategySearchCV

X, y = load_digits(return_X_y=True)
X, y = X[:800], y[:800]
model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
strategies = {
    "Margin": Margin(model),
    "Entropy": Entropy(model),
    "BADGE": BADGE(model),
    "CoreSet": CoreSet(model),
    "random": RandomSampling(model),
}

# %%
# Search
# ------
# ``cv=8`` makes eight splits. ``n_jobs=2`` runs two of them in parallel, with the same
# results. With ``checkpoint="folder"``, a search that was interrupted can be resumed.

search = StrategySearchCV(
    strategies, n=10, rounds=6, cv=8, scoring="accuracy", random_state=0, n_jobs=2
).fit(X, y)

import pandas as pd

results = pd.DataFrame(search.cv_results_).set_index("strategy")
results[["mean_test_score", "std_test_score", "rank_test_score"]].sort_values(
    "rank_test_score"
)

# %%
# Significance
# ------------
# The curves of a split are paired, since they start with the same labels.
# ``compare_curves`` computes confidence intervals of their differences, and tests that
# are corrected for the number of comparisons.

from skactive.model_selection import compare_curves
from skactive.plotting import LearningCurveDisplay

comparison = compare_curves(search, baseline="random", random_state=0)
print(comparison)

# %%
LearningCurveDisplay.from_results(search, targets=[0.8])

# %%
# Using the best strategy
# -----------------------
# ``best_strategy_`` is not fitted. Fit it on your labelled points and query the pool.

strategy = search.best_strategy_.fit(X[:50], y[:50])
print(search.best_name_, strategy.query(X[50:], n=5))
