"""Draw learning curves on digits from one search: `_static/search.png`.

    python doc/search_figure.py [--checkpoint FOLDER] [--n-jobs 2]

Stop it and run it again with a checkpoint, and it goes on.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedShuffleSplit

from skactive import BALD, ICAL, RandomSampling
from skactive.model_selection import StrategySearchCV
from skactive.plotting import LearningCurveDisplay

PICTURE = Path(__file__).parent / "_static" / "search.png"


def make_search(**options):
    """Three strategies around a forest, six splits."""
    forest = RandomForestClassifier(50)
    strategies = {
        "ICAL": ICAL(forest),
        "BALD": BALD(forest),
        "at random": RandomSampling(forest),
    }
    cv = StratifiedShuffleSplit(6, test_size=1 / 3, random_state=0)
    return StrategySearchCV(
        strategies, n=10, rounds=12, cv=cv, random_state=0, verbose=1, **options
    )


def draw(search, path):
    """Draw the curves of a search."""
    figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
    LearningCurveDisplay.from_results(search.curves_, ax=ax)
    ax.set(ylabel="accuracy", title="digits, a forest of 50 trees, 10 labels a round")
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main(argv=None):
    """Search, show the ranks, draw."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--checkpoint")
    parser.add_argument("--n-jobs", type=int)
    args = parser.parse_args(argv)
    search = make_search(checkpoint=args.checkpoint, n_jobs=args.n_jobs)
    search.fit(*load_digits(return_X_y=True))
    for name in ("strategy", "mean_test_score", "std_test_score", "rank_test_score"):
        print(name, *search.cv_results_[name])
    draw(search, PICTURE)


if __name__ == "__main__":
    main()
