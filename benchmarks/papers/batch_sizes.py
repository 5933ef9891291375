"""BALD and BatchBALD on MNIST, asked for 1, 5, 10 and 40 labels at a time.

BatchBALD's figure 4: the larger the batch, the worse is BALD.
"""

from _driver import draw_each, report_each, run_each, run_experiment
from _images import IMAGES, image_curves

SETTINGS = IMAGES | {
    "strategies": ["BatchBALD", "BALD"],
    "n": ([5, 10], [5, 10, 40], [1, 5, 10, 40]),
    "budget": (30, 100, 260),
}


def run(args):
    """Learning curves for each size of the batch."""

    def one_size(args):
        args.rounds = (args.budget - args.n_initial) // args.n
        return image_curves(args)

    return run_each(args, "n", one_size)


def main(argv=None):
    """Run the experiment of the command line."""
    by_size = {"draw": draw_each("n"), "report": report_each("n")}
    run_experiment(__file__, __doc__, SETTINGS, run, **by_size, argv=argv)


if __name__ == "__main__":
    main()
