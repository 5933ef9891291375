"""What every experiment shares: options, runs, CSVs, figures and reports.

A script states its settings and what is run; `run_experiment` does the rest::

    SETTINGS = {
        "strategies": ["BALD", "ICAL(n_per_step=5)", "RandomSampling"],
        "seeds": (2, 3, 6),  # at scale smoke, quick and paper
        "rounds": (1, 12, 28),
        "n": 10,  # at every scale
    }

    def run(args):
        X, X_test, y, y_test = ...
        return run_curves(args, Task(X, y, X_test, y_test), RandomForestClassifier())

    def main(argv=None):
        run_experiment(__file__, __doc__, SETTINGS, run, argv=argv)

Each setting is an option of the command line, ``--seeds 4``, that overrides the scale.
``run`` returns a data frame, which is written to ``<out>/<script>.csv``, with what it
was made by in ``<script>.json``. Figures and reports are made from the CSV alone:
``--plot-only`` makes them again.
"""

import argparse
import ast
import json
import os
import platform
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from joblib import cpu_count

import skactive
from skactive.metrics import labels_to_reach
from skactive.model_selection import LearningCurve, active_learning_curve
from skactive.plotting import LearningCurveDisplay

__all__ = ["Task", "draw_curves", "make_strategy", "report_curves"]
__all__ += ["run_curves", "run_experiment", "to_curves"]

SCALES = ("smoke", "quick", "paper")
# what a table of learning curves says beside scores
TIMES = ("fit_time", "query_time", "draw_time", "select_time")
BESIDE = ("strategy", "split", "round", "n_labels", *TIMES, "labels")
PACKAGES = ("scikit-learn", "numpy", "torch", "skorch")


class Task(NamedTuple):
    """Data to learn from; without test set, `cv` makes one of it."""

    X: Any
    y: Any
    X_test: Any = None
    y_test: Any = None
    cv: Any = None


def run_experiment(file, doc, settings, run, *, draw=None, report=None, argv=None):
    """Run an experiment, keep its results, draw and print them.

    Parameters
    ----------
    file, doc : str
        Of the script: name of the results, and help.
    settings : dict
        Values by option; a tuple holds those of smoke, quick and paper.
    run : callable
        From the arguments to a data frame of results.
    draw : callable, default=draw_curves
        From results and arguments to a figure.
    report : callable, default=report_curves
        From results and arguments to text.
    argv : list of str, default=None
        Command line.
    """
    args, start = parse(doc, settings, argv), time.perf_counter()
    mpl.use("Agg")
    path = args.out / f"{Path(file).stem}.csv"
    if not args.plot_only:
        args.out.mkdir(parents=True, exist_ok=True)
        made_by = provenance(args, settings)
        frame = run(args)
        if args.add:
            frame = with_earlier(frame, path, made_by)
        made_by["seconds"] = round(time.perf_counter() - start)
        frame.to_csv(path, index=False, float_format="%.6g")
        path.with_suffix(".json").write_text(json.dumps(made_by, indent=1) + "\n")
    frame = pd.read_csv(path, dtype={"labels": str})
    print((report or report_curves)(frame, args))
    figure = (draw or draw_curves)(frame, args)
    figure.savefig(path.with_suffix(".png"), dpi=args.dpi)
    plt.close(figure)
    print(f"results: {path}\nfigure: {path.with_suffix('.png')}")


# ------------------------------------------------------------------- command line


def parse(doc, settings, argv=None):
    """Read a command line whose options are the settings of a scale, and a few more."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--scale", choices=SCALES, default="quick", help="default: %(default)s")
    add("--out", type=Path, default=Path("results"), help="default: %(default)s")
    add("--plot-only", action="store_true", help="draw and report what is in --out")
    add("--add", action="store_true", help="keep other strategies' rows in --out")
    add("--n-jobs", type=int, help="runs at a time; default: as many as cores")
    add("--random-state", type=int, default=0, help="default: %(default)s")
    add("--dpi", type=int, default=110, help="of the figure; default: %(default)s")
    for name, value in settings.items():
        dashes = "-" if len(name) == 1 else "--"
        add(dashes + name.replace("_", "-"), **option(value))
    args = parser.parse_args(argv)
    for name, value in settings.items():
        if name not in args:
            setattr(args, name, by_scale(value)[SCALES.index(args.scale)])
    try:
        for spec in getattr(args, "strategies", ()):
            make_strategy(spec)
    except ValueError as error:
        parser.error(str(error))
    return args


def by_scale(value):
    """Values of smoke, quick and paper."""
    return value if isinstance(value, tuple) else (value,) * len(SCALES)


def option(value):
    """What argparse has to know of a setting: its type, read off its values."""
    values = by_scale(value)
    shown = "; ".join(f"{s} {v}" for s, v in zip(SCALES, values, strict=True))
    keywords = {"help": shown, "default": argparse.SUPPRESS}
    known = next((v for v in values if v is not None), 0)
    if isinstance(known, bool):
        return keywords | {"action": argparse.BooleanOptionalAction}
    if isinstance(known, list):
        return keywords | {"type": type(known[0]), "nargs": "+"}
    return keywords | {
        "type": lambda text: None if text == "None" else type(known)(text)
    }


def make_strategy(spec, estimator=None):
    """Make the strategy that a text like ``"ICAL(n_per_step=5)"`` describes."""
    tree = ast.parse(spec, mode="eval").body
    called = isinstance(tree, ast.Call)
    name = ast.unparse(tree.func if called else tree)
    if name not in skactive.__all__:
        raise ValueError(f"skactive has no strategy {name!r}")
    keywords = tree.keywords if called else ()
    options = {word.arg: ast.literal_eval(word.value) for word in keywords}
    try:
        return getattr(skactive, name)(estimator, **options)
    except TypeError as error:
        raise ValueError(f"{spec}: {error}") from error


# ------------------------------------------------------------------------ results


def provenance(args, settings):
    """What results were made by: settings, versions, machine."""
    names = ("scale", "random_state", *settings)
    known = {"skactive": skactive.__version__, "python": platform.python_version()}
    return {
        "settings": {name: getattr(args, name) for name in names},
        "versions": known | dict(installed(PACKAGES)),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }


def installed(packages):
    """Yield those of the packages that are installed, and their versions."""
    for name in packages:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def with_earlier(frame, path, made_by):
    """Results, and before them those of other strategies made by the same settings."""
    if not path.exists():
        return frame
    earlier = json.loads(path.with_suffix(".json").read_text())["settings"]
    ours = json.loads(json.dumps(made_by["settings"]))
    for name in (earlier.keys() | ours.keys()) - {"strategies"}:
        if earlier.get(name) != ours.get(name):
            raise ValueError(
                f"--add: {path.name} was made with {name}={earlier.get(name)!r}, and "
                f"this run has {name}={ours.get(name)!r}"
            )
    old = pd.read_csv(path, dtype={"labels": str})
    kept = old[~old["strategy"].isin(frame["strategy"])]
    made_by["settings"]["strategies"] = [
        *dict.fromkeys([*kept["strategy"], *frame["strategy"]])
    ]
    return pd.concat([kept, frame])


def run_curves(args, task, estimator, scoring=None, **options):
    """Learning curves of ``args.strategies``, as one long table.

    Parameters
    ----------
    args : Namespace
        With ``strategies``, ``seeds``, ``rounds`` and ``n``, and perhaps ``n_initial``
        and ``candidates``.
    task : Task
        Data.
    estimator : estimator, sampler, or callable
        The model; a callable makes it from the name of the strategy.
    scoring : dict, default=None
        Scorers by name, the main one first.
    **options
        Of `active_learning_curve`.

    Returns
    -------
    DataFrame
        Strategy, split, round, number of labels, scores and times, and the labels that
        were acquired in the round (classification).
    """
    frames = []
    for spec in args.strategies:
        model = estimator(spec) if callable(estimator) else estimator
        curve = active_learning_curve(
            make_strategy(spec, model),
            task.X,
            task.y,
            n=args.n,
            rounds=args.rounds,
            n_initial=getattr(args, "n_initial", None),
            cv=args.seeds if task.cv is None else task.cv,
            X_test=task.X_test,
            y_test=task.y_test,
            scoring=scoring,
            n_candidates=getattr(args, "candidates", None),
            n_jobs=args.n_jobs or min(cpu_count(), args.seeds),
            verbose=1,
            random_state=args.random_state,
            **options,
        )
        frames.append(tabulate(spec, curve, np.asarray(task.y)))
    return pd.concat(frames)


def tabulate(spec, curve, y):
    """One strategy's part of the long table."""
    frame = curve.to_frame()
    frame.insert(0, "strategy", spec)
    if y.dtype.kind in "iu":
        starts = [0, *curve.n_labels[:-1]]
        frame["labels"] = [
            " ".join(map(str, y[rows[start:stop]]))
            for rows in curve.indices
            for start, stop in zip(starts, curve.n_labels, strict=True)
        ]
    return frame


def to_curves(frame):
    """Learning curves of a long table, by strategy."""
    scores = [name for name in frame.columns if name not in BESIDE]
    curves = {}
    for spec, rows in frame.groupby("strategy", sort=False):
        wide = rows.pivot(index="split", columns="n_labels")
        curves[spec] = LearningCurve(
            n_labels=wide.columns.get_level_values("n_labels").unique().to_numpy(),
            scores={name: wide[name].to_numpy() for name in scores},
            indices=np.empty((len(wide), 0), dtype=int),
            fit_time=wide["fit_time"].to_numpy(),
            query_time=wide["query_time"].to_numpy(),
        )
    return curves


# -------------------------------------------------------------- reports, figures


def report_curves(frame, args):
    """Labels to reach ``args.targets``, final scores and times, as text."""
    curves = to_curves(frame)
    table = pd.DataFrame({spec: _row(c, args) for spec, c in curves.items()}).T
    heading = f"{len(next(iter(curves.values())).fit_time)} runs; quartiles over runs"
    return f"{heading}\n{table.to_string()}"


def _row(curve, args):
    """One strategy's cells of the report."""
    cells, main = {}, next(iter(curve.scores))
    for target in getattr(args, "targets", ()):
        reached = labels_to_reach(curve.n_labels, curve.scores[main], target)
        cells[f"labels to {target:g}"] = quartiles(reached, curve.n_labels[-1])
    for name, score in curve.scores.items():
        low, median, high = np.quantile(score[:, -1], [0.25, 0.5, 0.75])
        cells[f"{name} at {curve.n_labels[-1]}"] = f"{low:.3f}/{median:.3f}/{high:.3f}"
    cells["fit, s"] = f"{curve.fit_time.mean():.2f}"
    cells["query, s"] = f"{np.nanmean(curve.query_time):.2f}"
    return cells


def quartiles(reached, last):
    """Quartiles of numbers of labels, ``>`` where the target was not reached."""
    three = np.quantile(reached, [0.25, 0.5, 0.75], method="higher")
    return "/".join(f"{q:g}" if np.isfinite(q) else f">{last}" for q in three)


def draw_curves(frame, args):
    """Draw each score of all strategies."""
    curves = to_curves(frame)
    scores = list(next(iter(curves.values())).scores)
    figure, axes = plt.subplots(
        1,
        len(scores),
        figsize=(5.5 * len(scores), 4),
        squeeze=False,
        layout="constrained",
    )
    for ax, score in zip(axes[0], scores, strict=True):
        LearningCurveDisplay.from_results(curves, score=score, ax=ax)
    return figure
