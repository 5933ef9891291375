"""CIFAR-10 with a ResNet-18: data and net."""

from dataclasses import dataclass

import numpy as np
from _curves import Task, run_curves
from _images import digits, mean_and_net, standardised
from _nearby import models
from _settings import ByScale, CurveSettings

from skactive.datasets import load_cifar10

__all__ = ["PhotoSettings", "photo_curves"]


@dataclass(frozen=True, kw_only=True)
class PhotoSettings(CurveSettings):
    """Experiments on CIFAR-10, replaced by enlarged grey digits at scale smoke.

    Quick uses a narrow net and a tenth of the labels: minutes per round on two cores.
    """

    seeds: int = ByScale(2, 3, 8)
    data: str = ByScale("digits", "cifar10", "cifar10")
    valid: int = ByScale(50, 1000, 5000)
    test: int | None = ByScale(50, 2000, None)
    candidates: int | None = ByScale(100, 5000, None)
    draws: int = ByScale(2, 20, 50)
    epochs: int = ByScale(1, 20, 60)
    learning_rate: float = 0.1
    width: int = ByScale(2, 16, 64)
    device: str = "cpu"
    targets: tuple[float, ...] = (0.8, 0.9)


def photo_curves(settings):
    """Learning curves of ``settings.strategies`` with ResNet-18."""
    task, validation = load(settings)
    net = models().photo_sampler(
        settings.draws, settings.device, *validation, settings.width
    )
    epochs, rate = settings.epochs, settings.learning_rate
    net.set_params(estimator__max_epochs=epochs, estimator__lr=rate)
    return run_curves(settings, task, net, mean_and_net)


def load(settings):
    """Training, test and validation images, in [0, 1]."""
    if settings.data == "digits":
        X, X_test, y, y_test = digits(side=32)
        X, X_test = X.repeat(3, axis=1), X_test.repeat(3, axis=1)
    else:
        X, X_test, y, y_test = load_cifar10()
    X, X_test = standardised(X, X_test, axes=(0, 2, 3))
    rows = np.random.default_rng(0).permutation(len(X))
    valid, train = rows[: settings.valid], rows[settings.valid :]
    test = slice(settings.test)
    task = Task(X[train], y[train], X_test[test], y_test[test])
    return task, (X[valid], y[valid])
