"""
Choose a strategy for your data
===============================

No strategy is best everywhere. Where some labels are known already, of this data or of
data like it, the choice can be made on evidence: simulate active learning many times,
with the same splits, initial labels and seeds for all strategies.
"""

# %%
# Strategies to compare
# ---------------------
# Random sampling is always among them: what does not beat it is not worth its time.

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
# The search
# ----------
# ``cv=8`` makes eight splits. With ``checkpoint="folder"`` a search that was stopped
# goes on where it was; ``n_jobs`` runs splits side by side and changes nothing but the
# time.

search = StrategySearchCV(
    strategies, n=10, rounds=6, cv=8, scoring="accuracy", random_state=0, n_jobs=2
).fit(X, y)

import pandas as pd

results = pd.DataFrame(search.cv_results_).set_index("strategy")
results[["mean_test_score", "std_test_score", "rank_test_score"]].sort_values(
    "rank_test_score"
)

# %%
# How sure is that?
# -----------------
# Curves of one split are paired: they start from the same labels. What counts is the
# difference between them, its interval, and whether it survives a test that is
# corrected for the number of comparisons.

from skactive.model_selection import compare_curves
from skactive.plotting import LearningCurveDisplay

comparison = compare_curves(search, baseline="random", random_state=0)
print(comparison)

# %%
LearningCurveDisplay.from_results(search, targets=[0.8])

# %%
# The winner, for labels to come
# ------------------------------
# ``best_strategy_`` is not fitted. Give it your labels, and ask.

strategy = search.best_strategy_.fit(X[:50], y[:50])
print(search.best_name_, strategy.query(X[50:], n=5))
