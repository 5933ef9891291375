"""Balanced entropy on MNIST, one label at a time: accuracy at 50, 100 and 300."""

from dataclasses import dataclass

from _driver import Experiment
from _images import ImageSettings, image_curves
from _settings import ByScale

FIVE = ("BalancedEntropy", "BALD", "Entropy", "MeanSD", "RandomSampling")


@dataclass(frozen=True)
class Settings(ImageSettings):
    """The paper's training has no early stopping."""

    strategies: tuple[str, ...] = ByScale(
        FIVE[::4], FIVE, (*FIVE[:-1], "BADGE", "CoreMSE", FIVE[-1])
    )
    seeds: int = ByScale(2, 3, 3)
    n: int = ByScale(2, 5, 1)
    rounds: int = ByScale(2, 16, 280)
    draws: int = ByScale(3, 50, 100)
    at: tuple[int, ...] = (50, 100, 300)
    epochs: int = ByScale(1, 10, 150)
    patience: int | None = ByScale(None, 3, None)
    learning_rate: float = ByScale(1e-2, 1e-3, 1e-2)


main = Experiment(__file__, __doc__, Settings, image_curves).main

if __name__ == "__main__":
    main()
