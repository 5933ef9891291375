"""Count how often tests find a difference between a strategy and itself.

    python benchmarks/papers/false_alarms.py                    # two minutes on one core

Random sampling is run twice on the digits, from the same initial labels and splits and
by other chance: nothing sets the two apart. Learning curves of so many splits at a time
make an experiment, and each experiment is tested. An honest test at .05 finds a
difference in 5 of 100 experiments or fewer. Printed is the share that the tests of
`skactive.model_selection.compare_curves` find, and the share of intervals of 95% that
hold zero.
"""

import argparse

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.naive_bayes import GaussianNB

from skactive import RandomSampling
from skactive.model_selection import LearningCurve, StrategySearchCV, compare_curves

TESTS = ("p_sign_flip", "p_wilcoxon", "p_likelihood_ratio")
ALPHA = 0.05


class RandomSamplingAgain(RandomSampling):
    """Random sampling by other chance than the one with the same seed."""

    def _rng(self):
        return np.random.default_rng(super()._rng().integers(2**32))


def run(args):
    """Curves of both, with all splits."""
    model = GaussianNB(var_smoothing=0.01)
    search = StrategySearchCV(
        {"once": RandomSampling(model), "again": RandomSamplingAgain(model)},
        n=args.n,
        rounds=args.rounds,
        cv=StratifiedShuffleSplit(args.splits, test_size=1 / 3, random_state=0),
        verbose=1,
        random_state=args.random_state,
    )
    return search.fit(*load_digits(return_X_y=True)).curves_


def experiments(curves, size):
    """Tear the curves into experiments of so many splits."""
    n_splits = len(curves["once"].scores["score"])
    for first in range(0, n_splits - size + 1, size):
        rows = slice(first, first + size)
        yield {
            name: LearningCurve(
                curve.n_labels, {"score": curve.scores["score"][rows]}, None, None, None
            )
            for name, curve in curves.items()
        }


def shares(curves, size):
    """What is found in experiments of so many splits: one row of the table."""
    found = [
        compare_curves(e, random_state=0).results for e in experiments(curves, size)
    ]
    p = {test: np.array([row[test][0] for row in found]) for test in TESTS}
    held = [row["difference_low"][0] <= 0 <= row["difference_high"][0] for row in found]
    alarms = [f"{(p[test] <= ALPHA).mean():>17.3f}" for test in TESTS]
    return f"{size:>6} {len(found):>11}{''.join(alarms)} {np.mean(held):>11.3f}"


def parse(argv=None):
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--splits", type=int, default=600, help="in all; default: %(default)s")
    add("--sizes", type=int, nargs="+", default=[6, 10, 20], help="of experiments")
    add("--rounds", type=int, default=10)
    add("-n", type=int, default=10, help="labels a round; default: %(default)s")
    add("--random-state", type=int, default=0)
    return parser.parse_args(argv)


def main(argv=None):
    """Run the experiment of the command line."""
    args = parse(argv)
    curves = run(args)
    names = [test.removeprefix("p_").replace("_", " ") for test in TESTS]
    heads = "".join(f"{name:>17}" for name in names)
    print(
        f"\nfalse alarms at {ALPHA} in experiments that compare a strategy with itself"
    )
    print(f"splits experiments{heads}  holds zero")
    for size in args.sizes:
        print(shares(curves, size))


if __name__ == "__main__":
    main()
