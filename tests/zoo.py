"""Small models of every family: the shared checks run on them.

A new sampler is checked as soon as it is exported; if it accepts none of these models,
add one.
"""

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
from sklearn.gaussian_process import (
    GaussianProcessClassifier,
    GaussianProcessRegressor,
)
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    LinearRegression,
    LogisticRegression,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

from skactive.samplers import BootstrapSampler


def forest(task):
    cls = RandomForestRegressor if task == "regression" else RandomForestClassifier
    return cls(n_estimators=15, min_samples_leaf=2)


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
    """A skorch net with dropout, where torch and skorch are installed."""
    try:
        import torch
        from skorch import NeuralNetClassifier, NeuralNetRegressor
    except ModuleNotFoundError:
        return {}
    from tests.nets import Perceptron

    common = {"verbose": 0, "max_epochs": 5, "lr": 0.05, "train_split": None}
    if task == "regression":
        return {"net": NeuralNetRegressor(Perceptron, module__outputs=0, **common)}
    net = NeuralNetClassifier(
        Perceptron, criterion=torch.nn.CrossEntropyLoss, module__outputs=3, **common
    )
    return {"net": net}


def processes():
    """A Gaussian process of GPyTorch, where it and skorch are installed."""
    try:
        from tests.processes import exact
    except ModuleNotFoundError:
        return {}
    return {"GPyTorch": exact()}


def _voters():
    return [("near", KNeighborsClassifier()), ("bayes", GaussianNB())]
