"""Doubt-weighted core-sets on CIFAR-10, with and without a beam.

The paper's ablation: from 1,000 labels, 400 at a time, beams of 1 and 20. Its main
experiment: ``--n 5000 --n-initial 5000 --rounds 5`` with a beam of 10. There a VGG-16;
here a ResNet-18.
"""

from dataclasses import dataclass

from _driver import Experiment
from _photos import PhotoSettings, photo_curves
from _settings import ByScale

THREE = ("DoubtWeightedCoreSet", "CoreSet", "RandomSampling")
BEAM = "DoubtWeightedCoreSet(beam_width={})"


@dataclass(frozen=True)
class Settings(PhotoSettings):
    """The paper's ablation."""

    strategies: tuple[str, ...] = ByScale(
        THREE[::2],
        (BEAM.format(4), *THREE),
        (BEAM.format(20), "LeastConfidence", *THREE),
    )
    n: int = ByScale(10, 400, 400)
    n_initial: int | None = ByScale(20, 1000, 1000)
    rounds: int = ByScale(1, 3, 10)


main = Experiment(__file__, __doc__, Settings, photo_curves).main

if __name__ == "__main__":
    main()
