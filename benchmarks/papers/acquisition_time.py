"""Seconds that a query takes: table 8 of the balanced-entropy paper (appendix A.18).

A pool of random features, at scale paper as large as CIFAR-100's, and a net with one
dropout layer; nothing is learnt. Both wall and processor time are kept, drawing
included: on a machine that does other things too, the processor's is the one to
compare. The paper's net has 2048 features, and ran on an A100.
"""

import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from _driver import make_strategy, run_experiment

EVERY = [
    "BalancedEntropy",
    "BALD",
    "Entropy",
    "MeanSD",
    "PowerBALD",
    "BADGE",
    "CoreMSE",
    "CoreSet",
    "ICAL",
    "RandomSampling",
]
SETTINGS = {
    "strategies": (
        ["BalancedEntropy", "BADGE", "RandomSampling"],
        [spec for spec in EVERY if spec != "CoreMSE"],  # an hour of one core
        EVERY,
    ),
    "points": (300, 20_000, 50_000),
    "features": (16, 256, 2048),
    "classes": (10, 100, 100),
    "draws": (3, 20, 100),
    "n": (10, 500, 500),
    "device": "cpu",
}
# seconds on CIFAR-100, b = 500; CoreMSE: not enough memory
PAPER = {
    "BalancedEntropy": 10.2,
    "BALD": 9.4,
    "Entropy": 9.5,
    "MeanSD": 9.6,
    "PowerBALD": 9.6,
    "BADGE": 302.5,
    "CoreMSE": np.inf,
    "RandomSampling": 0.1,
}


def sampler_of(args):
    """The paper's classifier of fixed features, with random weights."""
    import torch
    from sklearn.frozen import FrozenEstimator
    from skorch import NeuralNetClassifier

    from skactive.samplers import DropoutSampler

    with torch.random.fork_rng():
        torch.manual_seed(args.random_state)
        module = torch.nn.Sequential(
            torch.nn.Linear(args.features, args.features),
            torch.nn.Dropout(0.2),
            torch.nn.ReLU(),
            torch.nn.Linear(args.features, args.classes),
        )
        with torch.no_grad():
            module[-1].weight *= 20  # or all classes would be about equally likely
        net = NeuralNetClassifier(
            module,
            criterion=torch.nn.CrossEntropyLoss,
            iterator_valid__batch_size=1024,
            device=args.device,
        ).initialize()
    return DropoutSampler(FrozenEstimator(net), n_draws=args.draws)


def run(args):
    """A row a strategy."""
    rng = np.random.default_rng(args.random_state)
    shape = args.points + args.classes, args.features
    X = rng.standard_normal(shape, dtype=np.float32)
    X_labelled, y = X[: args.classes], np.arange(args.classes)
    sampler, rows = sampler_of(args), []
    for spec in args.strategies:
        strategy = make_strategy(spec, sampler)
        strategy.set_params(random_state=args.random_state).fit(X_labelled, y)
        wall, processor = time.perf_counter(), time.process_time()
        strategy.query(X[args.classes :], args.n)
        seconds = time.perf_counter() - wall, time.process_time() - processor
        print(f"{spec}: {seconds[0]:.1f} s, {seconds[1]:.1f} of the processor")
        rows.append((spec, *seconds))
    return pd.DataFrame(rows, columns=["strategy", "seconds", "processor"])


def report(frame, args):
    """Our seconds beside the paper's."""
    table = frame.assign(paper=frame["strategy"].map(PAPER))
    return table.to_string(index=False, float_format="{:.1f}".format)


def draw(frame, args):
    """Points on a logarithmic axis."""
    figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
    ticks = np.arange(len(frame))[::-1]
    ax.plot(frame["processor"], ticks, "o", color="#0072B2", label="here, one core")
    paper = frame["strategy"].map(PAPER)
    ax.plot(paper, ticks, "D", mfc="none", color="#D55E00", label="paper, a GPU")
    for tick in ticks[np.isinf(paper)]:
        ax.text(0.97, tick, "paper: out of memory", fontsize=7, va="center", ha="right",
                color="#D55E00", transform=ax.get_yaxis_transform())  # fmt: skip
    ax.set_yticks(ticks, frame["strategy"], fontsize=8)
    ax.set(xscale="log", xlabel=f"seconds for {args.n} of {args.points} points")
    ax.grid(axis="x", alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=8, loc="upper center", ncols=2)
    ax.set_ylim(-0.7, len(frame) + 0.3)
    return figure


def main(argv=None):
    """Run the experiment of the command line."""
    run_experiment(
        __file__, __doc__, SETTINGS, run, draw=draw, report=report, argv=argv
    )


if __name__ == "__main__":
    main()
