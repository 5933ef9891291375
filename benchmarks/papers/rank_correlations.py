"""Spearman correlations between measures over the number of classes.

Figure 1 and appendices A.8 and A.9 of Woo, "Active learning in Bayesian neural networks
with balanced entropy learning principle", ICLR 2023: a hundred points whose draws are
the softmax of Gaussian logits, or Dirichlet, several times over. The paper does not say
how its logits are distributed; here each class has a mean and a spread of its own.
"""

from dataclasses import dataclass
from itertools import combinations_with_replacement, product

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from _driver import Experiment
from _settings import BaseSettings, ByScale
from scipy.special import softmax
from scipy.stats import spearmanr

from skactive import information


@dataclass(frozen=True)
class Settings(BaseSettings):
    """Numbers of classes, points and draws."""

    classes: tuple[int, ...] = ByScale(
        (2, 5, 30),
        (2, 3, 5, 10, 30, 100, 300, 1000),
        (2, 3, 5, 10, 30, 100, 300, 1000, 3000, 10_000),
    )
    repeats: int = ByScale(2, 10, 10)
    points: int = 100
    draws: int = 100


CHUNK = 2**23  # numbers at a time: 64 MiB


def acquisition(balance_n):
    """The paper's priority: 1 / BalEnt from 0 on."""
    return np.where(balance_n >= 0, 1 / balance_n, balance_n)


MEASURES = {
    "BALD": information.mutual_information,
    "BetaMarginalBALD": information.beta_mutual_information,
    "Entropy": lambda p_nkc: information.entropy(p_nkc.mean(axis=1)),
    "MeanSD": lambda p_nkc: np.sqrt(information.variance(p_nkc)).mean(axis=-1),
    "ExpectedEffectiveLoss": information.expected_effective_loss,
    "BetaMarginalEIG": information.beta_information_gain,
    "BalancedEntropy": lambda p_nkc: acquisition(information.balanced_entropy(p_nkc)),
}


def gaussian_draws(n, k, c, rng):
    """Softmax of Gaussian logits, each class with a mean and a spread of its own."""
    spread = rng.uniform(0.1, 2.0, size=(n, 1, c))
    return softmax(rng.normal(size=(n, 1, c)) + spread * rng.normal(size=(n, k, c)), -1)


def dirichlet_draws(n, k, c, rng):
    """Dirichlet draws, each class with a parameter of its own."""
    eta = rng.uniform(0.1, 5.0, size=(n, 1, c))
    gammas = rng.standard_gamma(np.broadcast_to(eta, (n, k, c)))
    return gammas / gammas.sum(axis=-1, keepdims=True)


DISTRIBUTIONS = {"Gaussian logits": gaussian_draws, "Dirichlet": dirichlet_draws}


def run(settings):
    """One row per pair of measures, distribution, number of classes and repetition."""
    rows = []
    cases = product(DISTRIBUTIONS.items(), settings.classes, range(settings.repeats))
    for (distribution, drawn), c, repeat in cases:
        rng = np.random.default_rng([settings.random_state + repeat, c])
        scores = measured(drawn, settings.points, settings.draws, c, rng)
        for pair, value in correlations(scores).items():
            rows.append((distribution, c, repeat, *pair, value))
    columns = ["distribution", "classes", "repeat", "first", "second", "correlation"]
    return pd.DataFrame(rows, columns=columns)


def measured(drawn, n, k, c, rng):
    """Scores of all points, by measure, a few points at a time."""
    step = max(1, CHUNK // (k * c))
    parts = []
    for start in range(0, n, step):
        p_nkc = drawn(min(step, n - start), k, c, rng)
        parts.append([measure(p_nkc) for measure in MEASURES.values()])
    return np.concatenate(parts, axis=1)


def correlations(scores):
    """Rank correlation of each pair of measures, and the error of the Beta form."""
    rank, names = spearmanr(scores, axis=1).statistic, list(MEASURES)
    pairs = combinations_with_replacement(range(len(names)), 2)
    found = {(names[i], names[j]): rank[i, j] for i, j in pairs if i != j}
    bald, beta = scores[:2]
    return found | {("RMSE", "BetaMarginalBALD"): np.sqrt(np.mean((bald - beta) ** 2))}


def with_bald(frame):
    """Rows of the correlations with BALD."""
    return frame[frame["first"] == "BALD"]


SHOWN = (2, 10, 100, 1000, 10_000)  # classes
# by pair of measures and distribution: least rank correlations, largest RMSE
PAPER = {
    ("BetaMarginalBALD", "ExpectedEffectiveLoss"): ("more than 0.996", ""),
    ("BALD", "ExpectedEffectiveLoss"): ("more than 0.975", ""),
    ("BALD", "BetaMarginalBALD"): ("more than 0.96", "more than 0.96"),
    ("BALD", "BetaMarginalEIG"): ("around 0.7", ""),
    ("RMSE", "BetaMarginalBALD"): ("less than 0.07", "less than 0.002"),
}


def beside(frame, settings):
    """Means and standard deviations over repeats, and what the paper says."""
    keys = ["first", "second", "distribution", "classes"]
    values = frame.groupby(keys)["correlation"].agg(["mean", "std"])
    cells = values.apply("{0[mean]:.3f} ± {0[std]:.3f}".format, axis=1)
    rows = {}
    for (first, second), said in PAPER.items():
        pair = f"{first}, {second}" if first != "RMSE" else f"BALD minus {second}, RMSE"
        for distribution, paper in zip(DISTRIBUTIONS, said, strict=True):
            row = cells[first, second, distribution]
            shown = {c: row[c] for c in row.index if c in SHOWN}
            rows[pair, distribution] = {**shown, "paper": paper}
    table = pd.DataFrame(rows).T.rename_axis(["measures", "distribution"])
    return table.reset_index("distribution")


def report(frame, settings):
    """Correlations with BALD, and the pairs of which the paper has numbers."""
    texts = []
    for distribution, rows in frame.groupby("distribution", sort=False):
        table = with_bald(rows).pivot_table("correlation", "second", "classes")
        texts.append(f"{distribution}\n{table.to_string(float_format='{:.3f}'.format)}")
    return "\n\n".join([*texts, beside(frame, settings).to_string()])


def draw(frame, settings):
    """Correlations with BALD over classes, and the matrix of the most classes."""
    figure, axes = plt.subplots(1, 3, figsize=(14, 4.2), layout="constrained")
    for ax, (distribution, rows) in zip(
        axes, frame.groupby("distribution", sort=False), strict=False
    ):
        draw_lines(ax, with_bald(rows), distribution)
    axes[0].set_ylabel("rank correlation with BALD")
    axes[1].legend(fontsize=8, loc="center right", bbox_to_anchor=(1, 0.62))
    gaussian = frame[frame["distribution"] == next(iter(DISTRIBUTIONS))]
    draw_matrix(axes[2], gaussian[gaussian["classes"] == gaussian["classes"].max()])
    return figure


def draw_lines(ax, rows, title):
    """A line for each measure, with a standard deviation to each side."""
    for name, part in rows.groupby("second", sort=False):
        values = part.pivot(index="classes", columns="repeat", values="correlation")
        mean, spread = values.mean(axis=1), values.std(axis=1)
        ax.plot(mean.index, mean, ".-", label=name)
        ax.fill_between(mean.index, mean - spread, mean + spread, alpha=0.15)
    ax.set(xscale="log", xlabel="classes", title=title, ylim=(-1.05, 1.05))


def draw_matrix(ax, rows):
    """Correlations of all pairs."""
    names = list(MEASURES)
    mean = rows.groupby(["first", "second"])["correlation"].mean()
    matrix = np.eye(len(names))
    for i, first in enumerate(names):
        for j in range(i + 1, len(names)):
            matrix[i, j] = matrix[j, i] = mean[first, names[j]]
    ax.imshow(matrix, vmin=-1, vmax=1, cmap="RdBu")
    classes, of = rows["classes"].max(), rows["distribution"].iloc[0]
    ax.set(title=f"all pairs, {classes} classes, {of}")
    ax.set_xticks(range(len(names)), names, rotation=35, ha="right", fontsize=8)
    ax.set_yticks(range(len(names)), names, fontsize=8)
    for (i, j), value in np.ndenumerate(matrix):
        colour = "white" if abs(value) > 0.6 else "black"
        ink = {"ha": "center", "va": "center", "fontsize": 7, "color": colour}
        ax.text(j, i, f"{value:.2f}", **ink)


main = Experiment(__file__, __doc__, Settings, run, report, draw).main

if __name__ == "__main__":
    main()
