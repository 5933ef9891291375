"""Labels to reach 90% and 95% of MNIST, ten at a time.

BatchBALD's figure 5 and ICAL's figure 3 (left).
"""

from _driver import run_experiment
from _images import IMAGES, image_curves

FOUR = ["BatchBALD", "BALD", "ICAL", "RandomSampling"]
MORE = ["BalancedEntropy", "BADGE", "FASS", "ACSFW", "Entropy"]
SETTINGS = IMAGES | {
    "strategies": (["BatchBALD", "RandomSampling"], FOUR, FOUR[:-1] + MORE + FOUR[-1:])
}


def main(argv=None):
    """Run the experiment of the command line."""
    run_experiment(__file__, __doc__, SETTINGS, image_curves, argv=argv)


if __name__ == "__main__":
    main()
