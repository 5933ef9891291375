"""ICAL on CIFAR-10: ten batches of 3,000 labels, from 10,000."""

from dataclasses import dataclass

from _driver import Experiment
from _photos import PhotoSettings, photo_curves
from _settings import ByScale

THREE = ("ICAL", "ICALPointwise(n_per_step=20)", "RandomSampling")
MORE = ("BALD", "FASS", "BADGE", "Entropy")


@dataclass(frozen=True)
class Settings(PhotoSettings):
    """Large batches."""

    strategies: tuple[str, ...] = ByScale(
        ("ICAL", "RandomSampling"),
        THREE,
        ("ICAL", "ICALPointwise(n_per_step=200)", *MORE, "RandomSampling"),
    )
    n: int = ByScale(10, 300, 3000)  # pointwise takes b / 15 at a time
    n_initial: int | None = ByScale(20, 1000, 10_000)
    rounds: int = ByScale(1, 4, 10)


main = Experiment(__file__, __doc__, Settings, photo_curves).main

if __name__ == "__main__":
    main()
