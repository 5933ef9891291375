"""Common parts of all experiments: runs, tables, figures and reports.

A script defines settings and strategies, and what is run::

    @dataclass(frozen=True)
    class Settings(CurveSettings):
        strategies: tuple[str, ...] = ("BALD", "ICAL", "RandomSampling")
        seeds: int = ByScale(2, 3, 6)
        rounds: int = ByScale(1, 12, 28)

    def run(settings):
        X, X_test, y, y_test = ...
        task = Task(X, y, X_test, y_test)
        return run_curves(settings, task, RandomForestClassifier())

    main = Experiment(__file__, __doc__, Settings, run).main

``run`` returns a data frame, which is written to ``<out>/<script>.csv``; settings,
versions and machine are written to ``<script>.json``. Figures and reports are made from
the CSV only, so that ``--plot-only`` can make them again.
"""

import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
from _curves import draw_curves, report_curves
from _settings import read

import skactive

__all__ = ["Experiment"]

PACKAGES = ("scikit-learn", "numpy", "torch", "skorch")


@dataclass(frozen=True)
class Experiment:
    """The experiment of a script: run it, store its results, report and plot them.

    Parameters
    ----------
    file, doc : str
        Path and docstring of the script, for the name of the results and the help.
    settings : type
        Dataclass of the settings, a `BaseSettings`.
    run : callable
        Function from settings to a data frame of results.
    report : callable, default=report_curves
        Function from results and settings to text.
    draw : callable, default=draw_curves
        Function from results and settings to a figure.
    """

    file: str
    doc: str
    settings: type
    run: Callable
    report: Callable = report_curves
    draw: Callable = draw_curves

    def main(self, argv=None):
        """Run the experiment of the command line."""
        settings = read(self.settings, self.doc, argv)
        mpl.use("Agg")
        path = settings.out / f"{Path(self.file).stem}.csv"
        if not settings.plot_only:
            settings.out.mkdir(parents=True, exist_ok=True)
            self._store(settings, path)
        frame = table(path)
        print(self.report(frame, settings))
        figure = self.draw(frame, settings)
        figure.savefig(path.with_suffix(".png"), dpi=settings.dpi)
        plt.close(figure)
        print(f"results: {path}\nfigure: {path.with_suffix('.png')}")

    def _store(self, settings, path):
        start, made_by = time.perf_counter(), provenance(settings)
        frame = self.run(settings)
        if settings.add and path.exists():
            frame = with_earlier(frame, path, settings, made_by)
        made_by["seconds"] = round(time.perf_counter() - start)
        frame.to_csv(path, index=False, float_format="%.6g")
        path.with_suffix(".json").write_text(json.dumps(made_by, indent=1) + "\n")


def table(path):
    """Results as they were written."""
    return pd.read_csv(path, dtype={"labels": str})


def provenance(settings):
    """What produced the results: settings, versions, machine."""
    known = {"skactive": skactive.__version__, "python": platform.python_version()}
    return {
        "settings": settings.recorded(),
        "versions": known | dict(installed(PACKAGES)),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }


def installed(packages):
    """Yield the packages that are installed, with their versions."""
    for name in packages:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def with_earlier(frame, path, settings, made_by):
    """Append results to those of other strategies made with the same settings."""
    check_same_settings(path, settings)
    old = table(path)
    if {*old.columns} != {*frame.columns}:
        other = sorted({*old.columns} ^ {*frame.columns})
        raise ValueError(f"--add: {path.name} and this run do not share {other}")
    kept = old[~old["strategy"].isin(frame["strategy"])]
    made_by["settings"]["strategies"] = [
        *dict.fromkeys([*kept["strategy"], *frame["strategy"]])
    ]
    return pd.concat([kept, frame])


def check_same_settings(path, settings):
    """Raise if a table was made with other settings, except for strategies."""
    # tables that are older than a setting were made with its default
    default = as_json(type(settings)(scale=settings.scale).recorded())
    before = default | json.loads(path.with_suffix(".json").read_text())["settings"]
    now = as_json(settings.recorded())
    for name in before.keys() - {"strategies"}:
        if before[name] != now.get(name):
            raise ValueError(
                f"--add: {path.name} was made with {name}={before[name]!r}, but this "
                f"run has {name}={now.get(name)!r}; use the same, or another --out"
            )


def as_json(value):
    """Convert a value as if it was read back from a file: tuples become lists."""
    return json.loads(json.dumps(value))
