"""
Data frames with categories and missing values
==============================================

Most tables contain more than numbers. A strategy passes the pool to the model
unchanged, so that it supports data frames with strings and missing values if the model
does. To achieve this, put the preprocessing and the model in a pipeline, and the
pipeline in the strategy.
"""

# %%
# Data
# ----
# The data set is the American National Election Study of 1996, which is part of
# statsmodels. It contains 944 people and the candidate for whom they expected to vote.
# Party and education are categories. The data set has no missing values; we remove one
# income in ten.

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
# Model
# -----
# Columns are preprocessed by their type: categories are one-hot encoded; numbers are
# imputed by their mean and standardised.

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
# Query
# -----
# Suppose that twenty people have been asked. The query returns the rows of the people
# to ask next. The pool remains a data frame.

from skactive import BatchBALD

labelled, pool = np.arange(20), np.arange(20, len(X))
strategy = BatchBALD(model, random_state=0).fit(X.iloc[labelled], y[labelled])
picks = strategy.query(X.iloc[pool], n=5)
X.iloc[pool[picks]]

# %%
# Comparison with random sampling
# -------------------------------
# Since all answers are known here, active learning can be simulated and compared with
# random sampling. Both strategies use the same ten splits and initial labels.

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
# The interval shows how precisely ten splits of this data set determine the difference.
# A difference that is not significant is a result too: if few columns determine the
# label, random rows may be sufficient to learn it.
