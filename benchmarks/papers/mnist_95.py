"""Labels to reach 95% of MNIST: longer runs than those of ``mnist``, on fewer images.

Table 1 of the BatchBALD paper, with its targets and strategies as in ``mnist``.
"""

from dataclasses import dataclass

from _driver import Experiment
from _images import ImageSettings, image_curves
from _settings import ByScale
from mnist import FOUR, beside

__all__ = ["beside"]  # of the paper's numbers, for published_tables.py


@dataclass(frozen=True)
class Settings(ImageSettings):
    """At scale paper the settings of ``mnist``, which are enough for 95% there."""

    strategies: tuple[str, ...] = ByScale(FOUR[::3], FOUR, FOUR)
    rounds: int = ByScale(2, 35, 30)
    candidates: int | None = ByScale(30, 500, None)
    draws: int = ByScale(3, 20, 100)
    steps: int = ByScale(2, 20, 64)
    test: int | None = ByScale(50, 1000, None)
    valid: int = ByScale(50, 256, 1024)


main = Experiment(__file__, __doc__, Settings, image_curves).main

if __name__ == "__main__":
    main()
