"""Labels to reach 90% and 95% of MNIST with three noisy copies of every image.

BatchBALD's figures 2, 10 and 11, ICAL's figure 3 (right): asked for batches, BALD takes
copies and falls behind random sampling.
"""

from _driver import run_experiment
from _images import IMAGES, image_curves

THREE = ["BatchBALD", "BALD", "RandomSampling"]
MORE = ["ICAL", "BalancedEntropy", "BADGE", "FASS", "ACSFW", "Entropy"]
SETTINGS = IMAGES | {
    "strategies": (THREE[1:], THREE, THREE[:-1] + MORE + THREE[-1:]),
    "copies": 3,
    "noise": 0.1,
    "draws": (3, 10, 10),  # BatchBALD's; ICAL takes 50
    "epochs": (1, 30, 40),
    "valid": (50, 512, 3072),
}


def main(argv=None):
    """Run the experiment of the command line."""
    run_experiment(__file__, __doc__, SETTINGS, image_curves, argv=argv)


if __name__ == "__main__":
    main()
