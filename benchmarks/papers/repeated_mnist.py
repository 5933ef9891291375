"""Labels to reach 90% and 95% of MNIST with three noisy copies of every image.

BatchBALD's figures 2, 10 and 11, ICAL's figure 3 (right): in batches, BALD selects
copies and falls behind random sampling.
"""

from dataclasses import dataclass

from _driver import Experiment
from _images import ImageSettings, image_curves
from _settings import ByScale

THREE = ("BatchBALD", "BALD", "RandomSampling")
MORE = ("ICAL", "BalancedEntropy", "BADGE", "FASS", "ACSFW", "Entropy")


@dataclass(frozen=True)
class Settings(ImageSettings):
    """Copies, and fewer draws."""

    strategies: tuple[str, ...] = ByScale(
        THREE[1:], THREE, (*THREE[:-1], *MORE, THREE[-1])
    )
    copies: int = 3
    noise: float = 0.1
    draws: int = ByScale(3, 10, 10)  # BatchBALD's; ICAL takes 50
    epochs: int = ByScale(1, 30, 40)
    valid: int = ByScale(50, 512, 3072)


main = Experiment(__file__, __doc__, Settings, image_curves).main

if __name__ == "__main__":
    main()
