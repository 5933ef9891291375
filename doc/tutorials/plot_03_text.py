"""
Text classification
===================

Texts are passed to the model as a list of strings. In this example, the model is a
pipeline of TF-IDF, a projection to few dimensions, and logistic regression. The first
two steps can be replaced by a sentence encoder.
"""

# %%
# Data
# ----
# The texts are docstrings of SciPy. The task is to predict the subpackage from the
# first words of a docstring.

import importlib
import inspect

import numpy as np

SUBPACKAGES = ["linalg", "optimize", "signal", "sparse", "special", "stats"]


def docstrings(name):
    """First paragraphs of the functions and classes of a subpackage."""
    module = importlib.import_module(f"scipy.{name}")
    objects = [getattr(module, public) for public in module.__all__]
    found = {inspect.getdoc(obj) or "" for obj in objects if callable(obj)}
    return sorted(" ".join(text.split()[:40]) for text in found if len(text) > 100)


corpus = [(text, name) for name in SUBPACKAGES for text in docstrings(name)]
np.random.default_rng(0).shuffle(corpus)
texts, labels = [text for text, _ in corpus], np.array([name for _, name in corpus])
print(len(texts), "texts")
print(texts[0])

# %%
# Query
# -----
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skactive import Margin

model = make_pipeline(
    TfidfVectorizer(stop_words="english", sublinear_tf=True),
    TruncatedSVD(20, random_state=0),
    LogisticRegression(C=100, max_iter=1000),
)
strategy = Margin(model, random_state=0).fit(texts[:30], labels[:30])
picks = strategy.query(texts[30:], n=3)
for pick in picks:
    print("*", texts[30 + pick])

# %%
# First batch
# -----------
# Without any labels, a model cannot be fitted. ``TypiClust`` selects typical texts from
# different clusters of the features, without a model.

from skactive import TypiClust

features = make_pipeline(*[step for _, step in model.steps[:2]]).fit_transform(texts)
first = TypiClust(random_state=0).fit(features[:0], labels[:0]).query(features, n=6)
print(sorted(labels[first]))

# %%
# Comparison with random sampling
# -------------------------------
from skactive import RandomSampling
from skactive.model_selection import StrategySearchCV
from skactive.plotting import LearningCurveDisplay

search = StrategySearchCV(
    {"Margin": Margin(model), "random": RandomSampling(model)},
    n=20,
    rounds=5,
    cv=8,
    initial="random",
    random_state=0,
    n_jobs=2,
)
search.fit(texts, labels)
LearningCurveDisplay.from_results(search)
