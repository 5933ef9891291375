"""Pictures of the survey: mean ranks with critical differences, and a heat map."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from _summaries import Group, mean_ranks, versus
from scipy.stats import studentized_range

__all__ = ["critical_difference", "draw_heat", "draw_ranks"]

INK, GREY = "#0072B2", "#d9d9d9"
WIDEST = 4  # panels in a row


def critical_difference(n_strategies: int, n_sets: int) -> float:
    """Difference of two mean ranks that Nemenyi's test settles at .05 (Demsar 2006)."""
    q = studentized_range.ppf(0.95, n_strategies, np.inf) / 2**0.5
    return float(q * (n_strategies * (n_strategies + 1) / (6 * n_sets)) ** 0.5)


def draw_ranks(every: Sequence[Group], titles: Sequence[str]) -> Any:
    """Plot the mean ranks of each group; grey ones do not differ from the best."""
    found = [mean_ranks(group) for group in every]
    most = max(len(ranks) for ranks, _ in found)
    columns = min(len(every), WIDEST)
    rows = -(-len(every) // columns)
    size = (3.6 * columns, rows * (0.9 + 0.22 * most))
    figure, axes = plt.subplots(
        rows, columns, squeeze=False, figsize=size, layout="constrained"
    )
    for ax in axes.flat[len(every) :]:
        ax.remove()
    for ax, title, (ranks, n_sets) in zip(axes.flat, titles, found, strict=False):
        width = critical_difference(len(ranks), n_sets)
        ax.axvspan(ranks.iloc[0], ranks.iloc[0] + width, color=GREY, lw=0)
        ax.plot(ranks.to_numpy(), np.arange(len(ranks)), "o", color=INK, ms=5)
        ax.set_yticks(np.arange(len(ranks)), ranks.index, fontsize=8)
        ax.invert_yaxis()
        ax.set_xlabel(f"mean rank on {n_sets} sets")
        ax.set_title(title, loc="left", fontsize=9)
        ax.spines[["top", "right"]].set_visible(False)
    return figure


def draw_heat(group: Group, title: str, baseline: str = "RandomSampling") -> Any:
    """Draw the difference to random sampling of each strategy on each set."""
    names = group.areas.index.get_level_values("strategy").unique().drop(baseline)
    table = pd.DataFrame({name: versus(group, name, baseline) for name in names})
    means = table.mean().sort_values(ascending=False, kind="stable")
    table = table.T.loc[means.index]
    size = (2.6 + 0.36 * table.shape[1], 1.6 + 0.24 * len(table))
    figure, ax = plt.subplots(figsize=size, layout="constrained")
    reach = np.nanquantile(np.abs(table.to_numpy()), 0.95)
    image = ax.imshow(table, cmap="PuOr", vmin=-reach, vmax=reach, aspect="auto")
    ax.set_xticks(np.arange(table.shape[1]), table.columns, rotation=90, fontsize=8)
    ax.set_yticks(np.arange(len(table)), table.index, fontsize=8)
    ax.set_title(title, loc="left", fontsize=9)
    figure.colorbar(image, ax=ax, label="area minus random")
    return figure
