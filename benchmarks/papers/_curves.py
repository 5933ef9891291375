"""Learning curves of experiments: how they are made, tabulated, reported and drawn.

Part of `_driver`, which passes all of it on.
"""

import ast
from argparse import Namespace
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from joblib import cpu_count

import skactive
from skactive.metrics import quartiles_to_reach
from skactive.model_selection import LearningCurve, StrategySearchCV, compare_curves
from skactive.plotting import LearningCurveDisplay

__all__ = ["Task", "draw_curves", "draw_each", "make_strategy", "report_curves"]
__all__ += ["report_each", "run_curves", "run_each", "to_curves"]

# what a table of learning curves says beside scores
TIMES = ("fit_time", "query_time", "draw_time", "select_time")
BESIDE = ("strategy", "split", "round", "n_labels", *TIMES, "labels")
BASELINE = "RandomSampling"


class Task(NamedTuple):
    """Data to learn from; without test set, `cv` makes one of it."""

    X: Any
    y: Any
    X_test: Any = None
    y_test: Any = None
    cv: Any = None


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


def run_curves(args, task, estimator, scoring=None, *, part="", **options):
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
    scoring : str, callable, list or dict, default=None
        As in `StrategySearchCV`; the main scorer first.
    part : str, default=""
        Which one of several searches of an experiment this is: names its folder in
        the checkpoint.
    **options
        Of `StrategySearchCV`.

    Returns
    -------
    DataFrame
        Strategy, split, round, number of labels, scores and times, and the labels that
        were acquired in the round (classification).
    """
    search = StrategySearchCV(
        {
            spec: make_strategy(
                spec, estimator(spec) if callable(estimator) else estimator
            )
            for spec in args.strategies
        },
        n=args.n,
        rounds=args.rounds,
        n_initial=getattr(args, "n_initial", None),
        cv=args.seeds if task.cv is None else task.cv,
        scoring=scoring,
        n_candidates=getattr(args, "candidates", None),
        # no more processes than runs: joblib shares the cores out among the processes
        n_jobs=args.n_jobs or min(cpu_count(), args.seeds * len(args.strategies)),
        checkpoint=args.checkpoint and args.checkpoint / part,
        error_score="raise",
        verbose=1,
        random_state=args.random_state,
        **options,
    ).fit(task.X, task.y, X_test=task.X_test, y_test=task.y_test)
    frame, y = search.to_frame(), np.asarray(task.y)
    if y.dtype.kind in "iu":
        frame["labels"] = [
            labels for curve in search.curves_.values() for labels in acquired(curve, y)
        ]
    return frame


def run_each(args, setting, run):
    """Run for each value of a setting that is a list; a column says for which."""
    frames = []
    for value in getattr(args, setting):
        folder = args.checkpoint and args.checkpoint / f"{setting}_{value}"
        one = Namespace(**vars(args) | {setting: value, "checkpoint": folder})
        frame = run(one)
        frame.insert(0, setting, value)
        frames.append(frame)
    return pd.concat(frames)


def acquired(curve, y):
    """Yield the labels that each round of each split brought, as text."""
    starts = [0, *curve.n_labels[:-1]]
    for rows in curve.indices:
        for start, stop in zip(starts, curve.n_labels, strict=True):
            yield " ".join(map(str, y[rows[start:stop]]))


def to_curves(frame):
    """Learning curves of a long table, by strategy."""
    scores = [name for name in frame.columns if name not in BESIDE]
    curves = {}
    for spec, rows in frame.groupby("strategy", sort=False):
        wide = rows.pivot(index="split", columns="n_labels")
        curves[spec] = LearningCurve(
            n_labels=wide.columns.get_level_values("n_labels").unique().to_numpy(),
            scores={name: wide[name].to_numpy() for name in scores},
            indices=None,
            fit_time=wide["fit_time"].to_numpy(),
            query_time=wide["query_time"].to_numpy(),
        )
    return curves


def report_curves(frame, args):
    """Labels to ``args.targets``, last scores, times, and tests, as text."""
    curves = to_curves(frame)
    table = pd.DataFrame({spec: _row(c, args) for spec, c in curves.items()}).T
    n_splits = len(next(iter(curves.values())).fit_time)
    text = f"{n_splits} runs; quartiles over runs\n{table.to_string()}"
    if len(curves) > 1 and n_splits > 1:
        baseline = BASELINE if BASELINE in curves else None
        text += f"\n\n{compare_curves(frame, baseline=baseline, random_state=0)}"
    return text


def _row(curve, args):
    """One strategy's cells of the report."""
    cells, main = {}, next(iter(curve.scores))
    for target in getattr(args, "targets", ()):
        reached = quartiles_to_reach(curve.n_labels, curve.scores[main], target)
        cells[f"labels to {target:g}"] = reached
    for labels in getattr(args, "at", ()):
        if labels in curve.n_labels:
            at = curve.scores[main][:, curve.n_labels == labels]
            sd = at.std(ddof=min(1, len(at) - 1))
            cells[f"{main} at {labels}"] = f"{at.mean():.3f} ± {sd:.3f}"
    for name, score in curve.scores.items():
        low, median, high = np.quantile(score[:, -1], [0.25, 0.5, 0.75])
        cells[f"{name} at {curve.n_labels[-1]}"] = f"{low:.3f}/{median:.3f}/{high:.3f}"
    cells["fit, s"] = f"{curve.fit_time.mean():.2f}"
    cells["query, s"] = f"{np.nanmean(curve.query_time):.2f}"
    return cells


def report_each(setting):
    """Make a report that tells `report_curves` for each value of a setting."""

    def report(frame, args):
        return "\n\n".join(
            f"{setting} {value}: {report_curves(rows.drop(columns=setting), args)}"
            for value, rows in frame.groupby(setting, sort=False)
        )

    return report


def draw_curves(frame, args):
    """Draw each score of all strategies."""
    scores = list(next(iter(to_curves(frame).values())).scores)
    figure, axes = panels(1, len(scores))
    for ax, score in zip(axes[0], scores, strict=True):
        # what is known of batches is not there in the first round
        curves = to_curves(frame[frame[score].notna()])
        targets = getattr(args, "targets", ()) if score == scores[0] else ()
        targets = [target for target in targets if frame[score].max() >= target]
        options = {"score": score, "targets": targets, "ax": ax}
        LearningCurveDisplay.from_results(curves, **options)
    return figure


def draw_each(setting):
    """Make a figure with the main score of all strategies for each value of one."""

    def draw(frame, args):
        groups = list(frame.groupby(setting, sort=False))
        figure, axes = panels(1, len(groups), sharey=True)
        for ax, (value, rows) in zip(axes[0], groups, strict=True):
            curves = to_curves(rows.drop(columns=setting))
            LearningCurveDisplay.from_results(curves, ax=ax)
            ax.set_title(f"{setting.replace('_', ' ')} {value}", loc="left")
        return figure

    return draw


def panels(lines, columns, **options):
    """A figure with room for as many curves."""
    size = (5.5 * columns, 4 * lines)
    options |= {"squeeze": False, "layout": "constrained", "figsize": size}
    return plt.subplots(lines, columns, **options)
