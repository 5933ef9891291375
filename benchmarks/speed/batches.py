"""Digest of the batches of every strategy on fixed seeds, to compare two versions.

    python benchmarks/speed/batches.py > before.txt
    python benchmarks/speed/batches.py > after.txt      # of the other version
    diff before.txt after.txt

Every public strategy queries digits (classification) or diabetes (regression), with
several models and parameters, for two seeds, of the whole pool and of some candidates.
Printed are one line per query, its indices or its error, and a digest of all lines.
Nets are left out where torch or skorch is not installed: the digest is then another
one. Threads are pinned, since sums over two are rounded differently.
"""

import hashlib
import sys
import warnings
from itertools import product
from typing import NamedTuple

import numpy as np
from measure import begin, command_line
from sklearn.base import BaseEstimator
from sklearn.datasets import load_diabetes, load_digits
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import BayesianRidge, LogisticRegression

from skactive.testing import all_strategies

N_LABELLED, N_POOL = 60, 400
# slow ones: all pairs of points, matrices of all features and classes
SMALL_POOLS = {"BAIT": 120, "RobustCoreSet": 120}
# parameters by strategy; {} are its defaults
VARIANTS = {
    "DoubtWeightedCoreSet": [{}, {"beam_width": 3}],
    "ICAL": [{}, {"batch_kernel": "product"}, {"n_per_step": 3}],
    "BatchBALD": [{}, {"max_configurations": 500}],
    "ICALPointwise": [{"n_condense": 40}],
    "RobustCoreSet": [{"outliers": 0.01, "time_limit": 1e9}],
}
BATCHES = [{}, {"batch": "top"}, {"batch": "diverse"}]
CLASSIFICATION_VARIANTS = {**VARIANTS, "EPIG": BATCHES, "CoreMSE": BATCHES}


class Case(NamedTuple):
    """A strategy with a model and parameters, and its data."""

    strategy: type
    task: str
    name: str
    model: BaseEstimator
    params: dict
    X: np.ndarray
    y: np.ndarray


def perceptron(inputs, outputs):
    """A net of one hidden layer with dropout."""
    from torch import nn

    hidden = nn.Linear(inputs, 32), nn.ReLU(), nn.Dropout(0.3)
    return nn.Sequential(*hidden, nn.Linear(32, outputs))


def classifiers():
    """Models by name."""
    models = {
        "forest": RandomForestClassifier(30, random_state=1),
        "smooth forest": RandomForestClassifier(30, min_samples_leaf=3, random_state=1),
        "logistic": LogisticRegression(max_iter=300),
    }
    if has_nets():
        models["net"] = net("classification", 64, 10, lr=0.1)
    return models


def regressors():
    """Models by name."""
    models = {
        "forest": RandomForestRegressor(30, random_state=1),
        "ridge": BayesianRidge(),
    }
    if has_nets():
        models["net"] = net("regression", 10, 1, lr=0.05)
    return models


def has_nets():
    """Whether torch and skorch are installed."""
    try:
        import skorch  # noqa: F401
        import torch  # noqa: F401
    except ModuleNotFoundError:
        return False
    return True


def net(task, inputs, outputs, lr):
    """A skorch net; its weights are drawn when it is fitted."""
    import torch
    from skorch import NeuralNetClassifier, NeuralNetRegressor

    options = {"module__inputs": inputs, "module__outputs": outputs, "lr": lr}
    options |= {"max_epochs": 8, "train_split": None, "verbose": 0}
    if task == "regression":
        return NeuralNetRegressor(perceptron, **options)
    loss = torch.nn.CrossEntropyLoss
    return NeuralNetClassifier(perceptron, criterion=loss, **options)


def digits():
    """Pixels from 0 to 1 in float32, and classes, in random order."""
    X, y = load_digits(return_X_y=True)
    return shuffled((X / 16).astype(np.float32), y.astype(np.int64))


def diabetes():
    """Features in float32, and standardised values, in random order."""
    X, y = load_diabetes(return_X_y=True)
    y = ((y - y.mean()) / y.std()).astype(np.float32)
    return shuffled(X.astype(np.float32), y)


def shuffled(X, y):
    """Points in an order of their own."""
    order = np.random.default_rng(0).permutation(len(X))
    return X[order], y[order]


def cases(cls):
    """Yield the cases of a strategy."""
    for task in cls.tasks:
        if task == "classification":
            models, (X, y), variants = classifiers(), digits(), CLASSIFICATION_VARIANTS
        else:
            models, (X, y), variants = regressors(), diabetes(), VARIANTS
        all_params = variants.get(cls.__name__, [{}])
        for (name, model), params in product(models.items(), all_params):
            yield shaped(Case(cls, task, name, model, params, X, y))


def shaped(case):
    """The case with its data as the model wants them, or as the time allows."""
    if case.name == "net" and case.task == "regression":
        return case._replace(y=case.y[:, None])
    if case.strategy.__name__ == "BAIT" and case.task == "classification":
        few = np.ascontiguousarray(case.X[:, 16:28])  # its matrices grow with features
        return case if case.name == "net" else case._replace(X=few)
    return case


def lines(case):
    """Yield a line per query: two seeds, all points and every second one."""
    cls, task, name, _, params, *_ = case
    n_pool = SMALL_POOLS.get(cls.__name__, N_POOL)
    queries = (7, None), (12, np.arange(n_pool)[::2])
    for seed, (n, candidates) in product((0, 1), queries):
        batch = outcome(case, seed, n_pool, n, candidates)
        yield f"{cls.__name__} {task} {name} {params} {seed} {n}: {batch}"


def outcome(case, seed, n_pool, n, candidates):
    """Indices of a batch as text, or the error."""
    X, X_pool = case.X[:N_LABELLED], case.X[N_LABELLED : N_LABELLED + n_pool]
    try:
        strategy = case.strategy(case.model, random_state=seed, **case.params)
        strategy.fit(X, case.y[:N_LABELLED])
        indices, _ = strategy.query(
            X_pool, n, candidates=candidates, return_scores=True
        )
    except Exception as error:  # a model that does not fit the strategy: its answer too
        return f"{type(error).__name__}: {str(error)[:60]}"
    return " ".join(map(str, indices.tolist()))


def main(argv=None):
    """Print the batches and their digest."""
    names = {cls.__name__: cls for cls in all_strategies()}
    parser = command_line(__doc__)
    parser.add_argument("--only", nargs="+", choices=names, default=list(names))
    # to the side: the lines of two versions are compared, whatever the machine does
    arguments = begin(parser, argv, file=sys.stderr)
    warnings.simplefilter("ignore")  # of ties, and of fits that end early
    digest = hashlib.sha256()
    for name in arguments.only:
        for case in cases(names[name]):
            for line in lines(case):
                print(line, flush=True)
                digest.update(line.encode())
    print("digest", digest.hexdigest())


if __name__ == "__main__":
    main()
