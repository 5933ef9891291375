"""Balanced entropy on MNIST, one label at a time: accuracy at 50, 100 and 300.

Table 1 of its paper; CoreMSE of appendix A.14. Quick acquires five labels at a time, to
150.
"""

from dataclasses import dataclass

from _curves import to_curves
from _driver import Experiment
from _images import ImageSettings, image_curves
from _published import scores_at
from _settings import ByScale

# mean and standard deviation of three runs, in per cent
PAPER = {
    "BalancedEntropy": {50: "85.4 ± 1.0", 100: "91.4 ± 1.3", 300: "96.5 ± 0.1"},
    "BALD": {50: "82.6 ± 1.3", 100: "90.5 ± 0.8", 300: "95.3 ± 0.4"},
    "Entropy": {50: "77.4 ± 2.6", 100: "87.7 ± 2.0", 300: "94.8 ± 0.3"},
    "MeanSD": {50: "83.4 ± 2.2", 100: "90.6 ± 1.1", 300: "96.0 ± 0.2"},
    "BADGE": {50: "77.0 ± 6.1", 100: "86.5 ± 4.2", 300: "94.8 ± 0.4"},
    "CoreMSE": {50: "86.5", 100: "91.3", 300: "96.4"},
    "RandomSampling": {50: "78.6 ± 4.9", 100: "86.4 ± 2.7", 300: "93.6 ± 0.7"},
}
FIVE = ("BalancedEntropy", "BALD", "Entropy", "MeanSD", "RandomSampling")


@dataclass(frozen=True)
class Settings(ImageSettings):
    """The paper's training has no early stopping."""

    strategies: tuple[str, ...] = ByScale(
        FIVE[::4], FIVE, (*FIVE[:-1], "BADGE", "CoreMSE", FIVE[-1])
    )
    seeds: int = ByScale(2, 3, 3)
    n: int = ByScale(2, 5, 1)
    rounds: int = ByScale(2, 26, 280)
    draws: int = ByScale(3, 50, 100)
    at: tuple[int, ...] = ByScale((20, 22), (50, 100, 150), (50, 100, 300))
    epochs: int = ByScale(1, 10, 150)
    patience: int | None = ByScale(None, 3, None)
    learning_rate: float = ByScale(1e-2, 1e-3, 1e-2)


def beside(frame, settings):
    """Accuracy at numbers of labels, mean and interval, and the paper's."""
    return scores_at(to_curves(frame), settings.at, PAPER)


main = Experiment(__file__, __doc__, Settings, image_curves).main

if __name__ == "__main__":
    main()
