"""Every strategy on digits with a small convolutional net, against random.

As `digits_forest`, in fewer rounds: the net is trained from scratch in each. Its draws
are those of dropout.
"""

import sys
from pathlib import Path

from _driver import run_curves
from _every import run_every, scores_of
from digits_forest import DIGITS, SCORING, digits_task

from skactive.datasets import load_digits_images

sys.path.append(str(Path(__file__).parents[1]))  # models.py

SETTINGS = DIGITS | {
    "rounds": (1, 5, 16),
    "draws": (4, 50, 100),
    "epochs": (1, 10, 10),
    "device": "cpu",
}


def run(args):
    """Learning curves of all strategies."""
    import models

    net = models.digits_sampler(args.draws, args.device)
    net = net.set_params(estimator__max_epochs=args.epochs)
    task = digits_task(args, *load_digits_images())
    return scores_of(run_curves(args, task, net, SCORING))


def main(argv=None):
    """Run the experiment of the command line."""
    run_every(__file__, __doc__, SETTINGS, run, argv)


if __name__ == "__main__":
    main()
