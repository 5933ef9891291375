"""Every model family by every strategy: it works, or an error names the remedy.

The table in ``doc/model_matrix.rst`` is written by this file::

    SKACTIVE_WRITE_MATRIX=1 pytest -m slow tests/test_matrix.py
"""

import os
import pathlib
import string
import traceback
import warnings

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import (
    GaussianProcessClassifier,
    GaussianProcessRegressor,
)
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    LinearRegression,
    LogisticRegression,
    SGDClassifier,
)
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier

import skactive
from skactive import testing
from skactive.base._delegation import model_of
from skactive.samplers import BootstrapSampler
from skactive.samplers._unwrap import unwrap
from tests import zoo

# packages whose errors say what is wrong; one raised deeper down is a crash
SPEAKING = [pathlib.Path(package.__file__).parent for package in (skactive, sklearn)]
PAGE = pathlib.Path(__file__).parent.parent / "doc" / "model_matrix.rst"
X, Y, X_POOL = testing.make_data("classification", n_pool=12)
VALUES = testing.make_data("regression", n_pool=12)[1]


def classifiers():
    bayes, tree = GaussianNB(), DecisionTreeClassifier(max_depth=2)
    members = [("bayes", bayes), ("tree", tree)]
    forest = RandomForestClassifier(5, min_samples_leaf=3)
    return {
        "RandomForestClassifier": forest,
        "ExtraTreesClassifier": ExtraTreesClassifier(5, min_samples_leaf=3),
        "BaggingClassifier": BaggingClassifier(bayes, 5),
        "VotingClassifier, soft": VotingClassifier(members, voting="soft"),
        "VotingClassifier, hard": VotingClassifier(members),
        "list of classifiers": [bayes, tree],
        "FrozenEstimator of a forest": FrozenEstimator(clone(forest).fit(X, Y)),
        "Pipeline ending in a forest": make_pipeline(StandardScaler(), forest),
        "GaussianProcessClassifier": GaussianProcessClassifier(optimizer=None),
        "GaussianProcessClassifier, one_vs_one": GaussianProcessClassifier(
            optimizer=None, multi_class="one_vs_one"
        ),
        "LogisticRegression": LogisticRegression(),
        "LogisticRegression, L1": LogisticRegression(
            l1_ratio=1, solver="saga", tol=0.1
        ),
        "GaussianNB": bayes,
        "KNeighborsClassifier": KNeighborsClassifier(),
        "DecisionTreeClassifier": tree,
        "MLPClassifier": MLPClassifier((4,), max_iter=5),
        "LinearSVC": LinearSVC(),
        "SGDClassifier": SGDClassifier(),
        "CalibratedClassifierCV": CalibratedClassifierCV(LinearSVC(), cv=2),
        "CalibratedClassifierCV, ensemble=False": CalibratedClassifierCV(
            LinearSVC(), cv=2, ensemble=False
        ),
        "GridSearchCV of a forest": GridSearchCV(forest, {"max_depth": [2, 3]}, cv=2),
        "GridSearchCV of GaussianNB": GridSearchCV(bayes, {}, cv=2),
        "FixedThresholdClassifier of a forest, Binary": FixedThresholdClassifier(
            forest, threshold=0.3
        ),
        "StackingClassifier": StackingClassifier(members, cv=2),
        "OneVsRestClassifier": OneVsRestClassifier(bayes),
        "AdaBoostClassifier": AdaBoostClassifier(n_estimators=2),
        "GradientBoostingClassifier": GradientBoostingClassifier(n_estimators=2),
        "HistGradientBoostingClassifier": HistGradientBoostingClassifier(max_iter=2),
        "BootstrapSampler of a booster": BootstrapSampler(
            GradientBoostingClassifier(n_estimators=2), n_draws=4
        ),
        "BootstrapSampler of LinearSVC": BootstrapSampler(LinearSVC(), n_draws=4),
        **nets("classification"),
    }


def regressors():
    line, near = LinearRegression(), KNeighborsRegressor()
    forest = RandomForestRegressor(5, min_samples_leaf=3)
    booster = GradientBoostingRegressor(n_estimators=2)
    return {
        "RandomForestRegressor": forest,
        "BaggingRegressor": BaggingRegressor(line, 5),
        "VotingRegressor": VotingRegressor([("line", line), ("near", near)]),
        "list of regressors": [line, near],
        "GaussianProcessRegressor": GaussianProcessRegressor(alpha=0.1),
        "BayesianRidge": BayesianRidge(),
        "ARDRegression": ARDRegression(),
        "LinearRegression": line,
        "SVR": SVR(),
        "HistGradientBoostingRegressor": HistGradientBoostingRegressor(max_iter=2),
        "GridSearchCV of BayesianRidge": GridSearchCV(
            BayesianRidge(), {"tol": [1e-3]}, cv=2
        ),
        "TransformedTargetRegressor of a forest": TransformedTargetRegressor(
            forest, transformer=StandardScaler()
        ),
        "BootstrapSampler of a regressor": BootstrapSampler(booster, n_draws=4),
        "RandomForestRegressor, two targets": forest,
        "GaussianProcessRegressor, two targets": GaussianProcessRegressor(alpha=0.1),
        "MultiOutputRegressor, two targets": MultiOutputRegressor(booster),
        "BootstrapSampler of MultiOutputRegressor, two targets": BootstrapSampler(
            MultiOutputRegressor(line), n_draws=4
        ),
        **nets("regression"),
    }


def nets(task):
    """Skorch nets trained for one epoch, GPyTorch models for a few."""
    skorch = pytest.importorskip("skorch")
    pytest.importorskip("gpytorch")
    import torch

    from tests import processes
    from tests.nets import Perceptron

    common = {"verbose": 0, "max_epochs": 1, "train_split": None}
    if task == "regression":
        regressor = skorch.NeuralNetRegressor(Perceptron, module__outputs=0, **common)
        return {
            "NeuralNetRegressor with dropout": regressor,
            "NeuralNetRegressor without dropout": clone(regressor).set_params(
                module__p=0.0
            ),
            "ExactGPRegressor of GPyTorch": processes.exact(),
            "GPRegressor of GPyTorch": processes.variational(),
        }
    net = skorch.NeuralNetClassifier(
        Perceptron, criterion=torch.nn.CrossEntropyLoss, **common
    )
    return {
        "NeuralNetClassifier with dropout": net,
        "NeuralNetClassifier without dropout": clone(net).set_params(module__p=0.0),
        "NeuralNetBinaryClassifier with dropout": skorch.NeuralNetBinaryClassifier(
            Perceptron, module__outputs=0, **common
        ),
        "GPBinaryClassifier of GPyTorch": processes.binary(),
    }


def labels(name, task):
    if "two targets" in name:
        return np.column_stack([VALUES, X[:, 0]])
    if task == "regression":
        return VALUES
    return (Y > 0).astype(np.float32) if "Binary" in name else Y


def outcome(cls, model, y):
    """Return "works" or the message of an error that is meant; raise any other."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            strategy = cls(clone(model), random_state=0, **zoo.few(cls))
            batch = strategy.fit(X, y).query(X_POOL, 2)
        except (TypeError, ValueError) as error:
            where = traceback.extract_tb(error.__traceback__)[-1].filename
            if not any(pathlib.Path(where).is_relative_to(p) for p in SPEAKING):
                raise
            said = str(error).replace(cls.__name__, "STRATEGY")
            for named in (model_of(model), unwrap(model_of(model))[1]):
                said = said.replace(type(named).__name__, "MODEL")
            return f"{type(error).__name__}: {said}"
    assert len(set(batch.tolist())) == 2
    return "works"


def outcomes(task):
    """Outcomes by model and strategy."""
    models = regressors() if task == "regression" else classifiers()
    return {
        name: {
            cls.__name__: outcome(cls, model, labels(name, task))
            for cls in testing.all_strategies()
        }
        for name, model in models.items()
    }


def page(*tables):
    """The tables in reStructuredText: a letter for each error, explained above them."""
    cells = {
        cell for table in tables for row in table.values() for cell in row.values()
    }
    errors = sorted(cells - {"works"})
    letter = dict(zip(["works", *errors], "." + string.ascii_lowercase, strict=False))
    lines = [HEAD, *(f"{letter[error]}\n    {error}\n" for error in errors)]
    for task, table in zip(("Classification", "Regression"), tables, strict=True):
        lines += [f"{task}\n{'-' * len(task)}\n\n{TABLE}"]
        lines += [f"   Strategy,{','.join(map(quoted, table))}"]
        for strategy in sorted(next(iter(table.values()))):
            row = ",".join(letter[of_model[strategy]] for of_model in table.values())
            lines += [f"   {strategy},{row}"]
        lines += [""]
    return "\n".join(lines).rstrip() + "\n"


def quoted(name):
    """A name as a cell of its own, whatever commas it has."""
    return f'"{name}"' if "," in name else name


TABLE = """\
.. csv-table::
   :class: matrix
   :header-rows: 1
   :stub-columns: 1
"""
HEAD = """\
Which strategy takes which model
================================

Each strategy was fitted and queried with each model by ``tests/test_matrix.py``, which
wrote this page. A dot means that it works, a letter is the error raised instead:
"""


WITHOUT_PROBABILITIES = {
    "GaussianProcessClassifier, one_vs_one",
    "LinearSVC",
    "SGDClassifier",
}


def check_promises(of_classifiers):
    """Strategies that need only a prediction, or nothing, take any classifier."""
    for name, of_strategy in of_classifiers.items():
        for cls in testing.all_strategies():
            if "classification" not in cls.tasks or cls.needs == "functions":
                continue
            said = of_strategy[cls.__name__]
            if cls is skactive.ExpectedErrorReduction and name.startswith("Frozen"):
                assert "cannot be refitted" in said
            elif cls.needs is not None and name in WITHOUT_PROBABILITIES:
                assert said == "works" or "predict_proba" in said or "probab" in said
            else:
                assert said == "works", (cls, name)


@pytest.mark.slow
def test_every_cell_works_or_says_what_would():
    of_classifiers = outcomes("classification")
    check_promises(of_classifiers)
    written = page(of_classifiers, outcomes("regression"))
    if os.environ.get("SKACTIVE_WRITE_MATRIX"):
        PAGE.write_text(written)
    assert PAGE.read_text() == written, f"write {PAGE.name} anew: see {__file__}"
