"""Run, tabulate, report and plot learning curves of experiments."""

from dataclasses import replace
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from _settings import make_strategy
from joblib import cpu_count

from skactive.metrics import quartiles_to_reach
from skactive.model_selection import LearningCurve, StrategySearchCV, compare_curves
from skactive.plotting import LearningCurveDisplay

__all__ = ["TIMES", "Task", "draw_curves", "draw_each", "panels", "report_curves"]
__all__ += ["report_each", "run_curves", "run_each", "to_curves"]

# columns of a table of learning curves that are not scores
TIMES = ("fit_time", "query_time", "draw_time", "select_time")
BESIDE = ("strategy", "split", "round", "n_labels", *TIMES, "labels")
BASELINE = "RandomSampling"


class Task(NamedTuple):
    """Data to learn from; without a test set, `cv` splits it."""

    X: Any
    y: Any
    X_test: Any = None
    y_test: Any = None
    cv: Any = None


def run_curves(settings, task, estimator, scoring=None, *, part="", **options):
    """Learning curves of ``settings.strategies``, as one long table.

    Parameters
    ----------
    settings : CurveSettings
        Strategies, runs, rounds and labels.
    task : Task
        The data.
    estimator : estimator or sampler
        The model.
    scoring : str, callable, list or dict, default=None
        As in `StrategySearchCV`; the main scorer first.
    part : str, default=""
        Name of a subfolder of the checkpoint, for experiments with several searches.
    **options
        Parameters of `StrategySearchCV`.

    Returns
    -------
    DataFrame
        Strategy, split, round, number of labels, scores and times, and for
        classification the labels that were acquired in the round.
    """
    specs = settings.strategies
    search = StrategySearchCV(
        {spec: make_strategy(spec, estimator) for spec in specs},
        n=settings.n,
        rounds=settings.rounds,
        n_initial=settings.n_initial,
        cv=settings.seeds if task.cv is None else task.cv,
        scoring=scoring,
        n_candidates=settings.candidates,
        # at most one process per run, as joblib divides the cores between the processes
        n_jobs=settings.n_jobs or min(cpu_count(), settings.seeds * len(specs)),
        checkpoint=settings.checkpoint and settings.checkpoint / part,
        error_score="raise",
        verbose=1,
        random_state=settings.random_state,
        **options,
    ).fit(task.X, task.y, X_test=task.X_test, y_test=task.y_test)
    return with_labels(search, np.asarray(task.y))


def with_labels(search, y):
    """Table of a search, with the labels acquired in each round if they are few."""
    frame = search.to_frame()
    if y.dtype.kind in "iu":
        frame["labels"] = [
            labels for curve in search.curves_.values() for labels in acquired(curve, y)
        ]
    return frame


def run_each(settings, name, run):
    """Run for each value of a setting that is a tuple, with the value as a column."""
    frames = []
    for value in getattr(settings, name):
        folder = settings.checkpoint and settings.checkpoint / f"{name}_{value}"
        frame = run(replace(settings, checkpoint=folder, **{name: value}))
        frame.insert(0, name, value)
        frames.append(frame)
    return pd.concat(frames)


def acquired(curve, y):
    """Yield the labels acquired in each round of each split, as text."""
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


def report_curves(frame, settings):
    """Report labels to reach ``settings.targets``, last scores, times and tests."""
    curves = to_curves(frame)
    table = pd.DataFrame({spec: _row(c, settings) for spec, c in curves.items()}).T
    n_splits = len(next(iter(curves.values())).fit_time)
    text = f"{n_splits} runs; quartiles over runs\n{table.to_string()}"
    if len(curves) > 1 and n_splits > 1:
        baseline = BASELINE if BASELINE in curves else None
        text += f"\n\n{compare_curves(frame, baseline=baseline, random_state=0)}"
    return text


def _row(curve, settings):
    """One strategy's cells of the report."""
    cells, main = {}, next(iter(curve.scores))
    for target in settings.targets:
        reached = quartiles_to_reach(curve.n_labels, curve.scores[main], target)
        cells[f"labels to {target:g}"] = reached
    for labels in settings.at:
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


def report_each(name):
    """Make a report with `report_curves` for each value of a setting."""

    def report(frame, settings):
        return "\n\n".join(
            f"{name} {value}: {report_curves(rows.drop(columns=name), settings)}"
            for value, rows in frame.groupby(name, sort=False)
        )

    return report


def draw_curves(frame, settings):
    """Draw each score of all strategies."""
    scores = next(iter(to_curves(frame).values())).scores
    # those of the net alone are in the report
    scores = [name for name in scores if not name.startswith("net_")]
    figure, axes = panels(1, len(scores))
    for ax, score in zip(axes[0], scores, strict=True):
        # scores of batches are missing in the first round
        curves = to_curves(frame[frame[score].notna()])
        targets = settings.targets if score == scores[0] else ()
        targets = [target for target in targets if frame[score].max() >= target]
        options = {"score": score, "targets": targets, "ax": ax}
        LearningCurveDisplay.from_results(curves, **options)
    return figure


def draw_each(name):
    """Make a figure with a panel of the main score for each value of a setting."""

    def draw(frame, settings):
        groups = list(frame.groupby(name, sort=False))
        figure, axes = panels(1, len(groups), sharey=True)
        for ax, (value, rows) in zip(axes[0], groups, strict=True):
            curves = to_curves(rows.drop(columns=name))
            LearningCurveDisplay.from_results(curves, ax=ax)
            ax.set_title(f"{name.replace('_', ' ')} {value}", loc="left")
        return figure

    return draw


def panels(rows, columns, size=(5.5, 4), **options):
    """Make a figure with a grid of panels; return axes (rows, columns)."""
    figsize = columns * size[0], rows * size[1]
    options |= {"squeeze": False, "layout": "constrained", "figsize": figsize}
    return plt.subplots(rows, columns, **options)
