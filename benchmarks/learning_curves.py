"""Does active learning pay? ICAL against BALD and random sampling, on digits.

    python benchmarks/learning_curves.py                 # three minutes on two cores
    python benchmarks/learning_curves.py --data mnist    # the papers' net; hours

A random forest, and a convolutional net with MC dropout, start with two labels per
class and query ten more in each round; they are trained from scratch every time.
Splits, initial labels and seeds are the same for every strategy. Printed are accuracy
and negative log likelihood (NLL; of the net without dropout) on the test set, mean and
standard deviation over seeds; drawn are medians and quartiles.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from joblib import cpu_count
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedShuffleSplit

import skactive
from skactive.datasets import load_digits_images, load_mnist
from skactive.metrics import labels_to_reach, log_likelihood
from skactive.model_selection import active_learning_curve
from skactive.plotting import LearningCurveDisplay

N_VALID = 1024  # held out of MNIST's training set, to stop the training of nets
MNIST_MEAN, MNIST_SD = 0.1307, 0.3081
SCORING = {"accuracy": "accuracy", "log_likelihood": log_likelihood}
BASELINE = "RandomSampling"


class Task(NamedTuple):
    """Data to learn from, and how its test set is chosen."""

    X: Any
    y: Any
    test: dict  # parameters of active_learning_curve
    validation: tuple = ()


def load(args):
    """Load the data of the command line."""
    if args.data == "digits":
        X, y = load_digits_images()
        cv = StratifiedShuffleSplit(args.seeds, test_size=1 / 3, random_state=0)
        return Task(X, y, {"cv": cv})
    X, X_test, y, y_test = load_mnist()
    X, X_test = ((part - MNIST_MEAN) / MNIST_SD for part in (X, X_test))
    rows = np.random.default_rng(0).permutation(len(X))
    valid, train = rows[:N_VALID], rows[N_VALID:]
    test = {"cv": args.seeds, "X_test": X_test, "y_test": y_test}
    return Task(X[train], y[train], test, (X[valid], y[valid]))


def flat(task):
    """Images as rows of pixels, for the forest."""
    test = dict(task.test)
    if "X_test" in test:
        test["X_test"] = test["X_test"].reshape(len(test["X_test"]), -1)
    return task._replace(X=task.X.reshape(len(task.X), -1), test=test)


def build(model, task, args):
    """Make the model, and the task in the form that it takes."""
    if model == "forest":
        return RandomForestClassifier(args.trees), flat(task)
    import models  # torch is imported only where a net is trained

    if args.data == "digits":
        return models.digits_sampler(args.draws, args.device), task
    sampler = models.mnist_sampler(
        args.draws, args.device, *task.validation, args.epoch_length
    )
    return sampler, task


def run(model, task, args):
    """Learning curves of all strategies with one model, by the strategy's name."""
    estimator, task = build(model, task, args)
    print(
        f"\n{args.data}, {model}: {len(task.X)} images, {args.seeds} seeds, "
        f"{args.rounds} rounds of {args.n}, a query looks at "
        f"{args.candidates or 'all'} points of the pool"
    )
    return {
        name: curve_of(getattr(skactive, name)(estimator), task, args)
        for name in args.strategies
    }


def curve_of(strategy, task, args):
    """Learning curve of one strategy."""
    return active_learning_curve(
        strategy,
        task.X,
        task.y,
        n=args.n,
        rounds=args.rounds,
        scoring=SCORING,
        n_candidates=args.candidates,
        n_jobs=args.n_jobs,
        verbose=1,
        random_state=args.random_state,
        **task.test,
    )


def as_reported(curve):
    """Scores as the papers report them: a loss in place of the log likelihood."""
    nll = -curve.scores["log_likelihood"]
    return replace(curve, scores={"accuracy": curve.scores["accuracy"], "NLL": nll})


def table(curves):
    """Mean and standard deviation of each score after each round."""
    columns = {"labels": next(iter(curves.values())).n_labels}
    for score in ("accuracy", "NLL"):
        for name, curve in curves.items():
            values = curve.scores[score]
            mean = values.mean(axis=0)
            sd = values.std(axis=0, ddof=min(1, len(values) - 1))
            columns[f"{score} {name}"] = [
                f"{m:.3f} ± {s:.3f}" for m, s in zip(mean, sd, strict=True)
            ]
    return pd.DataFrame(columns).to_string(index=False)


def summary(curves, targets):
    """Lines on labels to reach a target, the gain over the baseline, and the time."""
    lines = []
    for name, curve in curves.items():
        line = f"{name}: {', '.join(labels_to(curve, t) for t in targets)} labels"
        line += " (quartiles)"
        if name != BASELINE and BASELINE in curves:
            line += gain_over(curves[BASELINE], curve)
        fit, query = curve.fit_time.mean(), np.nanmean(curve.query_time)
        lines.append(f"{line}; fit {fit:.2f} s, query {query:.2f} s")
    return "\n".join(lines)


def labels_to(curve, target):
    """Quartiles of the labels to reach an accuracy, as text."""
    reached = labels_to_reach(curve.n_labels, curve.scores["accuracy"], target)
    quartiles = np.quantile(reached, [0.25, 0.5, 0.75], method="higher")
    return f"{target:.0%} with " + "/".join(f"{labels:g}" for labels in quartiles)


def gain_over(baseline, curve):
    """Mean gain in accuracy over the curve, and the number of seeds with a gain."""
    gain = (curve.scores["accuracy"] - baseline.scores["accuracy"]).mean(axis=1)
    return (
        f"; accuracy over the curve {gain.mean():+.4f} on {BASELINE}, better in "
        f"{(gain > 0).sum()} of {len(gain)} seeds"
    )


def draw(results, data, path):
    """Draw accuracy and NLL of every model; return the path of the figure."""
    size = (11, 3.9 * len(results))
    figure, axes = plt.subplots(
        len(results), 2, figsize=size, squeeze=False, layout="constrained"
    )
    for row, (model, curves) in zip(axes, results.items(), strict=True):
        for ax, score in zip(row, ("accuracy", "NLL"), strict=True):
            LearningCurveDisplay.from_results(curves, score=score, ax=ax)
            ax.set_title(f"{data}, {model}", loc="left")
    figure.savefig(path, dpi=150)
    plt.close(figure)
    return path


def parse(argv=None):
    """Read the command line."""
    parser = options()
    args = parser.parse_args(argv)
    mnist = args.data == "mnist"
    args.rounds = args.rounds or (30 if mnist else 12)
    # at most one process per seed, as joblib divides the cores between the processes
    args.n_jobs = args.n_jobs or min(cpu_count(), args.seeds)
    args.candidates = args.candidates or (2000 if mnist else None)
    unknown = [name for name in args.strategies if name not in skactive.__all__]
    if unknown:
        parser.error(f"skactive has no strategy {unknown[0]}")
    return args


def options():
    """Parser of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", choices=("digits", "mnist"), default="digits")
    add("--model", choices=("forest", "cnn", "both"), default="both")
    add("--strategies", nargs="+", default=["ICAL", "BALD", BASELINE])
    add("--rounds", type=int, help="default: 12 on digits, 30 on MNIST")
    add("-n", type=int, default=10, help="labels per round; default: %(default)s")
    add("--seeds", type=int, default=6, help="default: %(default)s")
    add("--candidates", type=int, help="default: all of digits, 2000 of MNIST")
    add("--trees", type=int, default=100, help="of the forest; default: %(default)s")
    add("--draws", type=int, default=50, help="of dropout; default: %(default)s")
    add("--epoch-length", type=int, default=4096, help="on MNIST; default: %(default)s")
    add("--device", default="cpu", help="of the net; default: %(default)s")
    add("--n-jobs", type=int, help="seeds at a time; default: as many as cores")
    add("--random-state", type=int, default=0)
    add("--out", type=Path, default=Path("results"), help="default: %(default)s")
    return parser


def main(argv=None):
    """Run the experiment of the command line."""
    args, start = parse(argv), time.perf_counter()
    args.out.mkdir(parents=True, exist_ok=True)
    mpl.use("Agg")
    task = load(args)
    results = {}
    for model in ("forest", "cnn") if args.model == "both" else (args.model,):
        curves = run(model, task, args)
        results[model] = {name: as_reported(c) for name, c in curves.items()}
    path = args.out / f"learning_curves_{args.data}"
    to_frame(results).to_csv(path.with_suffix(".csv"), index=False)
    for model, curves in results.items():
        print(f"\n{args.data}, {model}: mean ± standard deviation over seeds")
        print(table(curves))
        print(summary(curves, (0.9, 0.95) if args.data == "mnist" else (0.8, 0.9)))
    print(f"\n{time.perf_counter() - start:.0f} seconds in all")
    print(f"every score: {path.with_suffix('.csv')}")
    print(f"learning curves: {draw(results, args.data, path.with_suffix('.png'))}")


def to_frame(results):
    """Every score of every model and strategy, as one table."""
    return pd.concat(
        curve.to_frame().assign(model=model, strategy=name)
        for model, curves in results.items()
        for name, curve in curves.items()
    )


if __name__ == "__main__":
    main()
