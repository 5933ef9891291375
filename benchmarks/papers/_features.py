"""Experiments on fixed features: principal components of MNIST, and a small net."""

from dataclasses import dataclass

from _curves import Task
from _images import ImageData, load
from _nearby import models
from _settings import ByScale
from sklearn.decomposition import PCA

__all__ = ["FeatureSettings", "features_net", "principal_components"]


@dataclass(frozen=True, kw_only=True)
class FeatureSettings(ImageData):
    """Features and net; the pool has so many ``points``."""

    valid: int = 0
    test: int | None = ByScale(100, 2000, None)
    points: int | None = ByScale(100, 2000, None)
    components: int = ByScale(10, 50, 50)
    draws: int = ByScale(3, 50, 100)
    epochs: int = ByScale(1, 30, 100)


def principal_components(settings):
    """Features of the points, and of the test set."""
    task, _ = load(settings)
    flat = [X.reshape(len(X), -1) for X in (task.X[: settings.points], task.X_test)]
    pca = PCA(settings.components, random_state=0).fit(flat[0])
    X, X_test = (pca.transform(part).astype("float32") for part in flat)
    # one scale for all components: whitened, the last ones drown the first
    scale = X.std()
    return Task(X / scale, task.y[: settings.points], X_test / scale, task.y_test)


def features_net(settings):
    """The net of one hidden layer with dropout, not yet trained, as a sampler."""
    return models().features_sampler(
        settings.components, settings.draws, settings.epochs, settings.device
    )
