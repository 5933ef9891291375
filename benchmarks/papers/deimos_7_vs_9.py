"""Labels to reach 95 to 97.5% of MNIST's sevens against nines, one at a time.

DEIMOS's table for batches of one.
"""

from dataclasses import dataclass

from _driver import Experiment
from _images import ImageSettings, image_curves
from _settings import ByScale

FIVE = ("DEIMOS", "BALD", "Entropy", "RobustCoreSet", "RandomSampling")


@dataclass(frozen=True)
class Settings(ImageSettings):
    """Two classes, one label at a time."""

    strategies: tuple[str, ...] = ByScale(FIVE[::4], FIVE, FIVE)
    classes: tuple[int, ...] = (7, 9)
    seeds: int = ByScale(2, 3, 3)
    n: int = 1
    n_initial: int | None = 10
    rounds: int = ByScale(2, 50, 190)
    candidates: int | None = ByScale(30, 500, 2500)
    draws: int = ByScale(3, 50, 50)
    targets: tuple[float, ...] = (0.95, 0.96, 0.97, 0.975)


main = Experiment(__file__, __doc__, Settings, image_curves).main

if __name__ == "__main__":
    main()
