"""Seconds per query: table 8 of the balanced-entropy paper (appendix A.18).

A pool of random features, at scale paper as large as CIFAR-100's, and a net with one
dropout layer; nothing is learnt. Both wall time and CPU time are stored, drawing
included: on a machine that is used for other work too, compare CPU times. Threads are
pinned.
The paper's net has 2048 features, and ran on an A100.
"""

import time
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from _driver import Experiment
from _nearby import pin_threads
from _settings import ByScale, StrategySettings, make_strategy

EVERY = (
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
)


@dataclass(frozen=True)
class Settings(StrategySettings):
    """Size of the pool, of the net and of the batch."""

    strategies: tuple[str, ...] = ByScale(
        ("BalancedEntropy", "BADGE", "RandomSampling"),
        tuple(spec for spec in EVERY if spec != "CoreMSE"),  # an hour of one core
        EVERY,
    )
    points: int = ByScale(300, 50_000, 50_000)
    features: int = ByScale(16, 256, 2048)
    classes: int = ByScale(10, 100, 100)
    draws: int = ByScale(3, 20, 100)
    n: int = ByScale(10, 500, 500)
    device: str = "cpu"
    threads: int = 1


# seconds on CIFAR-100, b = 500; CoreMSE ran out of memory
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


def sampler_of(settings):
    """The paper's classifier of fixed features, with random weights."""
    import torch
    from sklearn.frozen import FrozenEstimator
    from skorch import NeuralNetClassifier

    from skactive.samplers import DropoutSampler

    with torch.random.fork_rng():
        torch.manual_seed(settings.random_state)
        net = NeuralNetClassifier(
            module_of(settings.features, settings.classes),
            criterion=torch.nn.CrossEntropyLoss,
            iterator_valid__batch_size=1024,
            device=settings.device,
        ).initialize()
    return DropoutSampler(FrozenEstimator(net), n_draws=settings.draws)


def module_of(features, classes):
    """Two layers with dropout between them, random weights."""
    import torch

    module = torch.nn.Sequential(
        torch.nn.Linear(features, features),
        torch.nn.Dropout(0.2),
        torch.nn.ReLU(),
        torch.nn.Linear(features, classes),
    )
    with torch.no_grad():
        module[-1].weight *= 20  # otherwise all classes would be almost equally likely
    return module


def run(settings):
    """Time each strategy; one row per strategy."""
    pin_threads(settings.threads)
    rng = np.random.default_rng(settings.random_state)
    shape = settings.points + settings.classes, settings.features
    X = rng.standard_normal(shape, dtype=np.float32)
    X_labelled, y = X[: settings.classes], np.arange(settings.classes)
    sampler, rows = sampler_of(settings), []
    for spec in settings.strategies:
        strategy = make_strategy(spec, sampler)
        strategy.set_params(random_state=settings.random_state).fit(X_labelled, y)
        wall, processor = time.perf_counter(), time.process_time()
        strategy.query(X[settings.classes :], settings.n)
        seconds = time.perf_counter() - wall, time.process_time() - processor
        print(f"{spec}: {seconds[0]:.1f} s, {seconds[1]:.1f} s of CPU time")
        rows.append((spec, *seconds))
    return pd.DataFrame(rows, columns=["strategy", "seconds", "processor"])


def beside(frame, settings):
    """Our seconds of CPU time and the paper's; and both as multiples of Entropy's."""
    ours = frame.set_index("strategy")["processor"]
    theirs = ours.index.to_series().map(PAPER)
    table = {"seconds": ours, "paper": theirs}
    for name in [*table]:
        if "Entropy" in ours.index:
            table[f"{name}, over Entropy"] = table[name] / table[name]["Entropy"]
    shown = pd.DataFrame(table).map("{:.1f}".format)
    return shown.replace({"nan": "", "inf": "out of memory"})


def report(frame, settings):
    """Wall time; and our CPU time beside the paper's."""
    wall = frame.to_string(index=False, float_format="{:.1f}".format)
    return f"{wall}\n\n{beside(frame, settings).to_string()}"


def draw(frame, settings):
    """Points on a logarithmic axis."""
    figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
    ticks = np.arange(len(frame))[::-1]
    ax.plot(frame["processor"], ticks, "o", color="#0072B2", label="here, CPU time")
    paper = frame["strategy"].map(PAPER)
    ax.plot(paper, ticks, "D", mfc="none", color="#D55E00", label="paper, a GPU")
    for tick in ticks[np.isinf(paper)]:
        ax.text(0.97, tick, "paper: out of memory", fontsize=7, va="center", ha="right",
                color="#D55E00", transform=ax.get_yaxis_transform())  # fmt: skip
    ax.set_yticks(ticks, frame["strategy"], fontsize=8)
    ax.set(xscale="log", xlabel=f"seconds for {settings.n} of {settings.points} points")
    ax.grid(axis="x", alpha=0.25)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=8, loc="upper center", ncols=2)
    ax.set_ylim(-0.7, len(frame) + 0.3)
    return figure


main = Experiment(__file__, __doc__, Settings, run, report, draw).main

if __name__ == "__main__":
    main()
