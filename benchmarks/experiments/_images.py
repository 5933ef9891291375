"""The papers' image experiments: data, net and scores; see `_driver`."""

import sys
from pathlib import Path

import numpy as np
from _driver import Task, run_curves

from skactive.datasets import load_digits_images, load_mnist
from skactive.metrics import negative_log_likelihood

sys.path.append(str(Path(__file__).parents[1]))  # models.py

__all__ = ["SETTINGS", "accuracy_and_likelihood", "image_curves", "load", "net_for"]

# Common to the image experiments; quick is what two cores do in minutes a strategy and
# seed. Digits, enlarged to 28 x 28, stand for MNIST at scale smoke: they need no file.
SETTINGS = {
    "seeds": (2, 3, 6),
    "rounds": (1, 13, 28),
    "n": 10,
    "n_initial": 20,
    "candidates": (40, 1000, None),
    "test": (50, 2000, None),
    "valid": (50, 512, 1024),
    "data": ("digits", "mnist", "mnist"),
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


def image_curves(args):
    """Learning curves of ``args.strategies`` with the papers' net."""
    task, validation = load(args)
    print(
        f"{args.data}: {len(task.X)} images, {args.seeds} runs, {args.rounds} rounds "
        f"of {args.n}, a query looks at {args.candidates or 'all'} of the pool"
    )
    return run_curves(args, task, net_for(args, validation), accuracy_and_likelihood)


def load(args):
    """Training and test images of unit scale, and those that stop the training."""
    X, X_test, y, y_test = (digits if args.data == "digits" else load_mnist)()
    mean, sd = X.mean(), X.std()
    X, X_test = (X - mean) / sd, (X_test - mean) / sd
    rng = np.random.default_rng(0)
    rows = rng.permutation(len(X))
    valid, train = rows[: args.valid], np.tile(rows[args.valid :], args.copies)
    X_train = X[train]
    if args.noise:
        noise = rng.standard_normal(X_train.shape, dtype=np.float32)
        X_train = X_train + np.float32(args.noise) * noise
    task = Task(X_train, y[train], X_test[: args.test], y_test[: args.test])
    return task, (X[valid], y[valid])


def digits():
    """scikit-learn's digits at the size of MNIST's, and in the form of `load_mnist`."""
    X, y = load_digits_images()
    X = np.pad(X.repeat(3, axis=2).repeat(3, axis=3), ((0, 0), (0, 0), (2, 2), (2, 2)))
    return X[:1200], X[1200:], y[:1200], y[1200:]


def net_for(args, validation):
    """The papers' net, not yet trained, as a sampler."""
    import models

    sampler = models.mnist_sampler(
        args.draws, args.device, *validation, args.steps * args.batch_size
    )
    return sampler.set_params(
        estimator__batch_size=args.batch_size,
        estimator__max_epochs=args.epochs,
        estimator__lr=args.learning_rate,
        estimator__callbacks__EarlyStopping__patience=args.patience,
    )


def accuracy_and_likelihood(strategy, X, y):
    """Accuracy and mean log likelihood of the net without dropout, in one pass."""
    p_nc = strategy.predict_proba(X)
    return {
        "accuracy": np.mean(strategy.classes_[p_nc.argmax(axis=1)] == y),
        "log_likelihood": -negative_log_likelihood(y, p_nc, strategy.classes_),
    }
