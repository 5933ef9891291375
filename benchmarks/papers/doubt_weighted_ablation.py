"""What doubt and a beam each bring to core-sets: CoreSet and its doubt-weighted form.

Figure 5 of the doubt-weighted core-set paper, there on CIFAR-10 with VGG16: with doubt
or without, by greedy search or with a beam of 20. Here on the first principal
components of MNIST's images, with a net of one hidden layer, whose features make the
distances, and a tenth of the paper's labels: 100 to start with, 40 a round.
"""

from dataclasses import dataclass

from _curves import run_curves
from _driver import Experiment
from _every import report_every
from _features import FeatureSettings, features_net, principal_components
from _images import mean_and_net
from _settings import ByScale


def forms(width):
    """Core-sets without doubt and with it, greedy and with a beam; and random."""
    pairs = [
        (name, f"{name}(beam_width={width})")
        for name in ("CoreSet", "DoubtWeightedCoreSet")
    ]
    return (*pairs[0], *pairs[1], "RandomSampling")


@dataclass(frozen=True)
class Settings(FeatureSettings):
    """Strategies and labels."""

    strategies: tuple[str, ...] = ByScale(forms(4), forms(20), forms(20))
    seeds: int = ByScale(2, 8, 20)
    n: int = ByScale(5, 40, 40)
    n_initial: int | None = ByScale(20, 100, 100)
    rounds: int = ByScale(1, 4, 10)
    draws: int = ByScale(3, 20, 50)


def run(settings):
    """Learning curves of all strategies."""
    task = principal_components(settings)
    return run_curves(settings, task, features_net(settings), mean_and_net)


main = Experiment(__file__, __doc__, Settings, run, report_every).main

if __name__ == "__main__":
    main()
