"""Models of every family that functions can be drawn from, with data to fit them on.

A case is a function that returns ``(model, X, y)``; the last rows of X repeat the first
ones.
"""

import functools

import numpy as np
import scipy.sparse
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

NAMES = np.array(["ant", "bee", "cat"])
CASES = {}


def data(n=40, d=6, seed=0):
    """Points, labels 0..2 that depend on them, and two targets."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    X[-2:] = X[:2]
    y_2 = np.stack([X[:, 0] - X[:, 1], X[:, 2] * X[:, 3]], axis=1)
    labels = np.digitize(X[:, 0] + 0.5 * rng.normal(size=n), [-0.5, 0.5])
    labels[-2:] = labels[:2]
    return X, labels, y_2


def case(function):
    """Enter a case under its name."""
    CASES[function.__name__.replace("_", "-")] = function
    return function


class RandomLines:
    """Draws for itself, without a trace of scikit-learn."""

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


@case
def random_forest():
    X, y, _ = data()
    return small_forest(), X, y


@case
def extra_trees():
    X, y, _ = data()
    return small_forest(ExtraTreesClassifier), X, y


@case
def forest_of_strings():
    X, y, _ = data()
    return small_forest(), X, NAMES[y]


@case
def forest_of_scattered_labels():
    X, y, _ = data()
    return small_forest(), X, np.array([-3, 5, 40])[y]


@case
def forest_with_missing_features():
    X, y, _ = data()
    X[:-2][np.random.default_rng(1).random((len(X) - 2, 6)) < 0.2] = np.nan
    X[-2:] = X[:2]
    return small_forest(), X, y


@case
def forest_of_sparse_features():
    X, y, _ = data()
    return small_forest(), scipy.sparse.csr_matrix(X * (X > 0)), y


@case
def forest_subset():
    X, y, _ = data()
    return EnsembleSampler(small_forest(), n_draws=4), X, y


@case
def forest_regressor():
    X, _, y = data()
    return small_forest(RandomForestRegressor), X, y[:, 0]


@case
def forest_of_two_targets():
    X, _, y = data()
    return small_forest(RandomForestRegressor), X, y


@case
def extra_trees_regressor():
    X, _, y = data()
    return small_forest(ExtraTreesRegressor), X, y


@case
def bagged_trees():
    X, y, _ = data()
    tree = DecisionTreeClassifier(max_depth=3)
    return BaggingClassifier(tree, 5, max_features=0.5, max_samples=0.5), X, y


@case
def bagged_neighbours():
    X, y, _ = data()
    near = KNeighborsClassifier(3)
    return BaggingClassifier(near, 5, max_features=3, bootstrap_features=True), X, y


@case
def bagged_logistic():
    X, y, _ = data()
    return BaggingClassifier(LogisticRegression(), 5), X, NAMES[y]


@case
def bagged_without_probabilities():
    X, y, _ = data()
    return BaggingClassifier(LinearSVC(), 5, max_features=0.7), X, y


@case
def bags_that_miss_classes():
    X, y, _ = data()
    near = KNeighborsClassifier(2)  # takes no sample weights: its bags are subsets
    return BaggingClassifier(near, 12, max_samples=3, random_state=0), X, NAMES[y]


@case
def bagged_sparse():
    X, y, _ = data()
    X = scipy.sparse.csr_matrix(X * (X > 0))
    return BaggingClassifier(LogisticRegression(), 5, max_features=0.5), X, y


@case
def bagged_regressors():
    X, _, y = data()
    return BaggingRegressor(LinearRegression(), 5, max_features=0.5), X, y[:, 0]


@case
def bagged_regressors_of_two_targets():
    X, _, y = data()
    return BaggingRegressor(DecisionTreeRegressor(max_depth=3), 5), X, y


@case
def soft_vote():
    X, y, _ = data()
    return VotingClassifier(voters(), voting="soft"), X, NAMES[y]


@case
def hard_vote():
    X, y, _ = data()
    return VotingClassifier(voters(), voting="hard"), X, NAMES[y]


@case
def vote_with_one_dropped():
    X, y, _ = data()
    return VotingClassifier([*voters(), ("gone", "drop")], voting="soft"), X, y


@case
def vote_of_regressors():
    X, _, y = data()
    members = [("line", LinearRegression()), ("near", KNeighborsRegressor())]
    return VotingRegressor(members), X, y[:, 0]


@case
def list_of_kinds():
    X, y, _ = data()
    piped = make_pipeline(StandardScaler(), LogisticRegression())
    return [GaussianNB(), piped, small_forest(), LinearSVC()], X, NAMES[y]


@case
def list_with_frozen():
    """One member knows two of the labels, one a label that nobody else has seen."""
    X, y, _ = data()
    two = GaussianNB().fit(X[y < 2], NAMES[y[y < 2]])
    other = GaussianNB().fit(X[y < 2], np.array(["bee", "dog"])[y[y < 2]])
    return [GaussianNB(), FrozenEstimator(two), FrozenEstimator(other)], X, NAMES[y]


@case
def list_of_regressors():
    X, _, y = data()
    frozen = FrozenEstimator(KNeighborsRegressor().fit(X[:10], y[:10]))
    return [LinearRegression(), DecisionTreeRegressor(max_depth=3), frozen], X, y


@case
def list_of_frozen_regressors():
    X, _, y = data()
    models = [LinearRegression(), KNeighborsRegressor(2)]
    return [FrozenEstimator(m.fit(X, y[:, 0])) for m in models], X, y[:, 0]


@case
def frozen_forest():
    X, y, _ = data()
    return FrozenEstimator(small_forest().fit(X, NAMES[y])), X, NAMES[y]


@case
def frozen_bagging():
    X, _, y = data()
    bagging = BaggingRegressor(LinearRegression(), 5, max_features=0.5)
    return FrozenEstimator(bagging.fit(X, y[:, 0])), X, y[:, 0]


@case
def frozen_vote():
    X, y, _ = data()
    vote = VotingClassifier(voters(), voting="soft").fit(X, NAMES[y])
    return FrozenEstimator(vote), X, NAMES[y]


@case
def vote_of_frozen():
    X, y, _ = data()
    frozen = FrozenEstimator(GaussianNB().fit(X, NAMES[y]))
    return VotingClassifier([*voters(), ("old", frozen)], voting="soft"), X, NAMES[y]


@case
def pipeline():
    X, y, _ = data()
    return make_pipeline(StandardScaler(), small_forest()), X, y


@case
def nested_pipeline():
    X, _, y = data()
    forest = small_forest(RandomForestRegressor)
    inner = make_pipeline(FunctionTransformer(np.tanh), "passthrough", forest)
    return make_pipeline(StandardScaler(), inner), X, y


@case
def pipeline_of_one():
    X, y, _ = data()
    return Pipeline([("forest", small_forest())]), X, y


@case
def frozen_pipeline():
    X, y, _ = data()
    fitted = make_pipeline(StandardScaler(), small_forest()).fit(X, y)
    return FrozenEstimator(fitted), X, y


@case
def pipeline_of_frozen():
    X, y, _ = data()
    forest = small_forest().fit(StandardScaler().fit_transform(X), y)
    return make_pipeline(StandardScaler(), FrozenEstimator(forest)), X, y


@case
def gaussian_process():
    X, _, y = data()
    kernel = 2.0 * RBF(2.0) + WhiteKernel(0.1)
    return GaussianProcessRegressor(kernel, normalize_y=True, optimizer=None), X, y


@case
def gaussian_process_classifier():
    X, y, _ = data()
    return GaussianProcessClassifier(2.0 * RBF(2.0), optimizer=None), X, NAMES[y]


@case
def frozen_gaussian_process():
    X, y, _ = data()
    process = GaussianProcessClassifier(2.0 * RBF(2.0), optimizer=None)
    return FrozenEstimator(process.fit(X, y < 2)), X, y < 2


@case
def bayesian_ridge():
    X, _, y = data()
    return make_pipeline(StandardScaler(), BayesianRidge()), X, y[:, 0]


@case
def relevance():
    X, _, y = data()
    return ARDRegression(), X, y[:, 0]


@case
def logistic():
    X, y, _ = data()
    return make_pipeline(StandardScaler(), LogisticRegression()), X, NAMES[y]


@case
def logistic_of_two_classes_and_sparse_features():
    X, y, _ = data()
    return LogisticRegression(C=5), scipy.sparse.csr_array(X * (X > 0)), y % 2


@case
def bootstrap():
    X, y, _ = data()
    return BootstrapSampler(LinearSVC(), n_draws=5, random_state=0), X, NAMES[y]


@case
def bootstrap_of_pipelines():
    X, _, y = data()
    model = make_pipeline(StandardScaler(), LinearRegression())
    return BootstrapSampler(model, n_draws=5, random_state=0), X, y


@case
def third_party():
    X, y, _ = data()
    return RandomLines(), X, y % 2


@case
def pipeline_of_third_party():
    X, y, _ = data()
    return make_pipeline(StandardScaler(), RandomLines()), X, y % 2


@functools.cache
def fitted(name):
    """Sampler of a case fitted on half of its rows, and all rows; do not change it."""
    model, X, y = CASES[name]()
    return as_sampler(model).fit(X[::2], y[::2]), X, y
