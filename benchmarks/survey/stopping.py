"""Where stopping criteria stop, what is lost by it, and what saved.

    python benchmarks/survey/stopping.py               # 10 minutes; may be stopped
    python benchmarks/survey/stopping.py --recall      # coverage of RecallTarget alone
    python benchmarks/survey/stopping.py --report      # figure and table of the page

Margin sampling by logistic regression on digits, a part of MNIST, and six sets of the
survey; criteria follow each run and stop none. Finished rounds stand in the checkpoint
of ``--checkpoint``; results in ``benchmarks/results/survey/stopping.csv`` and
``stopping_recall.csv``.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skactive import Margin
from skactive.datasets import load_mnist, load_survey
from skactive.model_selection import StrategySearchCV
from skactive.stopping import (
    ClassificationChange,
    DeltaF,
    OverallUncertainty,
    Plateau,
    RecallTarget,
    Round,
    StabilizingPredictions,
)

RESULTS = Path(__file__).parents[1] / "results" / "survey"
SURVEY = ("sonar", "heart", "clean1", "diabetes", "tictactoe", "mammographic")
N_POINTS, STEP, N_RUNS = 500, 10, 1000


def digits():
    """Digits, 10 classes."""
    return load_digits(return_X_y=True)


def mnist():
    """The first 3,000 images of MNIST by 40 principal components."""
    X, _, y, _ = load_mnist()
    X = np.asarray(X[:3000]).reshape(3000, -1).astype(np.float64)
    return PCA(40, random_state=0).fit_transform(X / X.max()), np.asarray(y[:3000])


def criteria(y):
    """Every criterion with its published settings; RecallTarget for the last class."""
    found = {
        "StabilizingPredictions": StabilizingPredictions(),
        "ClassificationChange": ClassificationChange(),
        "OverallUncertainty": OverallUncertainty(),
        "Plateau": Plateau(patience=3),
        "RecallTarget": RecallTarget(np.unique(y)[-1], starts="all"),
    }
    if len(np.unique(y)) == 2:
        found["DeltaF"] = DeltaF()
    return found


def watched(name, X, y, checkpoint, splits):
    """One data set: a row for each criterion and split."""
    n = 20 if len(X) > 1500 else 10
    n_train = round(0.7 * len(X))
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    search = StrategySearchCV(
        {"Margin": Margin(model)},
        n=n,
        budget=min(n_train, 800),
        cv=StratifiedShuffleSplit(splits, train_size=n_train, random_state=0),
        checkpoint=checkpoint / name,
        stopping=criteria(y),
        verbose=1,
        random_state=0,
    ).fit(X, y)
    frame = pd.DataFrame(search.stopping_results_)
    end = search.curves_["Margin"].scores["score"][:, -1]
    frame.insert(0, "data", name)
    return frame.assign(
        end_score=end[frame["split"]],
        end_labels=frame["n_labels"] + frame["labels_saved"],
        n_train=n_train,
    )


def run(args):
    """All data sets."""
    sets = {"digits": digits, "mnist": mnist}
    sets |= {name: lambda name=name: load_survey(name) for name in SURVEY}
    frames = [
        watched(name, *load(), args.checkpoint, args.splits)
        for name, load in sets.items()
        if name in args.sets
    ]
    frame = pd.concat(frames, ignore_index=True)
    frame.to_csv(args.out / "stopping.csv", index=False, float_format="%.6g")


# -- RecallTarget by simulation


def random_order(rng, y):
    """In random order."""
    return rng.permutation(y)


def prioritised(rng, y):
    """By a model that is good, and not perfect."""
    return y[np.argsort(-(1.5 * y + rng.normal(size=len(y))), kind="stable")]


def then_random(rng, y):
    """The first 200 as the model ranks them, the others in random order."""
    y = prioritised(rng, y)
    return np.concatenate([y[:200], rng.permutation(y[200:])])


def hidden_group(rng, y):
    """As the model ranks them, but for a fifth of the relevant, which it ranks last."""
    places = np.flatnonzero(y)
    hidden = places[: len(places) // 5]
    return np.concatenate([prioritised(rng, np.delete(y, hidden)), y[hidden]])


CASES = {
    "start=0, one look; random order": (random_order, {"start": 0, "look": 470}),
    "start=0, every look; random order": (random_order, {"start": 0}),
    "start=200, one look; random order after 200": (
        then_random,
        {"start": 200, "look": 400},
    ),
    "start=200, every look; random order after 200": (then_random, {"start": 200}),
    'starts="all"; random order': (random_order, {"starts": "all"}),
    'starts="all"; prioritised': (prioritised, {"starts": "all"}),
    'starts="all"; a fifth ranked last': (hidden_group, {"starts": "all"}),
}


def one_reading(order, params, n_relevant, rng):
    """Read until the criterion stops: whether it did, labels read, recall."""
    y = order(rng, (np.arange(N_POINTS) < n_relevant).astype(int))
    criterion = RecallTarget(recall=0.95, confidence=0.95, **params)
    for n in range(STEP, N_POINTS, STEP):
        if criterion.update(Round(n, labels=y[:n], n_points=N_POINTS)):
            return True, n, y[:n].mean() * n / n_relevant
    return False, N_POINTS, 1.0


def simulate(args):
    """How often each case stops short of the recall."""
    rows = []
    for n_relevant in (20, 60):
        for case, (order, params) in CASES.items():
            rng = np.random.default_rng([0, n_relevant])
            read = [
                one_reading(order, params, n_relevant, rng) for _ in range(args.runs)
            ]
            stopped, n, recall = map(np.array, zip(*read, strict=True))
            missed = np.mean(recall < 0.95 - 1e-12)
            rows.append(
                {
                    "case": case,
                    "n_relevant": n_relevant,
                    "runs": args.runs,
                    "stopped": stopped.mean(),
                    "missed": missed,
                    "standard_error": np.sqrt(missed * (1 - missed) / args.runs),
                    "read": n.mean() / N_POINTS,
                    "lowest_recall": recall.min(),
                }
            )
    frame = pd.DataFrame(rows)
    frame.to_csv(args.out / "stopping_recall.csv", index=False, float_format="%.6g")


# -- the page


def report(args):
    """Write the figure and the tables of ``doc/stopping.rst``."""
    frame = pd.read_csv(args.out / "stopping.csv")
    table(frame).to_csv(args.doc / "stopping_table.csv")
    recall = pd.read_csv(args.out / "stopping_recall.csv")
    recall = recall.set_index(["case", "n_relevant"])[["stopped", "missed", "read"]]
    recall.round(3).to_csv(args.doc / "stopping_recall_table.csv")
    draw(frame, args.doc / "stopping.png")


def table(frame):
    """For each set and criterion: labels at the stop, share of splits, loss."""
    frame = frame.assign(
        n_labels=frame["n_labels"].where(frame["stopped"]),
        lost_score=100 * frame["lost_score"].where(frame["stopped"]),
        share_saved=100 * frame["share_saved"],
    )
    columns = {
        "stopped": ("stopped", "sum"),
        "labels": ("n_labels", "mean"),
        "lost (points)": ("lost_score", "mean"),
        "saved (%)": ("share_saved", "mean"),
        "all labels": ("end_labels", "first"),
    }
    found = frame.groupby(["data", "criterion"], sort=False).agg(**columns)
    return found.round({"labels": 0, "lost (points)": 1, "saved (%)": 0})


def draw(frame, path):
    """Mean loss against labels saved, a panel for each criterion."""
    import matplotlib.pyplot as plt

    names = list(dict.fromkeys(frame["criterion"]))
    figure, axes = plt.subplots(
        2, 3, figsize=(8, 5), sharex=True, sharey=True, layout="constrained"
    )
    for ax in axes.flat[len(names) :]:
        ax.set_visible(False)  # DeltaF is for two classes, and may be absent
    for ax, name in zip(axes.flat[: len(names)], names, strict=True):
        part = frame[frame["criterion"] == name]
        ax.axhline(0, color="#8a94a0", lw=0.8)
        for stopped, face in ((True, "#0072B2"), (False, "white")):
            rows = part[part["stopped"] == stopped]
            ax.plot(
                100 * rows["share_saved"],
                100 * rows["lost_score"],
                "o",
                ms=5,
                mfc=face,
                mec="#0072B2",
                alpha=0.7,
            )
        ax.set_title(f"{name}: {part['stopped'].sum()} of {len(part)}", fontsize=9)
        ax.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("labels saved (%)", fontsize=9)
    figure.supylabel("accuracy lost (points)", fontsize=9)
    figure.savefig(path, dpi=150)


def main(argv=None):
    """Run what the options say."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", nargs="+", default=["digits", "mnist", *SURVEY])
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--runs", type=int, default=N_RUNS)
    parser.add_argument("--recall", action="store_true")
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--doc", type=Path, default=RESULTS.parents[2] / "doc/_static")
    checkpoint = Path(tempfile.gettempdir()) / "skactive-stopping"
    parser.add_argument("--checkpoint", type=Path, default=checkpoint)
    args = parser.parse_args(argv)
    if args.report:
        report(args)
        return
    simulate(args)
    if not args.recall:
        run(args)


if __name__ == "__main__":
    main()
