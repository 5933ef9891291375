"""Every strategy on digits with a random forest, against random.

8 x 8 digits, two labels a class to start with and ten more a round; a query looks at a
random part of the pool. A third of the digits, another one in each run, is the test
set. Leaves of the forest hold two points or more, so that a tree's probabilities are
not all 0 and 1.
"""

from _driver import Task, run_curves
from _every import every_settings, run_every, scores_of
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedShuffleSplit

from skactive.datasets import load_digits_images
from skactive.metrics import log_likelihood

SCORING = {"accuracy": "accuracy", "log_likelihood": log_likelihood}
DIGITS = every_settings("classification", ["BALD", "CoreSet", "RandomSampling"])
SETTINGS = DIGITS | {"trees": (8, 100, 100), "leaf": 2}


def digits_task(args, X, y):
    """Digits, a third of them for the test."""
    cv = StratifiedShuffleSplit(
        args.seeds, test_size=1 / 3, random_state=args.random_state
    )
    return Task(X, y, cv=cv)


def run(args):
    """Learning curves of all strategies."""
    X, y = load_digits_images()
    forest = RandomForestClassifier(args.trees, min_samples_leaf=args.leaf)
    task = digits_task(args, X.reshape(len(X), -1), y)
    return scores_of(run_curves(args, task, forest, SCORING))


def main(argv=None):
    """Run the experiment of the command line."""
    run_every(__file__, __doc__, SETTINGS, run, argv)


if __name__ == "__main__":
    main()
