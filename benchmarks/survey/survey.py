"""Every strategy on many data sets, by several models and batch sizes.

    python benchmarks/survey/survey.py                     # days; may be stopped
    python benchmarks/survey/survey.py --models logistic --batches 25 --seeds 2
    python benchmarks/survey/survey.py --strategies VoteEntropy --add

Two labels per class to start with (ten random ones in regression), then batches until
there are 120 labels; 60 % of the points are the pool, the rest the test set, anew for
each seed; features are standardised by the pool, except for those of texts and images,
which are computed once (`_fixed_features`; those of texts by ``embed.py``). Which
models, strategies and sets are run, and in which order, `_plan.py` says. Options choose
among its cells; strategies that it does not name are run where `RandomSampling` is.

A line of ``survey.csv`` is one set, model, batch size, strategy and seed, written when
it is finished: areas under the curves of accuracy and of balanced accuracy (in
regression of minus the RMSE, in units of the standard deviation of the target), each
divided by the range of labels, the last accuracy, and seconds. A strategy that fails
has the name of its error there, and the run ends with a list of these.

Each cell is an `active_learning_curve`. `StrategySearchCV` would store rounds, of an
experiment whose sets, strategies and number of splits are settled; here all three grow,
and a cell takes seconds.
"""

import argparse
import sys
import time
import traceback
from pathlib import Path

import numpy as np
from _fixed_features import load_fixed_features
from _models import CLASSIFIERS, REGRESSORS
from _package_sets import PACKAGE_SETS, load_package_set
from _plan import (
    BUDGET,
    CANDIDATES,
    PARAMS,
    PLAN,
    REGRESSION,
    SETS,
    TEST_SIZE,
    TEXT_AND_IMAGES,
    cells,
)
from _store import Store
from joblib import Parallel, delayed
from sklearn.datasets import load_diabetes
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit
from sklearn.preprocessing import StandardScaler

import skactive
from skactive.datasets import load_survey, load_uci
from skactive.metrics import area_under_curve
from skactive.model_selection import active_learning_curve

RESULTS = Path(__file__).parents[1] / "results" / "survey"
KEYS = ("data", "model", "batch", "strategy", "seed")
VALUES = ("first", "last", "area", "balanced", "final", "fit", "query", "error")
SETTINGS = {"budget": BUDGET, "candidates": CANDIDATES, "test_size": TEST_SIZE}
REGRESSION_LABELS = 10  # to start with


def run_cell(cell):
    """Values of a cell, or the name of its error, whose traceback is printed."""
    try:
        return curve_values(cell)
    except Exception as error:
        print(f"{cell}\n{traceback.format_exc()}", file=sys.stderr, flush=True)
        return dict.fromkeys(VALUES, "") | {"error": type(error).__name__}


def curve_values(cell):
    """Areas, last score and seconds of a cell's learning curve."""
    options = regression(cell) if cell.data in REGRESSION else classification(cell)
    curve = active_learning_curve(
        n=cell.batch, n_candidates=CANDIDATES, random_state=cell.seed, **options
    )
    areas = {s: area_under_curve(curve.n_labels, v) for s, v in curve.scores.items()}
    main = next(iter(curve.scores))
    return {
        "first": curve.n_labels[0],
        "last": curve.n_labels[-1],
        "area": round(float(areas[main][0]), 5),
        "balanced": round(float(areas["balanced"][0]), 5)
        if "balanced" in areas
        else "",
        "final": round(float(curve.scores[main][0, -1]), 5),
        "fit": round(float(curve.fit_time.sum()), 3),
        "query": round(float(np.nansum(curve.query_time)), 3),
        "error": "",
    }


def classification(cell):
    """Arguments of `active_learning_curve` for a cell of classification."""
    fixed = cell.data in TEXT_AND_IMAGES
    X, y = (load_fixed_features if fixed else load_survey)(cell.data)
    splitter = StratifiedShuffleSplit(1, test_size=TEST_SIZE, random_state=cell.seed)
    ((train, test),) = splitter.split(X, y)
    n_classes = len(np.unique(y))
    return {
        "strategy": strategy(cell, CLASSIFIERS[cell.model](X.shape[1], n_classes)),
        "X": X if fixed else scaled(X, train),
        "y": y,
        "cv": [(train, test)],
        "budget": min(BUDGET, len(train)),
        "n_initial": 2 * n_classes,
        "scoring": {"accuracy": "accuracy", "balanced": "balanced_accuracy"},
    }


def regression(cell):
    """Arguments of `active_learning_curve` for a cell of regression."""
    X, y = load_regression(cell.data)
    splitter = ShuffleSplit(1, test_size=TEST_SIZE, random_state=cell.seed)
    ((train, test),) = splitter.split(X)
    return {
        "strategy": strategy(cell, REGRESSORS[cell.model]()),
        "X": scaled(X, train),
        "y": (y - y.mean()) / y.std(),
        "cv": [(train, test)],
        "budget": BUDGET,
        "initial": "random",
        "n_initial": REGRESSION_LABELS,
        "scoring": {"neg_rmse": "neg_root_mean_squared_error"},
    }


def load_regression(name):
    """Points and values of a regression set."""
    if name == "diabetes_progression":
        return load_diabetes(return_X_y=True)
    return load_package_set(name) if name in PACKAGE_SETS else load_uci(name)


def strategy(cell, model):
    """The strategy of a cell."""
    params = PARAMS.get((cell.model, cell.strategy), {})
    return getattr(skactive, cell.strategy)(model, **params)


def scaled(X, train):
    """Features of zero mean and unit spread in the pool; float32, as nets take them."""
    return StandardScaler().fit(X[train]).transform(X).astype(np.float32)


def chosen(args):
    """Cells of the plan that the command line names, in the plan's order, once each."""
    planned = list(dict.fromkeys(cells(PLAN)))
    known = {cell.strategy for cell in planned}
    wanted = args.strategies or sorted(known)
    new = [name for name in wanted if name not in known]
    for cell in planned:
        if not selected(cell, args):
            continue
        if cell.strategy in wanted:
            yield cell
        if cell.strategy == "RandomSampling":
            yield from (
                cell._replace(strategy=name) for name in new if fits(name, cell)
            )


def fits(name, cell):
    """Whether a strategy is for the task of a cell, and its model has what it needs."""
    cls = getattr(skactive, name)
    task = "regression" if cell.data in REGRESSION else "classification"
    return task in cls.tasks and (cell.model != "svm" or cls.needs != "functions")


def selected(cell, args):
    """Whether the options allow a cell's set, model, batch size and seed."""
    return (
        cell.data in args.sets
        and cell.model in args.models
        and cell.batch in args.batches
        and cell.seed < args.seeds
    )


def run(args):
    """Run what is not done yet; return how many cells failed."""
    store = Store(args.out / "survey.csv", KEYS, VALUES, SETTINGS, add=args.add)
    done = store.done()
    left = [c for c in chosen(args) if tuple(map(str, c)) not in done]
    print(f"{len(left)} cells to run, {len(done)} in the table", flush=True)
    start, failed = time.perf_counter(), []
    with Parallel(args.jobs, return_as="generator") as parallel:
        results = parallel(delayed(run_cell)(cell) for cell in left)
        for n, (cell, values) in enumerate(zip(left, results, strict=True), start=1):
            store.append(**cell._asdict(), **values)
            failed += [cell] if values["error"] else []
            minutes = (time.perf_counter() - start) / 60
            print(f"{n} {minutes:.1f} min", *cell, values["area"], flush=True)
    return failed


def parse(argv=None):
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    models = tuple({**CLASSIFIERS, **REGRESSORS})
    data = (*SETS, *REGRESSION, *TEXT_AND_IMAGES)
    add("--models", nargs="+", choices=models, default=models, metavar="MODEL")
    add("--batches", nargs="+", type=int, choices=(1, 5, 25), default=(1, 5, 25))
    add("--sets", nargs="+", choices=data, default=data, metavar="SET")
    add("--strategies", nargs="+", metavar="NAME", help="default: all of the plan")
    add("--seeds", type=int, default=10, help="seeds below this; default: 10")
    add("--jobs", type=int, default=1, help="cells at a time; default: 1")
    add("--add", action="store_true", help="to a table made at another commit")
    add("--out", type=Path, default=RESULTS, help="folder of survey.csv")
    args = parser.parse_args(argv)
    unknown = [name for name in args.strategies or () if name not in skactive.__all__]
    if unknown:
        parser.error(f"skactive has no strategy {unknown[0]}")
    return args


def main(argv=None):
    """Run the cells of the command line."""
    failed = run(parse(argv))
    if failed:
        lines = "\n".join(" ".join(map(str, cell)) for cell in failed)
        raise SystemExit(f"{len(failed)} cells failed:\n{lines}")


if __name__ == "__main__":
    main()
