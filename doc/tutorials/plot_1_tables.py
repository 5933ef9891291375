"""
A table with categories and missing values
==========================================

Most tables are not arrays of numbers. A strategy passes the pool to the model as it is,
so that data frames with strings and missing values work as long as the model takes
them: put the encoding in a pipeline, and the strategy around it.
"""

# %%
# The table
# ---------
# The American National Election Study of 1996, which comes with statsmodels: 944
# people, and for whom they expected to vote. Party and education are categories. The
# survey has no gaps; we blank out one income in ten, as people often do not tell.

import numpy as np
from statsmodels.datasets import anes96

PARTY = [
    "strong D",
    "weak D",
    "indep. D",
    "independent",
    "indep. R",
    "weak R",
    "strong R",
]

table = anes96.load_pandas().data
X = table[["age", "income", "TVnews", "popul"]].copy()
X["party"] = table["PID"].map(lambda code: PARTY[int(code)])
X["education"] = "level " + table["educ"].astype(int).astype(str)
y = np.where(table["vote"] == 1, "Dole", "Clinton")
rng = np.random.default_rng(0)
X.loc[rng.random(len(X)) < 0.1, "income"] = np.nan
X.head()

# %%
# The model
# ---------
# Columns are encoded by their type: categories as indicators, numbers standardized,
# with the mean in place of what is missing.

from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

encode = make_column_transformer(
    (
        OneHotEncoder(handle_unknown="ignore"),
        make_column_selector(dtype_exclude="number"),
    ),
    (
        make_pipeline(SimpleImputer(), StandardScaler()),
        make_column_selector(dtype_include="number"),
    ),
)
model = make_pipeline(encode, LogisticRegression(max_iter=1000))

# %%
# One query
# ---------
# Twenty people have answered. Whom should we call next? The answer is row numbers of
# the pool, and the pool stays a data frame.

from skactive import BatchBALD

labelled, pool = np.arange(20), np.arange(20, len(X))
strategy = BatchBALD(model, random_state=0).fit(X.iloc[labelled], y[labelled])
picks = strategy.query(X.iloc[pool], n=5)
X.iloc[pool[picks]]

# %%
# Does it pay?
# ------------
# Here all answers are known, so we can play the whole game many times over and compare
# with calling people at random. All strategies start from the same ten splits and
# labels.

from skactive import Margin, RandomSampling
from skactive.model_selection import StrategySearchCV, compare_curves
from skactive.plotting import LearningCurveDisplay

search = StrategySearchCV(
    {"Margin": Margin(model), "random": RandomSampling(model)},
    n=10,
    rounds=8,
    cv=10,
    random_state=0,
    n_jobs=2,
).fit(X, y)
print(compare_curves(search, baseline="random", random_state=0))

# %%
LearningCurveDisplay.from_results(search)

# %%
# The interval says what ten splits of this table can tell. A gain that is not settled
# is an answer too: where a few columns decide, random rows show them soon enough.
