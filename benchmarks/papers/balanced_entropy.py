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

# accuracy with these numbers of labels: mean and standard deviation of three runs
AT = (50, 100, 300)
PAPER = {
    "BalancedEntropy": ("0.854 ± 0.010", "0.914 ± 0.013", "0.965 ± 0.001"),
    "BALD": ("0.826 ± 0.013", "0.905 ± 0.008", "0.953 ± 0.004"),
    "Entropy": ("0.774 ± 0.026", "0.877 ± 0.020", "0.948 ± 0.003"),
    "MeanSD": ("0.834 ± 0.022", "0.906 ± 0.011", "0.960 ± 0.002"),
    "BADGE": ("0.770 ± 0.061", "0.865 ± 0.042", "0.948 ± 0.004"),
    "CoreMSE": ("0.865", "0.913", "0.964"),
    "RandomSampling": ("0.786 ± 0.049", "0.864 ± 0.027", "0.936 ± 0.007"),
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
    at: tuple[int, ...] = ByScale((20, 22), (50, 100, 150), AT)
    epochs: int = ByScale(1, 10, 150)
    patience: int | None = ByScale(None, 3, None)
    learning_rate: float = ByScale(1e-2, 1e-3, 1e-2)


def beside(frame, settings):
    """Accuracy at numbers of labels, mean and interval, and the paper's."""
    paper = {spec: dict(zip(AT, scores, strict=True)) for spec, scores in PAPER.items()}
    return scores_at(to_curves(frame), settings.at, paper)


main = Experiment(__file__, __doc__, Settings, image_curves).main

if __name__ == "__main__":
    main()
