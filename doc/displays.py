"""Draw one picture for each display of `skactive.plotting`.

``python doc/displays.py`` writes ``doc/_static/learning_curves.png``,
``comparison.png``, ``query.png`` and ``batches.png``, which are committed: the
documentation is built without running this. The first two show
``doc/_static/digits_curves.csv``, which ``doc/digits_curves.py`` makes.
"""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import make_moons
from sklearn.kernel_approximation import RBFSampler
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skactive import BALD, EPIG, ICAL
from skactive.plotting import ComparisonDisplay, LearningCurveDisplay, QueryDisplay
from skactive.samplers import BootstrapSampler

STATIC = Path(__file__).parent / "_static"


def save(name):
    """Write the current figure."""
    plt.savefig(STATIC / f"{name}.png", dpi=110)
    plt.close()
    print(f"{name}.png")


def draw_curves(curves):
    """Accuracy, with targets, and log likelihood over the logarithm of labels."""
    axes = plt.subplots(1, 2, figsize=(10.5, 4), layout="constrained")[1]
    LearningCurveDisplay.from_results(curves, targets=[0.8, 0.9], ax=axes[0])
    LearningCurveDisplay.from_results(
        curves, score="log_likelihood", average="mean", xscale="log", ax=axes[1]
    )
    save("learning_curves")


def draw_comparison(curves):
    """Each strategy against random sampling."""
    ComparisonDisplay.from_results(curves, baseline="random", random_state=0)
    save("comparison")


def moons():
    """Two moons: a pool, five labels of each, and a model with a posterior."""
    X, y = make_moons(400, noise=0.18, random_state=0)
    rng = np.random.default_rng(3)
    labelled = np.concatenate([rng.choice(np.flatnonzero(y == k), 5) for k in (0, 1)])
    X_pool = np.delete(X, labelled, axis=0)
    features = RBFSampler(gamma=1.5, n_components=200, random_state=0)
    model = make_pipeline(features, LogisticRegression(C=10))
    return X_pool, X[labelled], y[labelled], BootstrapSampler(model, n_draws=30)


def draw_queries():
    """What BALD and ICAL query on two moons."""
    axes = plt.subplots(1, 2, figsize=(11, 4.4), layout="constrained")[1]
    draw_batches({"BALD": BALD(), "ICAL": ICAL()}, axes, "query")


def draw_options():
    """Batches of the largest scores, by chance, and by what labels say jointly."""
    strategies = {
        "BALD": BALD(),
        'BALD(batch="power")': BALD(batch="power"),
        "EPIG": EPIG(),
        'EPIG(batch="greedy")': EPIG(batch="greedy"),
    }
    axes = plt.subplots(2, 2, figsize=(11, 8.4), layout="constrained")[1]
    draw_batches(strategies, axes, "batches")


def draw_batches(strategies, axes, name):
    """Ten points that each strategy queries on two moons."""
    X_pool, X, y, sampler = moons()
    for (title, strategy), ax in zip(strategies.items(), axes.flat, strict=True):
        fitted = strategy.set_params(estimator=sampler, random_state=0).fit(X, y)
        QueryDisplay.from_estimator(fitted, X_pool, n=10, X=X, y=y, ax=ax)
        ax.set_title(title, loc="right", fontsize=11)
    save(name)


if __name__ == "__main__":
    curves = pd.read_csv(STATIC / "digits_curves.csv")
    draw_curves(curves)
    draw_comparison(curves)
    draw_queries()
    draw_options()
