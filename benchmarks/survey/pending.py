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

A line of the table is a round: accuracy, the share of points that both halves name
(``twice``), the share of picks of which another pick of the batch is among the ten
nearest neighbours in the pool (``near``), and the share that the batch has in common
with the whole one of the same model (``common``).

    python benchmarks/survey/pending.py --model forest --seeds 4
    python benchmarks/survey/pending.py --model cnn --seeds 2
"""

import argparse
import csv
import sys
import warnings
from pathlib import Path

import numpy as np
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
FIELDS = [
    "model",
    "strategy",
    "mode",
    "seed",
    "round",
    "n_labels",
    "accuracy",
    "twice",
    "near",
    "common",
]


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


def play(model, name, mode, seed):
    """Yield the lines of one game."""
    X, y, X_test, y_test = make_data(model, seed)
    near = NearestNeighbors(n_neighbors=11).fit(X.reshape(len(X), -1))
    near_n = near.kneighbors(X.reshape(len(X), -1), return_distance=False)[:, 1:]
    rng = np.random.default_rng(seed)
    labelled = np.concatenate(
        [
            rng.choice(np.flatnonzero(y == c), FIRST // 10, replace=False)
            for c in range(10)
        ]
    )
    for t in range(ROUNDS + 1):
        strategy = make_strategy(name, model, seed=100 * seed + t)
        strategy.fit(X[labelled], y[labelled])
        line = {
            "model": model,
            "strategy": name,
            "mode": mode,
            "seed": seed,
            "round": t,
        }
        line["n_labels"] = FIRST + 2 * HALF * t
        line["accuracy"] = round(strategy.score(X_test, y_test), 4)
        if t == ROUNDS:
            yield line
            return
        free = np.setdiff1d(np.arange(len(X)), labelled)
        first, second = halves(strategy, X, free, mode)
        batch = np.union1d(first, second)
        whole = batch
        if mode != "whole":
            whole = np.concatenate(halves(strategy, X, free, "whole"))
        others = [np.isin(near_n[i], batch).any() for i in batch]
        line["twice"] = len(np.intersect1d(first, second)) / HALF
        line["near"] = round(float(np.mean(others)), 4)
        line["common"] = len(np.intersect1d(batch, whole)) / (2 * HALF)
        yield line
        labelled = np.concatenate([labelled, batch])


def main(arguments=None):
    """Play all games of a model, and write a line as each round is finished."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", choices=list(STRATEGIES), default="forest")
    parser.add_argument("--strategies", nargs="+")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--out", type=Path, default=BENCHMARKS / "results" / "survey")
    args = parser.parse_args(arguments)
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out / f"pending_{args.model}.csv"
    warnings.simplefilter("ignore")
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, FIELDS, lineterminator="\n")
        table.writeheader()
        for seed in range(args.seeds):
            for name in args.strategies or STRATEGIES[args.model]:
                for mode in MODES:
                    table.writerows(play(args.model, name, mode, seed))
                    file.flush()


if __name__ == "__main__":
    main()
