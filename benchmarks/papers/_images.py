"""The papers' image experiments: data, net and scores; see `_driver`."""

import sys
from pathlib import Path

import numpy as np
from _driver import Task, run_curves

from skactive.datasets import load_digits_images, load_mnist, make_repeated
from skactive.metrics import negative_log_likelihood

sys.path.append(str(Path(__file__).parents[1]))  # models.py

__all__ = ["IMAGES", "accuracy_and_likelihood", "digits", "image_curves", "load"]
__all__ += ["net_for"]

# Common to the experiments on MNIST; quick is what two cores do in minutes a strategy
# and seed. Digits, enlarged to 28 x 28, stand for MNIST at scale smoke: they need no
# file.
IMAGES = {
    "seeds": (2, 3, 6),
    "rounds": (1, 13, 30),
    "n": 10,
    "n_initial": 20,
    "candidates": (40, 1000, None),
    "test": (50, 2000, None),
    "valid": (50, 512, 1024),
    "data": ("digits", "mnist", "mnist"),
    "classes": list(range(10)),
    "copies": 1,
    "noise": 0.0,
    "draws": (3, 50, 100),
    "epochs": (1, 30, 30),
    "steps": (2, 40, 64),
    "batch_size": (8, 16, 64),
    "patience": 3,
    "learning_rate": 1e-3,
    "device": "cpu",
    "targets": [0.9, 0.95],
}


def image_curves(args, scoring=None, **options):
    """Learning curves of ``args.strategies`` with the papers' net."""
    task, validation = load(args)
    print(
        f"{args.data}: {len(task.X)} images, {args.seeds} runs, {args.rounds} rounds "
        f"of {args.n}, a query looks at {args.candidates or 'all'} of the pool"
    )
    scoring = scoring or accuracy_and_likelihood
    return run_curves(args, task, net_for(args, validation), scoring, **options)


def load(args):
    """Training and test images of unit scale, and those that stop the training."""
    source = digits if args.data == "digits" else load_mnist
    X, X_test, y, y_test = source(args.classes)
    mean, sd = X.mean(), X.std()
    X, X_test = (X - mean) / sd, (X_test - mean) / sd
    rows = np.random.default_rng(0).permutation(len(X))
    valid, train = rows[: args.valid], rows[args.valid :]
    X_train, y_train = X[train], y[train]
    if args.copies > 1 or args.noise:
        X_train, y_train = make_repeated(
            X_train, y_train, args.copies, args.noise, random_state=0
        )
    task = Task(X_train, y_train, X_test[: args.test], y_test[: args.test])
    return task, (X[valid], y[valid])


def digits(classes=range(10), side=28):
    """scikit-learn's digits, enlarged, in the form of `load_mnist`."""
    X, y = load_digits_images()
    place = np.full(10, -1)
    place[list(classes)] = range(len(classes))
    X, y = X[place[y] >= 0], place[y[place[y] >= 0]]
    margin = (side - 24) // 2
    X = X.repeat(3, axis=2).repeat(3, axis=3)
    X = np.pad(X, ((0, 0), (0, 0), (margin, margin), (margin, margin)))
    n_test = len(X) // 3
    return X[n_test:], X[:n_test], y[n_test:], y[:n_test]


def net_for(args, validation):
    """The papers' net, not yet trained, as a sampler."""
    import models

    sampler = models.mnist_sampler(
        args.draws, args.device, *validation, args.steps * args.batch_size
    )
    stop = "estimator__callbacks__EarlyStopping"
    stopping = {stop: None}
    if args.patience is not None:
        stopping = {f"{stop}__patience": args.patience}
    return sampler.set_params(
        estimator__module__n_classes=len(args.classes),
        estimator__batch_size=args.batch_size,
        estimator__max_epochs=args.epochs,
        estimator__lr=args.learning_rate,
        **stopping,
    )


def accuracy_and_likelihood(strategy, X, y):
    """Accuracy and mean log likelihood of the net without dropout, in one pass."""
    p_nc = strategy.predict_proba(X)
    return {
        "accuracy": np.mean(strategy.classes_[p_nc.argmax(axis=1)] == y),
        "log_likelihood": -negative_log_likelihood(y, p_nc, strategy.classes_),
    }
