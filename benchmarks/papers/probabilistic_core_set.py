"""What probabilistic core-sets bring over random batches: a negative result.

The toy experiments of appendix A.2 of the doubt-weighted core-set paper: sixteen
clusters of four classes, apart (standard deviation 0.5) or overlapping (1.0), a forest,
and eight labels a round.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from _driver import make_strategy, run_experiment
from _every import against_random, problems, readable
from _toys import rounds_of
from sklearn.ensemble import RandomForestClassifier

from skactive.plotting import LearningCurveDisplay

SETTINGS = {
    "strategies": [
        "ProbabilisticCoreSet(n_batches=50, doubt=0.0)",
        "ProbabilisticCoreSet(n_batches=50)",
        "Entropy",
        "LeastConfidence",
        "CoreSet",
        "RandomSampling",
    ],
    "spreads": [0.5, 1.0],
    "seeds": (2, 12, 30),
    "rounds": (1, 5, 10),
    "n": 8,
    "points": (200, 800, 800),
    "trees": (8, 50, 100),
}


def clusters(n, spread, seed, seed_of_points):
    """Sixteen clusters on a square, of four classes."""
    centres = np.random.default_rng(seed).uniform(-5, 5, size=(16, 2))
    rng = np.random.default_rng(seed_of_points)
    cluster = rng.integers(16, size=n)
    return centres[cluster] + spread * rng.normal(size=(n, 2)), cluster % 4


def run(args):
    """Test accuracy by spread, strategy, start and round."""
    rows = []
    for spread in args.spreads:
        for seed in range(args.random_state, args.random_state + args.seeds):
            X, y = clusters(args.points, spread, seed, 2 * seed)
            test = clusters(2000, spread, seed, 2 * seed + 1)
            start = np.random.default_rng(seed).choice(len(X), args.n, replace=False)
            for spec in args.strategies:
                strategy = make_strategy(spec, RandomForestClassifier(args.trees))
                strategy.set_params(random_state=seed)
                states = rounds_of(strategy, X, y, start, args.n, args.rounds)
                for t, (labelled, model) in enumerate(states):
                    accuracy = model.score(*test)
                    rows.append((spread, spec, seed, t, len(labelled), accuracy))
    columns = ["spread", "strategy", "split", "round", "n_labels", "accuracy"]
    return pd.DataFrame(rows, columns=columns)


def report(frame, args):
    """Each strategy against random."""
    return "\n\n".join(
        f"standard deviation {spread:g}\n{readable(against_random(curves)).to_string()}"
        for spread, curves in problems(frame, by="spread").items()
    )


def draw(frame, args):
    """Learning curves for each spread."""
    found = problems(frame, by="spread")
    figure, axes = plt.subplots(
        1, len(found), figsize=(5.6 * len(found), 3.8), layout="constrained"
    )
    for ax, (spread, curves) in zip(np.atleast_1d(axes), found.items(), strict=True):
        curves = {named(spec): curve for spec, curve in curves.items()}
        LearningCurveDisplay.from_results(curves, ax=ax)
        ax.set_title(f"standard deviation {spread:g}", loc="left", fontsize=10)
    return figure


def named(spec):
    """Name of a strategy that fits beside its line."""
    name = spec.replace("(n_batches=50, doubt=0.0)", "")
    return name.replace("(n_batches=50)", ", 0.1 doubt")


def main(argv=None):
    """Run the experiment of the command line."""
    run_experiment(
        __file__, __doc__, SETTINGS, run, draw=draw, report=report, argv=argv
    )


if __name__ == "__main__":
    main()
