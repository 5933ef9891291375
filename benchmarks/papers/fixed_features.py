"""Balanced entropy on fixed features, with copies of every point in the pool.

As in appendix A.19 of the balanced entropy paper, there with features that SimCLR
learnt on CIFAR-10; here with the first principal components of MNIST's images. Measures
of single points select copies; balanced entropy should not degrade.
"""

from dataclasses import dataclass, replace

from _curves import Task, draw_each, report_each, run_curves, run_each
from _driver import Experiment
from _images import ImageData, accuracy_and_likelihood, load
from _nearby import models
from _settings import ByScale
from sklearn.decomposition import PCA

FOUR = ("BalancedEntropy", "BALD", "Entropy", "RandomSampling")


@dataclass(frozen=True)
class Settings(ImageData):
    """Features and net; the pool has ``points`` images, each in so many copies."""

    strategies: tuple[str, ...] = ByScale(
        FOUR[::3], FOUR, (*FOUR[:-1], "BADGE", "CoreSet", FOUR[-1])
    )
    valid: int = 0
    test: int | None = ByScale(100, 2000, None)
    points: int | None = ByScale(100, 2000, None)
    copies: tuple[int, ...] = ByScale((1, 3), (1, 3, 10), (1, 3, 5, 10, 50))
    components: int = ByScale(10, 50, 50)
    seeds: int = ByScale(2, 3, 6)
    n: int = ByScale(5, 20, 50)
    n_initial: int | None = 20
    rounds: int = ByScale(1, 8, 20)
    candidates: int | None = ByScale(None, 1000, None)
    draws: int = ByScale(3, 50, 100)
    epochs: int = ByScale(1, 30, 100)
    targets: tuple[float, ...] = (0.8, 0.9)


def run(settings):
    """Learning curves for each number of copies."""
    task = principal_components(replace(settings, copies=1))
    return run_each(settings, "copies", lambda one: with_copies(one, task))


def principal_components(settings):
    """Features of the points, and of the test set."""
    task, _ = load(settings)
    flat = [X.reshape(len(X), -1) for X in (task.X[: settings.points], task.X_test)]
    pca = PCA(settings.components, whiten=True, random_state=0).fit(flat[0])
    X, X_test = (pca.transform(part).astype("float32") for part in flat)
    return Task(X, task.y[: settings.points], X_test, task.y_test)


def with_copies(settings, task):
    """Learning curves with so many copies of every point."""
    task = task._replace(
        X=task.X.repeat(settings.copies, axis=0), y=task.y.repeat(settings.copies)
    )
    net = models().features_sampler(
        settings.components, settings.draws, settings.epochs, settings.device
    )
    return run_curves(settings, task, net, accuracy_and_likelihood)


main = Experiment(
    __file__, __doc__, Settings, run, report_each("copies"), draw_each("copies")
).main

if __name__ == "__main__":
    main()
