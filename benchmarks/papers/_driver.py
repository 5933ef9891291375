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
import json
import os
import platform
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
from _curves import (
    Task,
    draw_curves,
    draw_each,
    make_strategy,
    report_curves,
    report_each,
    run_curves,
    run_each,
    to_curves,
)

import skactive

__all__ = ["Task", "draw_curves", "draw_each", "make_strategy", "report_curves"]
__all__ += ["report_each", "run_curves", "run_each", "run_experiment", "to_curves"]

SCALES = ("smoke", "quick", "paper")
PACKAGES = ("scikit-learn", "numpy", "torch", "skorch")


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
    add("--checkpoint", type=Path, help="folder from which a killed run goes on")
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
