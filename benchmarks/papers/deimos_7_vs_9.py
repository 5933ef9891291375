"""Acquisitions to reach 95 to 97.5% on MNIST's sevens against nines, one at a time.

Table 2 of the DEIMOS paper, for batches of one. It counts the labels that were acquired
after the ten initial ones, and so does this report; the learning curves count both.
"""

from dataclasses import dataclass

from _curves import report_curves, to_curves
from _driver import Experiment
from _images import ImageSettings, image_curves
from _published import labels_to
from _settings import ByScale

FIVE = ("DEIMOS", "BALD", "Entropy", "RobustCoreSet", "RandomSampling")
PAPER = {
    "DEIMOS": {0.95: 20, 0.96: 24, 0.97: 27, 0.975: 41},
    "BALD": {0.95: 23, 0.96: 25, 0.97: 39, 0.975: 67},
    "Entropy": {0.95: 21, 0.96: 31, 0.97: 39, 0.975: 58},
    "RandomSampling": {0.95: 48, 0.96: 55, 0.97: 113, 0.975: 158},
    "RobustCoreSet": {0.95: 24, 0.96: 39, 0.97: 58, 0.975: 58},
}


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


def beside(frame, settings):
    """Acquisitions to each target, quartiles over runs, and the paper's."""
    curves, first = to_curves(frame), settings.n_initial
    return labels_to(curves, settings.targets, PAPER, less=first)


def report(frame, settings):
    """Acquisitions beside the paper's; and the curves, which count initial labels."""
    acquired = beside(frame, settings).to_string()
    return (
        f"acquisitions after {settings.n_initial} initial labels, quartiles\n{acquired}"
        f"\n\n{report_curves(frame, settings)}"
    )


main = Experiment(__file__, __doc__, Settings, image_curves, report).main

if __name__ == "__main__":
    main()
