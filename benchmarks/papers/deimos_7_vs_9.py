"""Labels to reach 95 to 97.5% of MNIST's sevens against nines, one at a time.

DEIMOS's table for batches of one.
"""

from _driver import run_experiment
from _images import IMAGES, image_curves

FIVE = ["DEIMOS", "BALD", "Entropy", "RobustCoreSet", "RandomSampling"]
SETTINGS = IMAGES | {
    "strategies": (FIVE[::4], FIVE, FIVE),
    "classes": [7, 9],
    "seeds": (2, 3, 3),
    "n": 1,
    "n_initial": 10,
    "rounds": (2, 50, 190),
    "candidates": (30, 500, 2500),
    "draws": (3, 50, 50),
    "targets": [0.95, 0.96, 0.97, 0.975],
}


def main(argv=None):
    """Run the experiment of the command line."""
    run_experiment(__file__, __doc__, SETTINGS, image_curves, argv=argv)


if __name__ == "__main__":
    main()
