"""Does active learning pay? Four strategies learn handwritten digits in a minute.

    python benchmarks/quick_start.py           # a verdict, a table, a picture's path
    python benchmarks/quick_start.py --long    # longer, and with a net as well

A random forest starts with two labels per digit and gets ten more in each round, chosen
at random or by a strategy; the rest is the same for all. It is tested on a third of the
digits. The strategies were chosen after a trial on these digits: this shows what active
learning can do, and is no evidence that it always does (doc/results/survey.rst is).
"""

import argparse
import time
from pathlib import Path

import matplotlib as mpl
import numpy as np
from joblib import cpu_count
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedShuffleSplit

from skactive import FASS, Margin, RandomSampling, UncertaintyHerding
from skactive.metrics import labels_to_reach
from skactive.model_selection import StrategySearchCV, compare_curves
from skactive.plotting import LearningCurveDisplay

BASELINE = "RandomSampling"
STRATEGIES = (UncertaintyHerding, Margin, FASS, RandomSampling)
TARGETS = (0.95, 0.9, 0.85, 0.8, 0.7, 0.5, 0.0)


def search(args):
    """Run all strategies on the same splits and initial labels."""
    forest = RandomForestClassifier(args.trees, min_samples_leaf=2)
    return StrategySearchCV(
        {cls.__name__: cls(forest) for cls in STRATEGIES},
        n=10,
        rounds=args.rounds,
        cv=StratifiedShuffleSplit(args.splits, test_size=1 / 3, random_state=0),
        n_jobs=args.n_jobs,
        verbose=1,
        random_state=0,
    ).fit(*load_digits(return_X_y=True))


def reached(curve, target):
    """Median number of labels to reach an accuracy, over splits; inf if most do not."""
    return np.median(labels_to_reach(curve.n_labels, curve.scores["score"], target))


def verdict(curves, comparison):
    """Two lines: labels saved by the best strategy, and how certain that is."""
    means = {name: curve.scores["score"].mean() for name, curve in curves.items()}
    best = max((name for name in means if name != BASELINE), key=means.get)
    # the highest accuracy that most splits reach by random sampling
    target = next(t for t in TARGETS if reached(curves[BASELINE], t) < np.inf)
    ours, theirs = (reached(curves[name], target) for name in (best, BASELINE))
    row = list(comparison.results["strategy"]).index(best)
    found = {name: column[row] for name, column in comparison.results.items()}
    is_significant = found["p_sign_flip_holm"] <= 0.05
    n_splits = len(curves[best].fit_time)
    return (
        f"{best} reaches {target:.0%} accuracy with {ours:g} labels instead of "
        f"{theirs:g} at random.\n"
        f"Over the curve: {found['difference']:+.3f} accuracy "
        f"[{found['difference_low']:+.3f}, {found['difference_high']:+.3f}], better on "
        f"{found['n_better']} of {n_splits} splits, "
        f"{'' if is_significant else 'not '}significant at 5%."
    )


def table(curves):
    """Mean accuracy after some numbers of labels, and median labels to reach 90%."""
    n_labels = next(iter(curves.values())).n_labels
    shown = np.unique(np.linspace(0, len(n_labels) - 1, 6).astype(int))
    head = "".join(f"{n:>8}" for n in n_labels[shown])
    lines = [f"{'labels':<20}{head}{'to reach 90%':>16}"]
    for name, curve in curves.items():
        mean = curve.scores["score"].mean(axis=0)[shown]
        labels = reached(curve, 0.9)
        most = f"{labels:g}" if labels < np.inf else f"> {n_labels[-1]}"
        cells = "".join(f"{score:>8.3f}" for score in mean)
        lines.append(f"{name:<20}{cells}{most:>16}")
    return "\n".join(lines)


def draw(curves, path):
    """Draw the learning curves; return the path of the picture."""
    display = LearningCurveDisplay.from_results(curves)
    display.figure_.set_size_inches(7, 4.2)
    display.ax_.set_ylabel("accuracy")
    display.ax_.set_title("Handwritten digits, a random forest", loc="left")
    path.parent.mkdir(parents=True, exist_ok=True)
    display.figure_.savefig(path, dpi=120, bbox_inches="tight")
    return path


def parse(argv=None):
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--long", action="store_true", help="run learning_curves.py, which needs torch")
    add("--splits", type=int, default=8, help="default: %(default)s")
    add("--rounds", type=int, default=18, help="of ten labels; default: %(default)s")
    add("--trees", type=int, default=50, help="of the forest; default: %(default)s")
    add("--n-jobs", type=int, default=cpu_count(), help="default: as many as cores")
    add("--out", type=Path, default=Path("results"), help="default: %(default)s")
    return parser.parse_args(argv)


def main(argv=None):
    """Run the comparison of the command line."""
    args, start = parse(argv), time.perf_counter()
    mpl.use("Agg")
    if args.long:
        import learning_curves

        learning_curves.main(["--out", str(args.out)])
        return
    curves = search(args).curves_
    comparison = compare_curves(curves, baseline=BASELINE, random_state=0)
    print(f"\n{verdict(curves, comparison)}\n\n{table(curves)}\n")
    print(f"mean accuracy of {args.splits} splits; {time.perf_counter() - start:.0f} s")
    print(f"picture: {draw(curves, args.out / 'quick_start.png')}")


if __name__ == "__main__":
    main()
