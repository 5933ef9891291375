"""Labels to reach 90% and 95% of MNIST, ten at a time.

BatchBALD's figure 5 and ICAL's figure 3 (left).
"""

from dataclasses import dataclass

from _driver import Experiment
from _images import ImageSettings, image_curves
from _settings import ByScale

FOUR = ("BatchBALD", "BALD", "ICAL", "RandomSampling")
MORE = ("BalancedEntropy", "BADGE", "FASS", "ACSFW", "Entropy")


@dataclass(frozen=True)
class Settings(ImageSettings):
    """The papers' comparison."""

    strategies: tuple[str, ...] = ByScale(
        ("BatchBALD", "RandomSampling"), FOUR, (*FOUR[:-1], *MORE, FOUR[-1])
    )


main = Experiment(__file__, __doc__, Settings, image_curves).main

if __name__ == "__main__":
    main()
