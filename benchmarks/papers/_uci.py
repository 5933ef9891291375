"""Every regression strategy on UCI sets, against random; see `_driver`."""

import pandas as pd
from _driver import Task, run_curves
from _every import every_settings, run_every, scores_of, small_multiples
from sklearn.datasets import load_diabetes
from sklearn.model_selection import ShuffleSplit

from skactive.datasets import load_uci

__all__ = ["SETTINGS", "main_with"]

SCORING = {"neg_rmse": "neg_root_mean_squared_error"}
FEW = ["DEIMOS", "MaxVariance", "RandomSampling"]
SETTINGS = every_settings("regression", FEW) | {
    "data": (["diabetes"], ["kin8nm", "concrete"], ["kin8nm", "concrete"]),
    "seeds": (2, 20, 30),
    "n_initial": 20,
}


def standardised(name):
    """Features and values of a set, of zero mean and unit spread."""
    # diabetes comes with scikit-learn
    X, y = load_diabetes(return_X_y=True) if name == "diabetes" else load_uci(name)
    return (X - X.mean(axis=0)) / X.std(axis=0), (y - y.mean()) / y.std()


def main_with(file, doc, settings, model, argv, draw=small_multiples):
    """Run the experiment of a script whose model `model` makes of the arguments."""

    def run(args):
        frames = []
        for name in args.data:
            cv = ShuffleSplit(
                args.seeds, test_size=1 / 3, random_state=args.random_state
            )
            task = Task(*standardised(name), cv=cv)
            frame = run_curves(
                args, task, model(args), SCORING, part=name, initial="random"
            )
            frames.append(scores_of(frame).assign(data=name))
        return pd.concat(frames)

    run_every(file, doc, settings, run, argv, draw)
