"""ICAL on CIFAR-10: ten batches of 3,000 labels, from 10,000."""

from _driver import run_experiment
from _photos import PHOTOS, photo_curves

THREE = ["ICAL", "ICALPointwise(n_per_step=20)", "RandomSampling"]
MORE = ["BALD", "FASS", "BADGE", "Entropy"]
SETTINGS = PHOTOS | {
    "strategies": (
        ["ICAL", "RandomSampling"],
        THREE,
        ["ICAL", "ICALPointwise(n_per_step=200)", *MORE, "RandomSampling"],
    ),
    "n": (10, 300, 3000),  # pointwise takes b / 15 at a time
    "n_initial": (20, 1000, 10_000),
    "rounds": (1, 4, 10),
}


def main(argv=None):
    """Run the experiment of the command line."""
    run_experiment(__file__, __doc__, SETTINGS, photo_curves, argv=argv)


if __name__ == "__main__":
    main()
