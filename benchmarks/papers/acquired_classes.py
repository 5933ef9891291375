"""What is asked for on MNIST, and how sure the net becomes of the pool.

As ICAL's figures 1 (mean posterior entropy of the pool) and 4 (histogram of acquired
labels), which are on EMNIST.
"""

import numpy as np
from _curves import panels
from _driver import run_experiment, to_curves
from _images import IMAGES, accuracy_and_likelihood, image_curves, load

from skactive.metrics import class_counts, mean_posterior_entropy
from skactive.plotting import LearningCurveDisplay

FOUR = ["BatchBALD", "BALD", "ICAL", "RandomSampling"]
SETTINGS = IMAGES | {
    "strategies": (FOUR[2:], FOUR, [*FOUR[:-1], "FASS", "ACSFW", "Entropy", FOUR[-1]]),
    "draws": (3, 50, 50),
    "watched": (20, 500, 2000),
}


class WithPoolEntropy:
    """Scores on the test set, and the posterior entropy of some points of the pool."""

    def __init__(self, X_pool):
        self.X_pool = X_pool

    def __call__(self, strategy, X, y):
        """Scores by name; the points are watched in every round, labelled or not."""
        p_nkc = strategy.sampler_.draw(self.X_pool, 0)
        entropy = mean_posterior_entropy(np.asarray(p_nkc))
        return accuracy_and_likelihood(strategy, X, y) | {"pool_entropy": entropy}


def run(args):
    """Learning curves with the entropy of the pool among the scores."""
    return image_curves(args, WithPoolEntropy(load(args)[0].X[: args.watched]))


def draw(frame, args):
    """Entropy of the pool; and how many labels of each class there are in the end."""
    curves = to_curves(frame)
    figure, axes = panels(1, 2)
    left, right = axes[0]
    display = LearningCurveDisplay.from_results(curves, score="pool_entropy", ax=left)
    classes = np.arange(len(args.classes))
    width = 0.8 / len(curves)
    for place, (spec, line) in enumerate(zip(curves, display.lines_, strict=True)):
        rows = frame[frame["strategy"] == spec]
        labels = " ".join(rows["labels"]).split()
        counts = class_counts(np.array(labels, dtype=int), classes)
        counts = counts / rows["split"].nunique()
        x = classes + width * (place - (len(curves) - 1) / 2)
        right.bar(x, counts, width, color=line.get_color(), label=spec)
    right.set(xlabel="class", ylabel="labels in a run, mean", xticks=classes)
    right.spines[["top", "right"]].set_visible(False)
    return figure


def main(argv=None):
    """Run the experiment of the command line."""
    run_experiment(__file__, __doc__, SETTINGS, run, draw=draw, argv=argv)


if __name__ == "__main__":
    main()
