"""Time and peak memory of coverage and clustering strategies on large pools.

    python benchmarks/speed/bench_coverage.py [--quick] [--threads 2]

`MaxHerding` and `UncertaintyHerding` choose 100 of 1,000,000 points of 64 features with
10,000 reference points, `TypiClust` and `LCMD` 100 of 100,000. Seconds are those of the
clock; peaks are what a query allocates at most beside the pool, asserted to be below
2 GiB, where a matrix of all pairs would take terabytes.
"""

import functools
import time

import numpy as np
from measure import begin, command_line, peak_bytes, timed
from sklearn.linear_model import LogisticRegression

from skactive import LCMD, MaxHerding, TypiClust, UncertaintyHerding

GIB = 2**30
N_FEATURES, N_LABELLED, BATCH = 64, 100, 100


def pool(n, seed=0):
    """Twenty clusters of unequal size, and which of two classes each is of."""
    rng = np.random.default_rng(seed)
    centers = 3 * rng.normal(size=(20, N_FEATURES))
    cluster = np.minimum(rng.geometric(0.1, size=n) - 1, 19)
    return centers[cluster] + rng.normal(size=(n, N_FEATURES)), cluster % 2


def strategies(n_reference):
    """Names, whether for the larger pool, and strategies."""
    model = LogisticRegression(max_iter=1000)
    options = {"n_reference": n_reference, "random_state": 0}
    return [
        ("MaxHerding", True, MaxHerding(model, **options)),
        ("UncertaintyHerding", True, UncertaintyHerding(model, **options)),
        ("TypiClust", False, TypiClust(random_state=0)),
        ("LCMD", False, LCMD(random_state=0)),
    ]


def bench(sizes, n_reference, batch):
    """Print a line for each strategy."""
    for name, large, strategy in strategies(n_reference):
        n = sizes[0] if large else sizes[1]
        X, y = pool(n)
        strategy.fit(X[:N_LABELLED], y[:N_LABELLED])
        query = functools.partial(strategy.query, X[N_LABELLED:], batch)
        peak, (seconds, picks) = peak_bytes(lambda q=query: timed(q, time.perf_counter))
        mib = peak / 2**20
        print(
            f"{name:20} {len(X):9,} points {seconds:7.1f} s {mib:7.0f} MiB", flush=True
        )
        assert len(set(picks.tolist())) == batch
        assert peak < 2 * GIB, f"{name} takes {peak} bytes beside its pool"


def main(argv=None):
    """Run it."""
    quick = "a hundredth of the points, and a tenth of the batch"
    quick = begin(command_line(__doc__, quick), argv).quick
    sizes = (10_000, 1_000) if quick else (1_000_000, 100_000)
    bench(sizes, 100 if quick else 10_000, 10 if quick else BATCH)


if __name__ == "__main__":
    main()
