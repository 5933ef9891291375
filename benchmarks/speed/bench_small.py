"""Overhead of a round with one label, over its model: small pools, many rounds.

    python benchmarks/speed/bench_small.py [--n 100 1000] [--labelled 40]

A logistic regression with ten features is fitted to 40 points, and ``query(n=1)`` is
called for a pool of 100 and of 1,000. Each line has the microseconds of the model alone
(``fit``, and ``predict_proba`` of the pool), of the strategy's ``fit`` and ``query``,
and the difference: checks, clones, seeds, and the strategy's own scores. Calls take
turns, and the tenth percentile of each is printed, which is affected least by other
work on the machine. The script asserts that the overhead of strategies that score
points independently is smaller than the time of the model.
"""

import time
import warnings

import numpy as np
from measure import begin, command_line
from sklearn.linear_model import LogisticRegression

import skactive

SCORES = ("RandomSampling", "Entropy", "LeastConfidence", "Margin", "MostLikely")
OTHERS = ("CoreSet", "DoubtWeightedCoreSet", "LCMD", "BADGE", "FASS", "TypiClust")
FUNCTIONS = ("BALD", "MeanSD", "BatchBALD", "ICAL", "EPIG")
REPEATS = 60


def data(n, seed=0):
    """Points of ten features, and labels of two classes."""
    X = np.random.default_rng(seed).normal(size=(n, 10))
    return X, (X[:, 0] + 0.5 * X[:, 1] > 0).astype(int)


def calls(name, X, y, X_pool):
    """Calls of the model itself, and of the strategy around it."""
    model = LogisticRegression().fit(X, y)
    strategy = getattr(skactive, name)(LogisticRegression(), random_state=0).fit(X, y)
    return (
        lambda: LogisticRegression().fit(X, y),
        lambda: model.predict_proba(X_pool),
        lambda: strategy.fit(X, y),
        lambda: strategy.query(X_pool, 1),
    )


def microseconds(functions, repeats=REPEATS):
    """Tenth percentile of the time of each function, called in turns."""
    times = np.empty((repeats, len(functions)))
    for row in times:
        for i, function in enumerate(functions):
            start = time.perf_counter_ns()
            function()
            row[i] = time.perf_counter_ns() - start
    return np.percentile(times, 10, axis=0) / 1000


def main(argv=None):
    """Print the table, and assert the claim."""
    parser = command_line(__doc__)
    parser.add_argument("--n", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--labelled", type=int, default=40)
    arguments = begin(parser, argv)
    warnings.simplefilter("ignore")
    head = ("fit", "predict", "our fit", "query", "beyond")
    print(f"{'microseconds':>22} {'pool':>6}", *(f"{text:>8}" for text in head))
    X, y = data(arguments.labelled)
    for n in arguments.n:
        for name in (*SCORES, *OTHERS, *FUNCTIONS):
            times = microseconds(calls(name, X, y, data(n, seed=1)[0]))
            beyond = times[2:].sum() - times[:2].sum()
            figures = (f"{t:8.0f}" for t in (*times, beyond))
            print(f"{name:>22} {n:>6}", *figures, flush=True)
            if name in SCORES:
                assert beyond < times[:2].sum(), f"{name}: more than the model takes"


if __name__ == "__main__":
    main()
