"""Balanced entropy on fixed features, with copies of every point in the pool.

As in appendix A.19 of the balanced entropy paper, there with features that SimCLR
learnt on CIFAR-100; here with the first principal components of MNIST's images.
Measures of single points select copies; balanced entropy should not degrade.
"""

from dataclasses import dataclass, replace

from _curves import draw_each, report_each, run_curves, run_each
from _driver import Experiment
from _features import FeatureSettings, features_net, principal_components
from _images import mean_and_net
from _published import differences
from _settings import ByScale

FOUR = ("BalancedEntropy", "BALD", "Entropy", "RandomSampling")
MORE = ("BADGE", "CoreSet")


@dataclass(frozen=True)
class Settings(FeatureSettings):
    """Each point of the pool has so many ``copies``."""

    strategies: tuple[str, ...] = ByScale(
        FOUR[::3], FOUR, (*FOUR[:-1], *MORE, FOUR[-1])
    )
    copies: tuple[int, ...] = ByScale((1, 3), (1, 10), (1, 3, 5, 10, 50))
    seeds: int = ByScale(2, 6, 6)
    n: int = ByScale(5, 20, 50)
    n_initial: int | None = 20
    rounds: int = ByScale(1, 6, 20)
    candidates: int | None = ByScale(None, 1000, None)
    targets: tuple[float, ...] = (0.8, 0.9)


def run(settings):
    """Learning curves for each number of copies."""
    task = principal_components(replace(settings, copies=1))
    return run_each(settings, "copies", lambda one: with_copies(one, task))


def beside(frame, settings):
    """Each strategy against random, with and without copies."""
    return differences(frame, "copies")


def with_copies(settings, task):
    """Learning curves with so many copies of every point."""
    task = task._replace(
        X=task.X.repeat(settings.copies, axis=0), y=task.y.repeat(settings.copies)
    )
    return run_curves(settings, task, features_net(settings), mean_and_net)


main = Experiment(
    __file__, __doc__, Settings, run, report_each("copies"), draw_each("copies")
).main

if __name__ == "__main__":
    main()
