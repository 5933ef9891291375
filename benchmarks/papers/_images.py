"""Image experiments of the papers: data, net and scores."""

from dataclasses import dataclass

import numpy as np
from _curves import Task, run_curves
from _nearby import models
from _settings import ByScale, CurveSettings

from skactive.datasets import load_digits_images, load_mnist, make_repeated
from skactive.metrics import log_likelihood, negative_log_likelihood, posterior_scorer

__all__ = ["ImageData", "ImageSettings", "digits", "image_curves", "load"]
__all__ += ["mean_and_net", "net_for", "standardised"]


@dataclass(frozen=True, kw_only=True)
class ImageData(CurveSettings):
    """Classes, test and validation sets, and number of noisy copies in the pool.

    ``images`` of the training set are copied; None: all but the validation set.
    At scale smoke, digits enlarged to 28 x 28 replace MNIST, so that no file is needed.
    """

    data: str = ByScale("digits", "mnist", "mnist")
    classes: tuple[int, ...] = tuple(range(10))
    test: int | None = ByScale(50, 2000, None)
    valid: int = ByScale(50, 512, 1024)
    images: int | None = None
    copies: int = 1
    noise: float = 0.0
    device: str = "cpu"


@dataclass(frozen=True, kw_only=True)
class ImageSettings(ImageData):
    """Experiments on MNIST; quick takes minutes per strategy and seed on two cores."""

    seeds: int = ByScale(2, 3, 6)
    rounds: int = ByScale(1, 13, 30)
    n_initial: int | None = 20
    candidates: int | None = ByScale(40, 1000, None)
    draws: int = ByScale(3, 50, 100)
    epochs: int = ByScale(1, 30, 30)
    steps: int = ByScale(2, 40, 64)
    batch_size: int = ByScale(8, 16, 64)
    patience: int | None = 3
    learning_rate: float = 1e-3
    targets: tuple[float, ...] = (0.9, 0.95)


def image_curves(settings, scoring=None, **options):
    """Learning curves of ``settings.strategies`` with the papers' net."""
    task, validation = load(settings)
    print(
        f"{settings.data}: {len(task.X)} images, {settings.seeds} runs of "
        f"{settings.rounds} rounds of {settings.n}, a query looks at "
        f"{settings.candidates or 'all'} points of the pool"
    )
    net = net_for(settings, validation)
    return run_curves(settings, task, net, scoring or mean_and_net, **options)


def load(settings):
    """Training, test and validation images, in [0, 1]."""
    source = digits if settings.data == "digits" else load_mnist
    X, X_test, y, y_test = source(settings.classes)
    X, X_test = standardised(X, X_test)
    rows = np.random.default_rng(0).permutation(len(X))
    valid, train = np.split(rows, [settings.valid])
    train = train[: settings.images]
    X_train, y_train = X[train], y[train]
    if settings.copies > 1 or settings.noise:
        X_train, y_train = make_repeated(
            X_train, y_train, settings.copies, settings.noise, random_state=0
        )
    test = slice(settings.test)
    return Task(X_train, y_train, X_test[test], y_test[test]), (X[valid], y[valid])


def standardised(X, X_test, axes=None):
    """Standardize both sets by mean and spread of the first one, over some axes."""
    mean, sd = X.mean(axes, keepdims=True), X.std(axes, keepdims=True)
    return (X - mean) / sd, (X_test - mean) / sd


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


def net_for(settings, validation):
    """The papers' net, untrained, as a sampler."""
    length = settings.steps * settings.batch_size
    sampler = models().mnist_sampler(
        settings.draws, settings.device, *validation, length
    )
    stop = "estimator__callbacks__EarlyStopping"
    stopping = {stop: None}
    if settings.patience is not None:
        stopping = {f"{stop}__patience": settings.patience}
    return sampler.set_params(
        estimator__module__n_classes=len(settings.classes),
        estimator__batch_size=settings.batch_size,
        estimator__max_epochs=settings.epochs,
        estimator__lr=settings.learning_rate,
        **stopping,
    )


# the papers score the average of the nets that dropout leaves
OF_MEAN = {
    "accuracy": posterior_scorer("accuracy"),
    "log_likelihood": posterior_scorer(log_likelihood),
}


def mean_and_net(strategy, X, y):
    """Scores of the mean of the draws, as in the papers, and of the net alone."""
    of_net = net_alone(strategy, X, y)
    return {name: scorer(strategy, X, y) for name, scorer in OF_MEAN.items()} | of_net


def net_alone(strategy, X, y):
    """Accuracy and mean log-likelihood of the net without dropout, in one pass."""
    p_nc = strategy.predict_proba(X)
    return {
        "net_accuracy": np.mean(strategy.classes_[p_nc.argmax(axis=1)] == y),
        "net_log_likelihood": -negative_log_likelihood(y, p_nc, strategy.classes_),
    }
