"""CIFAR-10 with a ResNet-18: data and net of the experiments on it; see `_driver`."""

import numpy as np
from _driver import Task, run_curves
from _images import accuracy_and_likelihood, digits

from skactive.datasets import load_cifar10

__all__ = ["PHOTOS", "photo_curves"]

# Quick is a narrow net and a tenth of the labels: minutes a round on two cores. Digits,
# enlarged to 32 x 32 and coloured grey, stand for CIFAR-10 at scale smoke.
PHOTOS = {
    "seeds": (2, 3, 8),
    "data": ("digits", "cifar10", "cifar10"),
    "valid": (50, 1000, 5000),
    "test": (50, 2000, None),
    "candidates": (100, 5000, None),
    "draws": (2, 20, 50),
    "epochs": (1, 20, 60),
    "learning_rate": 0.1,
    "width": (2, 16, 64),
    "device": "cpu",
    "targets": [0.8, 0.9],
}


def photo_curves(args):
    """Learning curves of ``args.strategies`` with ResNet-18."""
    import models

    task, validation = load(args)
    net = models.photo_sampler(args.draws, args.device, *validation, args.width)
    net.set_params(estimator__max_epochs=args.epochs, estimator__lr=args.learning_rate)
    return run_curves(args, task, net, accuracy_and_likelihood)


def load(args):
    """Training and test images of unit scale, and those that stop the training."""
    if args.data == "digits":
        X, X_test, y, y_test = digits(side=32)
        X, X_test = X.repeat(3, axis=1), X_test.repeat(3, axis=1)
    else:
        X, X_test, y, y_test = load_cifar10()
    axes = (0, 2, 3)
    mean, sd = X.mean(axes, keepdims=True), X.std(axes, keepdims=True)
    X, X_test = (X - mean) / sd, (X_test - mean) / sd
    rows = np.random.default_rng(0).permutation(len(X))
    valid, train = rows[: args.valid], rows[args.valid :]
    task = Task(X[train], y[train], X_test[: args.test], y_test[: args.test])
    return task, (X[valid], y[valid])
