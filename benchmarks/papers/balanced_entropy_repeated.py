"""Balanced entropy on MNIST with three copies, 25 labels at a time.

Accuracy at 100, 200 and 300 labels.
"""

from dataclasses import dataclass

from _driver import Experiment
from _images import ImageSettings, image_curves
from _settings import ByScale

FOUR = ("BalancedEntropy", "BatchBALD", "PowerBALD", "RandomSampling")


@dataclass(frozen=True)
class Settings(ImageSettings):
    """Copies; the paper's training has no early stopping."""

    strategies: tuple[str, ...] = ByScale(
        FOUR[::3], FOUR, (*FOUR[:-1], "BADGE", "CoreSet", FOUR[-1])
    )
    seeds: int = ByScale(2, 3, 3)
    copies: int = 3
    n: int = ByScale(5, 20, 25)
    n_initial: int | None = ByScale(20, 20, 25)
    rounds: int = ByScale(1, 9, 11)
    at: tuple[int, ...] = (100, 200, 300)
    epochs: int = ByScale(1, 30, 150)
    patience: int | None = ByScale(None, 3, None)
    learning_rate: float = ByScale(1e-2, 1e-3, 1e-2)


main = Experiment(__file__, __doc__, Settings, image_curves).main

if __name__ == "__main__":
    main()
