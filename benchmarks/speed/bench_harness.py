"""Overhead of the harness, relative to the plain loop that it replaces.

    python benchmarks/speed/bench_harness.py [--repeats 8]

Both learn digits with a forest: ``active_learning_curve`` with one split, and a plain
loop of fit, query, append and score. They take turns in one process. The ratio of their
smallest CPU times is asserted, and that their scores are equal.
"""

from functools import partial

import numpy as np
from measure import begin, command_line, least_times
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier

from skactive import BALD
from skactive.model_selection import active_learning_curve
from skactive.model_selection.curves._rounds import seeded
from skactive.model_selection.curves._splits import Split

LIMIT = 1.05
N, ROUNDS, SEED = 10, 10, 0
INITIAL = np.arange(20)


def harness(strategy, X, y, X_test, y_test):
    """Scores of each round by the harness."""
    curve = active_learning_curve(
        strategy,
        X,
        y,
        X_test=X_test,
        y_test=y_test,
        n=N,
        rounds=ROUNDS,
        cv=1,
        initial=INITIAL,
        random_state=SEED,
    )
    return curve.scores["score"][0]


def bare_loop(strategies, X, y, X_test, y_test):
    """Scores of each round by the plain loop, with strategies that have seeds."""
    labelled, pool = INITIAL, np.delete(np.arange(len(X)), INITIAL)
    scores = []
    for t, strategy in enumerate(strategies):
        strategy.fit(X[labelled], y[labelled])
        scores.append(strategy.score(X_test, y_test))
        if t < ROUNDS:
            picks = strategy.query(X[pool], N)
            labelled, pool = np.append(labelled, pool[picks]), np.delete(pool, picks)
    return np.array(scores)


def compare(repeats, trees):
    """Smallest CPU time of the harness and of the loop, in turns."""
    X, y = load_digits(return_X_y=True)
    data = X[:1000], y[:1000], X[1000:], y[1000:]
    strategy = BALD(RandomForestClassifier(trees))
    split = Split(0, None, None, None, SEED)
    seeds = [seeded(strategy, split.chance(t)) for t in range(ROUNDS + 1)]
    times, (scores, by_hand) = least_times(
        [partial(harness, strategy, *data), partial(bare_loop, seeds, *data)], repeats
    )
    np.testing.assert_array_equal(scores, by_hand)
    return np.array(times)


def main(argv=None):
    """Measure, print and assert."""
    parser = command_line(__doc__)
    parser.add_argument("--repeats", type=int, default=8)
    parser.add_argument("--trees", type=int, default=100)
    args = begin(parser, argv)
    with_harness, without = compare(args.repeats, args.trees)
    ratio = with_harness / without
    print(
        f"digits, BALD, {args.trees} trees, {ROUNDS} rounds of {N}: harness "
        f"{with_harness:.3f} s, bare loop {without:.3f} s, ratio {ratio:.4f}"
    )
    assert ratio < LIMIT, f"the harness costs {ratio - 1:.1%} over the bare loop"


if __name__ == "__main__":
    main()
