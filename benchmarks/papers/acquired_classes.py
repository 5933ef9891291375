"""Which classes are acquired on MNIST, and how confident the net becomes of the pool.

As ICAL's figures 1 (mean posterior entropy of the pool) and 4 (histogram of acquired
labels), which are on EMNIST.
"""

from dataclasses import dataclass

import numpy as np
from _curves import panels, to_curves
from _driver import Experiment
from _images import ImageSettings, image_curves, load, mean_and_net
from _settings import ByScale

from skactive.metrics import class_counts, mean_posterior_entropy
from skactive.plotting import LearningCurveDisplay

FOUR = ("BatchBALD", "BALD", "ICAL", "RandomSampling")


@dataclass(frozen=True)
class Settings(ImageSettings):
    """Points at which the entropy is measured: ``watched``."""

    strategies: tuple[str, ...] = ByScale(
        FOUR[2:], FOUR, (*FOUR[:-1], "FASS", "ACSFW", "Entropy", FOUR[-1])
    )
    draws: int = ByScale(3, 50, 50)
    watched: int = ByScale(20, 500, 2000)


class WithPoolEntropy:
    """Scores on the test set, and the posterior entropy of some points of the pool."""

    def __init__(self, X_pool):
        self.X_pool = X_pool

    def __call__(self, strategy, X, y):
        """Scores by name; the same points in every round, labelled or not."""
        p_nkc = strategy.sampler_.draw(self.X_pool, 0)
        entropy = mean_posterior_entropy(np.asarray(p_nkc))
        return mean_and_net(strategy, X, y) | {"pool_entropy": entropy}


def run(settings):
    """Learning curves, with the entropy of the pool among the scores."""
    return image_curves(
        settings, WithPoolEntropy(load(settings)[0].X[: settings.watched])
    )


def draw(frame, settings):
    """Entropy of the pool; and the number of labels of each class in the end."""
    curves = to_curves(frame)
    figure, axes = panels(1, 2)
    left, right = axes[0]
    display = LearningCurveDisplay.from_results(curves, score="pool_entropy", ax=left)
    draw_counts(right, frame, display.lines_, np.arange(len(settings.classes)))
    return figure


def draw_counts(ax, frame, lines, classes):
    """Bars of the acquired labels, in the colours of the curves."""
    curves = to_curves(frame)
    width = 0.8 / len(curves)
    for place, (spec, line) in enumerate(zip(curves, lines, strict=True)):
        rows = frame[frame["strategy"] == spec]
        labels = " ".join(rows["labels"]).split()
        counts = class_counts(np.array(labels, dtype=int), classes)
        counts = counts / rows["split"].nunique()
        x = classes + width * (place - (len(curves) - 1) / 2)
        ax.bar(x, counts, width, color=line.get_color(), label=spec)
    ax.set(xlabel="class", ylabel="labels in a run, mean", xticks=classes)
    ax.spines[["top", "right"]].set_visible(False)


main = Experiment(__file__, __doc__, Settings, run, draw=draw).main

if __name__ == "__main__":
    main()
