"""Every strategy on digits with a small convolutional net, against random.

As `digits_forest`, in fewer rounds: the net is trained from scratch in each. Its draws
are those of dropout.
"""

import sys
from pathlib import Path

from _driver import run_curves, run_experiment
from _every import every, report_every, scores_of, small_multiples
from digits_forest import SCORING, digits_task

from skactive.datasets import load_digits_images

sys.path.append(str(Path(__file__).parents[1]))  # models.py

SETTINGS = {
    "strategies": (
        ["BALD", "CoreSet", "RandomSampling"],
        every("classification"),
        every("classification"),
    ),
    "seeds": (2, 12, 30),
    "rounds": (1, 5, 16),
    "n": 10,
    "candidates": (30, 300, None),
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
    run_experiment(
        __file__,
        __doc__,
        SETTINGS,
        run,
        draw=small_multiples,
        report=report_every,
        argv=argv,
    )


if __name__ == "__main__":
    main()
