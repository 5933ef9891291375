"""Balanced entropy on MNIST with three copies, 25 labels at a time.

Accuracy at 100, 200 and 300 labels.
"""

from _driver import run_experiment
from _images import IMAGES, image_curves

FOUR = ["BalancedEntropy", "BatchBALD", "PowerBALD", "RandomSampling"]
SETTINGS = IMAGES | {
    "strategies": (FOUR[::3], FOUR, [*FOUR[:-1], "BADGE", "CoreSet", FOUR[-1]]),
    "seeds": (2, 3, 3),
    "copies": 3,
    "n": (5, 20, 25),
    "n_initial": (20, 20, 25),
    "rounds": (1, 9, 11),
    "at": [100, 200, 300],
    "epochs": (1, 30, 150),
    "patience": (None, 3, None),
    "learning_rate": (1e-2, 1e-3, 1e-2),
}


def main(argv=None):
    """Run the experiment of the command line."""
    run_experiment(__file__, __doc__, SETTINGS, image_curves, argv=argv)


if __name__ == "__main__":
    main()
