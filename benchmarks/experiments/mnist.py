"""Labels to reach 90% and 95% of MNIST, ten at a time.

BatchBALD's figure 5 and ICAL's figure 3 (left).
"""

from _driver import run_experiment
from _images import SETTINGS, image_curves

SETTINGS = SETTINGS | {
    "strategies": (
        ["BatchBALD", "ICAL", "RandomSampling"],
        ["BatchBALD", "BALD", "ICAL", "RandomSampling"],
        [
            "BatchBALD",
            "BALD",
            "ICAL",
            "BalancedEntropy",
            "BADGE",
            "FASS",
            "ACSFW",
            "Entropy",
            "RandomSampling",
        ],
    )
}


def main(argv=None):
    """Run the experiment of the command line."""
    run_experiment(__file__, __doc__, SETTINGS, image_curves, argv=argv)


if __name__ == "__main__":
    main()
