"""Balanced entropy on MNIST, one label at a time: accuracy at 50, 100 and 300."""

from _driver import run_experiment
from _images import IMAGES, image_curves

FIVE = ["BalancedEntropy", "BALD", "Entropy", "MeanSD", "RandomSampling"]
SETTINGS = IMAGES | {
    "strategies": (FIVE[::4], FIVE, [*FIVE[:-1], "BADGE", "CoreMSE", FIVE[-1]]),
    "seeds": (2, 3, 3),
    "n": (2, 5, 1),
    "rounds": (2, 16, 280),
    "draws": (3, 50, 100),
    "at": [50, 100, 300],
    # the paper's training: no early stopping
    "epochs": (1, 10, 150),
    "patience": (None, 3, None),
    "learning_rate": (1e-2, 1e-3, 1e-2),
}


def main(argv=None):
    """Run the experiment of the command line."""
    run_experiment(__file__, __doc__, SETTINGS, image_curves, argv=argv)


if __name__ == "__main__":
    main()
