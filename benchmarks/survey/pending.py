"""Batches queried in two halves: with the first half pending, and without.

Digits, a forest and a small dropout CNN. In each round 20 labels are bought:

whole
    one batch of 20;
pending
    two batches of 10 from one model, the first half pending when the second is queried;
left out
    the same, but the second query is only not given the first half as candidates;
apart
    two batches of 10 of two seeds that know nothing of each other; points that both
    name are paid twice and learnt once.

A line of ``pending_forest.csv`` or ``pending_cnn.csv`` is a round: accuracy, the share
of points that both halves name (``twice``), the share of picks of which another pick of
the batch is among the ten nearest neighbours in the pool (``near``), and the share that
the batch has in common with the whole one of the same model (``common``). The rounds of
a game are written when it is finished: a run that was stopped goes on.

    python benchmarks/survey/pending.py --model forest --seeds 4
    python benchmarks/survey/pending.py --model cnn --seeds 2
    python benchmarks/survey/pending.py --report    # writes the documentation's table
"""

import argparse
import csv
import sys
import warnings
from itertools import product
from pathlib import Path

import numpy as np
from _store import Store, read
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import NearestNeighbors

import skactive

BENCHMARKS = Path(__file__).parents[1]
HALF, FIRST, ROUNDS, POOL = 10, 20, 5, 800
MODES = ("whole", "pending", "left out", "apart")
STRATEGIES = {
    "forest": ("BALD", "ICAL", "BADGE", "UncertaintyHerding"),
    "cnn": ("BatchBALD",),
}
KEYS = ("model", "strategy", "mode", "seed", "round")
VALUES = ("n_labels", "accuracy", "twice", "near", "common")
RESULTS = BENCHMARKS / "results" / "survey"
TABLE = BENCHMARKS.parent / "doc" / "_static" / "pending.csv"
TITLES = {"forest": "forest", "cnn": "CNN"}


def make_model(name):
    """A forest, or the small CNN of `models`, which is imported where it is used."""
    if name == "forest":
        return RandomForestClassifier(50, min_samples_leaf=2)
    sys.path.insert(0, str(BENCHMARKS))
    from models import digits_sampler

    return digits_sampler(n_draws=30, device="cpu")


def make_strategy(name, model, seed):
    """A strategy by name; labellings are few, so that a game takes seconds."""
    few = {"max_configurations": 200} if name == "BatchBALD" else {}
    return getattr(skactive, name)(make_model(model), random_state=seed, **few)


def make_data(model, seed):
    """Pool and test points of a seed, in the shape the model takes."""
    X, y = load_digits(return_X_y=True)
    X, y = (X / 16).astype(np.float32), y.astype(np.int64)
    order = np.random.default_rng(seed).permutation(len(X))
    pool, test = order[:POOL], order[POOL:]
    images = X.reshape(-1, 1, 8, 8) if model == "cnn" else X
    return images[pool], y[pool], images[test], y[test]


def halves(strategy, X_pool, free, mode):
    """A batch of two halves, each as rows of the pool; `free` are not labelled."""
    X_free = X_pool[free]
    if mode == "whole":
        both = strategy.query(X_free, 2 * HALF)
        return free[both[:HALF]], free[both[HALF:]]
    first = strategy.query(X_free, HALF)
    if mode == "pending":
        second = strategy.query(X_free, HALF, pending=first)
    elif mode == "left out":
        others = np.setdiff1d(np.arange(len(free)), first)
        second = strategy.query(X_free, HALF, candidates=others)
    else:
        second = other_seed(strategy).query(X_free, HALF)
    return free[first], free[second]


def other_seed(strategy):
    """The fitted strategy with another seed for its queries; one of two annotators."""
    other = clone(strategy).set_params(random_state=strategy.random_state + 1000)
    vars(other).update(
        {k: v for k, v in vars(strategy).items() if k not in strategy.get_params()}
    )
    return other


def play(model, strategy, mode, seed):
    """Yield the values of each round of a game."""
    X, y, X_test, y_test = make_data(model, seed)
    near_n = neighbours(X)
    labelled = first_labels(y, seed)
    for t in range(ROUNDS + 1):
        fitted = make_strategy(strategy, model, seed=100 * seed + t)
        fitted.fit(X[labelled], y[labelled])
        values = dict.fromkeys(VALUES, "")  # no batch follows the last round
        values["n_labels"] = FIRST + 2 * HALF * t
        values["accuracy"] = round(fitted.score(X_test, y_test), 4)
        if t < ROUNDS:
            free = np.setdiff1d(np.arange(len(X)), labelled)
            batch, found = one_round(fitted, X, free, mode, near_n)
            labelled = np.concatenate([labelled, batch])
            values |= found
        yield values


def neighbours(X):
    """The ten nearest neighbours of each point in the pool."""
    flat = X.reshape(len(X), -1)
    nearest = NearestNeighbors(n_neighbors=11).fit(flat)
    return nearest.kneighbors(flat, return_distance=False)[:, 1:]


def first_labels(y, seed):
    """As many points of each class, as rows of the pool."""
    rng, of_class = np.random.default_rng(seed), FIRST // 10
    chosen = [
        rng.choice(np.flatnonzero(y == c), of_class, replace=False) for c in range(10)
    ]
    return np.concatenate(chosen)


def one_round(strategy, X, free, mode, near_n):
    """The batch of a round, and what is measured of it."""
    first, second = halves(strategy, X, free, mode)
    batch = whole = np.union1d(first, second)
    if mode != "whole":
        whole = np.concatenate(halves(strategy, X, free, "whole"))
    near = [np.isin(near_n[i], batch).any() for i in batch]
    return batch, {
        "twice": len(np.intersect1d(first, second)) / HALF,
        "near": round(float(np.mean(near)), 4),
        "common": len(np.intersect1d(batch, whole)) / (2 * HALF),
    }


def run(args):
    """Play what is not played yet."""
    settings = {"half": HALF, "first": FIRST, "rounds": ROUNDS, "pool": POOL}
    path = args.out / f"pending_{args.model}.csv"
    store = Store(path, KEYS, VALUES, settings, add=args.add)
    done = store.done()
    names = args.strategies or STRATEGIES[args.model]
    for seed, name, mode in product(range(args.seeds), names, MODES):
        game = {"model": args.model, "strategy": name, "mode": mode, "seed": seed}
        if (*map(str, game.values()), str(ROUNDS)) in done:
            continue
        for t, values in enumerate(list(play(**game))):
            # a run killed among these lines has written some of them
            if (*map(str, game.values()), str(t)) not in done:
                store.append(**game, round=t, **values)
        print(*game.values(), values["accuracy"], flush=True)


def table(folder):
    """Rows of the documentation's table: means over seeds and rounds of each mode."""
    rows = [row for model in STRATEGIES for row in read_if(folder, model)]
    cells = dict.fromkeys((r["model"], r["strategy"], r["mode"]) for r in rows)
    for cell in cells:
        of_cell = [r for r in rows if (r["model"], r["strategy"], r["mode"]) == cell]
        later = [r for r in of_cell if r["round"] != "0"]
        last = [r for r in of_cell if r["round"] == str(ROUNDS)]
        batches = [r for r in of_cell if r["common"]]
        model, name, mode = cell
        yield [
            *(TITLES[model], name, mode),
            *(f"{mean(part, 'accuracy'):.3f}" for part in (later, last)),
            *(f"{mean(batches, value):.2f}" for value in VALUES[2:]),
        ]


def read_if(folder, model):
    """Lines of a model's table; none without a table."""
    path = folder / f"pending_{model}.csv"
    return read(path) if path.exists() else ()


def mean(rows, value):
    """Mean of a column."""
    return float(np.mean([float(row[value]) for row in rows]))


def parse(argv=None):
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--model", choices=list(STRATEGIES), default="forest")
    add("--strategies", nargs="+", metavar="NAME")
    add("--seeds", type=int, default=4)
    add("--add", action="store_true", help="to a table made at another commit")
    add("--out", type=Path, default=RESULTS, help="folder of the tables")
    add("--report", action="store_true", help="only write the documentation's table")
    add("--table", type=Path, default=TABLE, help="the documentation's table")
    return parser.parse_args(argv)


def main(argv=None):
    """Play the games of a model, or write the documentation's table."""
    args = parse(argv)
    if args.report:
        with args.table.open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(table(args.out))
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run(args)


if __name__ == "__main__":
    main()
