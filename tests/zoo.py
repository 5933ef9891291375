"""Small models of every family.

``CASES`` are those that the tests of samplers draw from: called, an entry gives
``(model, X, y)``. ``models(task)`` are those that the shared checks give to every
strategy and sampler: if a new one accepts none of them, add one.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse
from sklearn.base import clone
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import (
    GaussianProcessClassifier,
    GaussianProcessRegressor,
)
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    LinearRegression,
    LogisticRegression,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skactive.samplers import BootstrapSampler, EnsembleSampler, as_sampler
from tests.points import NAMES, TARGETS, data, missing, sparse


class Entry(NamedTuple):
    """A model, or a function of the points and targets it will be fitted on."""

    model: Any
    target: str = "labels"
    points: Callable[[Any], Any] = lambda X: X

    def __call__(self):
        """Return (model, X, y): the model and the data to fit it on."""
        X, labels, y_2 = data()
        X, y = self.points(X), TARGETS[self.target](labels, y_2)
        return self.model(X, y) if callable(self.model) else self.model, X, y


class RandomLines:
    """An object that draws predictions and has nothing to do with scikit-learn."""

    task = "classification"

    def __repr__(self):
        return f"RandomLines({vars(self)})"

    def fit(self, X, y):
        self.n_features = X.shape[1]

    def draw(self, X, rng):
        w_kd = rng.normal(size=(5, self.n_features))
        p_nk = 1 / (1 + np.exp(-np.asarray(X, dtype=float) @ w_kd.T))
        return np.stack([p_nk, 1 - p_nk], axis=-1)

    def embed(self, X):
        return np.asarray(X)[:, :2] * 2


def small_forest(cls=RandomForestClassifier, **params):
    return cls(n_estimators=6, min_samples_leaf=2, random_state=0, **params)


def voters():
    return [("tree", DecisionTreeClassifier(max_depth=2)), ("bayes", GaussianNB())]


def soft_vote(*more):
    return VotingClassifier([*voters(), *more], voting="soft")


def scaled(model):
    return make_pipeline(StandardScaler(), model)


def trained(model, X, y):
    return FrozenEstimator(model.fit(X, y))


def partly_frozen(X, y):
    """One frozen member knows two of the labels, one a label unknown to the others."""
    two = np.isin(y, NAMES[:2])
    other = np.where(y[two] == "ant", "bee", "dog")
    members = [trained(GaussianNB(), X[two], labels) for labels in (y[two], other)]
    return [GaussianNB(), *members]


def frozen_at_the_end(X, y):
    return scaled(trained(small_forest(), StandardScaler().fit_transform(X), y))


def nested_pipeline():
    forest = small_forest(RandomForestRegressor)
    return scaled(make_pipeline(FunctionTransformer(np.tanh), "passthrough", forest))


LINES, NEAR = LinearRegression(), KNeighborsRegressor()
SHALLOW = DecisionTreeRegressor(max_depth=3)
STUMPY = DecisionTreeClassifier(max_depth=3)
FEW_NEAR = KNeighborsClassifier(2)
KINDS = [GaussianNB(), scaled(LogisticRegression()), small_forest(), LinearSVC()]
PROCESS = GaussianProcessClassifier(2.0 * RBF(2.0), optimizer=None)
NOISY_PROCESS = GaussianProcessRegressor(
    2.0 * RBF(2.0) + WhiteKernel(0.1), normalize_y=True, optimizer=None
)
CASES = {
    "random-forest": Entry(small_forest()),
    "extra-trees": Entry(small_forest(ExtraTreesClassifier)),
    "forest-of-strings": Entry(small_forest(), "names"),
    "forest-of-scattered-labels": Entry(small_forest(), "scattered"),
    "forest-with-missing-features": Entry(small_forest(), points=missing),
    "forest-of-sparse-features": Entry(small_forest(), points=sparse),
    "forest-subset": Entry(EnsembleSampler(small_forest(), n_draws=4)),
    "forest-regressor": Entry(small_forest(RandomForestRegressor), "value"),
    "forest-of-two-targets": Entry(small_forest(RandomForestRegressor), "values"),
    "extra-trees-regressor": Entry(small_forest(ExtraTreesRegressor), "values"),
    "bagged-trees": Entry(
        BaggingClassifier(
            DecisionTreeClassifier(max_depth=3), 5, max_features=0.5, max_samples=0.5
        )
    ),
    "bagged-neighbours": Entry(
        BaggingClassifier(
            KNeighborsClassifier(3), 5, max_features=3, bootstrap_features=True
        )
    ),
    "bagged-logistic": Entry(BaggingClassifier(LogisticRegression(), 5), "names"),
    "bagged-without-probabilities": Entry(
        BaggingClassifier(LinearSVC(), 5, max_features=0.7)
    ),
    # neighbours take no sample weights: their bags are subsets
    "bags-that-miss-classes": Entry(
        BaggingClassifier(KNeighborsClassifier(2), 12, max_samples=3, random_state=0),
        "names",
    ),
    "bagged-sparse": Entry(
        BaggingClassifier(LogisticRegression(), 5, max_features=0.5), points=sparse
    ),
    "bagged-regressors": Entry(BaggingRegressor(LINES, 5, max_features=0.5), "value"),
    "bagged-regressors-of-two-targets": Entry(BaggingRegressor(SHALLOW, 5), "values"),
    "soft-vote": Entry(soft_vote(), "names"),
    "hard-vote": Entry(VotingClassifier(voters(), voting="hard"), "names"),
    "vote-with-one-dropped": Entry(soft_vote(("gone", "drop"))),
    "vote-of-regressors": Entry(
        VotingRegressor([("line", LINES), ("near", NEAR)]), "value"
    ),
    "list-of-kinds": Entry(KINDS, "names"),
    "list-with-frozen": Entry(partly_frozen, "names"),
    "list-of-regressors": Entry(
        lambda X, y: [LINES, SHALLOW, trained(KNeighborsRegressor(), X[:10], y[:10])],
        "values",
    ),
    "list-of-frozen-regressors": Entry(
        lambda X, y: [
            trained(m, X, y) for m in (LinearRegression(), KNeighborsRegressor(2))
        ],
        "value",
    ),
    "frozen-forest": Entry(lambda X, y: trained(small_forest(), X, y), "names"),
    "frozen-bagging": Entry(
        lambda X, y: trained(BaggingRegressor(LINES, 5, max_features=0.5), X, y),
        "value",
    ),
    "frozen-vote": Entry(lambda X, y: trained(soft_vote(), X, y), "names"),
    "vote-of-frozen": Entry(
        lambda X, y: soft_vote(("old", trained(GaussianNB(), X, y))), "names"
    ),
    "pipeline": Entry(scaled(small_forest())),
    "nested-pipeline": Entry(nested_pipeline(), "values"),
    "pipeline-of-one": Entry(Pipeline([("forest", small_forest())])),
    "frozen-pipeline": Entry(lambda X, y: trained(scaled(small_forest()), X, y)),
    "pipeline-of-frozen": Entry(frozen_at_the_end),
    "gaussian-process": Entry(NOISY_PROCESS, "values"),
    "gaussian-process-classifier": Entry(PROCESS, "names"),
    "frozen-gaussian-process": Entry(
        lambda X, y: trained(clone(PROCESS), X, y), "truth"
    ),
    "bayesian-ridge": Entry(scaled(BayesianRidge()), "value"),
    "relevance": Entry(ARDRegression(), "value"),
    "logistic": Entry(scaled(LogisticRegression()), "names"),
    "logistic-of-two-classes-and-sparse-features": Entry(
        LogisticRegression(C=5), "two", lambda X: sparse(X, scipy.sparse.csr_array)
    ),
    "bootstrap": Entry(
        BootstrapSampler(LinearSVC(), n_draws=5, random_state=0), "names"
    ),
    "bootstrap-of-pipelines": Entry(
        BootstrapSampler(scaled(LINES), n_draws=5, random_state=0), "values"
    ),
    "third-party": Entry(RandomLines(), "two"),
    "pipeline-of-third-party": Entry(scaled(RandomLines()), "two"),
}


@functools.cache
def fitted(name):
    """Sampler of a case fitted on half of its rows, and all rows; read only."""
    model, X, y = CASES[name]()
    return as_sampler(model).fit(X[::2], y[::2]), X, y


def forest(task):
    cls = RandomForestRegressor if task == "regression" else RandomForestClassifier
    return cls(n_estimators=15, min_samples_leaf=2)


def few(cls):
    """Parameters with which a strategy that refits the model does so a few times."""
    return {"n_candidates": 4} if cls.__name__ == "ExpectedErrorReduction" else {}


def small(cls, task=None):
    """A forest, or what is fitted fast if the model is refitted for each candidate."""
    if few(cls):
        return KNeighborsClassifier(7)
    return forest(task or cls.tasks[0])


def classifiers():
    return {
        "forest": forest("classification"),
        "extra trees": ExtraTreesClassifier(10, min_samples_leaf=2),
        "bagging": BaggingClassifier(
            GaussianNB(), n_estimators=8, max_features=0.5, max_samples=0.7
        ),
        "soft voting": VotingClassifier(_voters(), voting="soft"),
        "hard voting": VotingClassifier(_voters(), voting="hard"),
        "list": [GaussianNB(), LogisticRegression(), forest("classification")],
        "pipeline": make_pipeline(StandardScaler(), forest("classification")),
        "Gaussian process": GaussianProcessClassifier(optimizer=None),
        "logistic": LogisticRegression(),
        "bootstrap": BootstrapSampler(GaussianNB(), n_draws=8),
        **nets("classification"),
    }


def regressors():
    return {
        "forest": forest("regression"),
        "extra trees": ExtraTreesRegressor(10, min_samples_leaf=2),
        "bagging": BaggingRegressor(
            LinearRegression(), n_estimators=8, max_features=0.5, max_samples=0.7
        ),
        "voting": VotingRegressor(
            [("line", LinearRegression()), ("near", KNeighborsRegressor())]
        ),
        "list": [LinearRegression(), DecisionTreeRegressor(max_depth=3)],
        "pipeline": make_pipeline(StandardScaler(), forest("regression")),
        "Gaussian process": GaussianProcessRegressor(alpha=0.1, normalize_y=True),
        "Bayesian ridge": BayesianRidge(),
        "relevance": ARDRegression(),
        "bootstrap": BootstrapSampler(KNeighborsRegressor(), n_draws=8),
        **nets("regression"),
        **processes(),
    }


def models(task):
    return regressors() if task == "regression" else classifiers()


def nets(task):
    """Skorch nets with and without dropout, if torch and skorch are installed."""
    try:
        import torch
        from skorch import NeuralNetClassifier, NeuralNetRegressor
    except ModuleNotFoundError:
        return {}
    from tests.nets import Perceptron

    common = {"verbose": 0, "max_epochs": 5, "lr": 0.05, "train_split": None}
    if task == "regression":
        net = NeuralNetRegressor(Perceptron, module__outputs=0, **common)
        return {"net": net, "plain net": clone(net).set_params(module__p=0.0)}
    net = NeuralNetClassifier(
        Perceptron, criterion=torch.nn.CrossEntropyLoss, module__outputs=3, **common
    )
    return {"net": net, "plain net": clone(net).set_params(module__p=0.0)}


def processes():
    """A Gaussian process of GPyTorch, if it and skorch are installed."""
    try:
        from tests.processes import exact
    except ModuleNotFoundError:
        return {}
    return {"GPyTorch": exact()}


def _voters():
    return [("near", KNeighborsClassifier()), ("bayes", GaussianNB())]
