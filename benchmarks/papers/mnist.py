"""Labels to reach 90% and 95% of MNIST, ten at a time.

BatchBALD's figure 5 and ICAL's figure 3 (left).
"""

from dataclasses import dataclass

from _curves import to_curves
from _driver import Experiment
from _images import ImageSettings, image_curves
from _published import labels_to
from _settings import ByScale

# table 1: quartiles of six runs
PAPER = {
    "BatchBALD": {0.9: "70/90/110", 0.95: "190/200/230"},
    "BALD": {0.9: "120/120/170", 0.95: "250/250/>300"},
}
FOUR = ("BatchBALD", "BALD", "ICAL", "RandomSampling")
MORE = ("BalancedEntropy", "BADGE", "FASS", "ACSFW", "Entropy")


@dataclass(frozen=True)
class Settings(ImageSettings):
    """The papers' comparison."""

    strategies: tuple[str, ...] = ByScale(
        ("BatchBALD", "RandomSampling"), FOUR, (*FOUR[:-1], *MORE, FOUR[-1])
    )


def beside(frame, settings):
    """Labels to each target, quartiles over runs, and the paper's."""
    return labels_to(to_curves(frame), settings.targets, PAPER)


main = Experiment(__file__, __doc__, Settings, image_curves).main

if __name__ == "__main__":
    main()
