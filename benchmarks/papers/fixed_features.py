"""Balanced entropy on fixed features, with copies of every point in the pool.

As in appendix A.19 of the balanced entropy paper, there with features that SimCLR
learnt on CIFAR-10; here with the first principal components of MNIST's images. What
looks at each point for itself takes copies; balanced entropy should not degrade.
"""

from argparse import Namespace

from _driver import Task, draw_each, report_each, run_curves, run_each, run_experiment
from _images import accuracy_and_likelihood, load
from sklearn.decomposition import PCA

FOUR = ["BalancedEntropy", "BALD", "Entropy", "RandomSampling"]
SETTINGS = {
    "strategies": (FOUR[::3], FOUR, [*FOUR[:-1], "BADGE", "CoreSet", FOUR[-1]]),
    "data": ("digits", "mnist", "mnist"),
    "classes": list(range(10)),
    "valid": 0,
    "test": (100, 2000, None),
    "noise": 0.0,
    "points": (100, 2000, None),
    "copies": ([1, 3], [1, 3, 10], [1, 3, 5, 10, 50]),
    "components": (10, 50, 50),
    "seeds": (2, 3, 6),
    "n": (5, 20, 50),
    "n_initial": 20,
    "rounds": (1, 8, 20),
    "candidates": (None, 1000, None),
    "draws": (3, 50, 100),
    "epochs": (1, 30, 100),
    "device": "cpu",
    "targets": [0.8, 0.9],
}


def run(args):
    """Learning curves for each number of copies."""
    task = principal_components(Namespace(**vars(args) | {"copies": 1}))
    return run_each(args, "copies", lambda one: with_copies(one, task))


def principal_components(args):
    """Features of as many points, and of the test set."""
    task, _ = load(args)
    flat = [X.reshape(len(X), -1) for X in (task.X[: args.points], task.X_test)]
    pca = PCA(args.components, whiten=True, random_state=0).fit(flat[0])
    X, X_test = (pca.transform(part).astype("float32") for part in flat)
    return Task(X, task.y[: args.points], X_test, task.y_test)


def with_copies(args, task):
    """Learning curves with so many copies of every point."""
    import models

    task = task._replace(
        X=task.X.repeat(args.copies, axis=0), y=task.y.repeat(args.copies)
    )
    net = models.features_sampler(args.components, args.draws, args.epochs, args.device)
    return run_curves(args, task, net, accuracy_and_likelihood)


def main(argv=None):
    """Run the experiment of the command line."""
    by_copies = {"draw": draw_each("copies"), "report": report_each("copies")}
    run_experiment(__file__, __doc__, SETTINGS, run, **by_copies, argv=argv)


if __name__ == "__main__":
    main()
