"""What probabilistic core-sets bring over random batches: a negative result.

    python benchmarks/probabilistic_core_set.py [--quick]

After the toy experiments of appendix A.2 of the doubt-weighted core-set paper: sixteen
clusters of four classes, apart (standard deviation 0.5) or overlapping (1.0), a forest,
and eight labels a round. Printed is test accuracy: mean, standard deviation of seeds.
"""

import argparse

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from skactive import CoreSet, LeastConfidence, ProbabilisticCoreSet, RandomSampling


def clusters(n, spread, seed, seed_of_points):
    """Sixteen clusters on a square, of four classes."""
    centres = np.random.default_rng(seed).uniform(-5, 5, size=(16, 2))
    rng = np.random.default_rng(seed_of_points)
    cluster = rng.integers(16, size=n)
    return centres[cluster] + spread * rng.normal(size=(n, 2)), cluster % 4


def curve(strategy, spread, seed, rounds, n=8):
    """Test accuracy after each round."""
    X, y = clusters(800, spread, seed, 2 * seed)
    X_test, y_test = clusters(2000, spread, seed, 2 * seed + 1)
    labelled = np.random.default_rng(seed).choice(len(X), 8, replace=False)
    accuracy = []
    for _ in range(rounds + 1):
        accuracy.append(strategy.fit(X[labelled], y[labelled]).score(X_test, y_test))
        pool = np.setdiff1d(np.arange(len(X)), labelled)
        labelled = np.r_[labelled, pool[strategy.query(X[pool], n)]]
    return accuracy


def main(argv=None):
    """Print a table for each spread."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two seeds, two rounds")
    quick = parser.parse_args(argv).quick
    seeds, rounds = (2, 2) if quick else (10, 5)
    kinds = {
        "random": RandomSampling,
        "probabilistic": lambda model, random_state: ProbabilisticCoreSet(
            model, n_batches=50, doubt=0.0, random_state=random_state
        ),
        "probabilistic, 0.1 doubt": lambda model, random_state: ProbabilisticCoreSet(
            model, n_batches=50, random_state=random_state
        ),
        "least confidence": LeastConfidence,
        "core-set": CoreSet,
    }
    for spread in (0.5, 1.0):
        print(f"standard deviation {spread}, accuracy by round of 8 labels")
        for name, kind in kinds.items():
            curves = [
                curve(
                    kind(RandomForestClassifier(50), random_state=seed),
                    spread,
                    seed,
                    rounds,
                )
                for seed in range(seeds)
            ]
            mean, deviation = np.mean(curves, axis=0), np.std(curves, axis=0)
            cells = (f"{m:.3f} ({s:.3f})" for m, s in zip(mean, deviation, strict=True))
            print(f"  {name:25}", *cells)


if __name__ == "__main__":
    main()
