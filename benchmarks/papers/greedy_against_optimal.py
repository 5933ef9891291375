"""Greedy batches of DEIMOS against the best of all batches (appendix A of its paper).

Covariances of points whose draws are independent and Gaussian, and a noise of a tenth
of their mean variance: what the greedy batch removes of the variance, over what the
best batch does. The paper does not give its number of points.
"""

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import pandas as pd
from _curves import panels
from _driver import Experiment
from _settings import BaseSettings, ByScale

from skactive.objectives import VarianceReduction
from skactive.selection import greedy


@dataclass(frozen=True)
class Settings(BaseSettings):
    """Covariances, points, batches and draws."""

    covariances: int = ByScale(20, 200, 200)
    points: int = ByScale(8, 15, 15)
    batches: tuple[int, ...] = ByScale((2, 5), (2, 5, 10), (2, 5, 10))
    draws: tuple[int, ...] = ByScale((5, 50), (5, 10, 50), (5, 10, 50))
    noise: float = 0.1


def run(settings):
    """One row per covariance."""
    rows = []
    for k, b in product(settings.draws, settings.batches):
        batches = list(combinations(range(settings.points), b))
        for trial in range(settings.covariances):
            rng = np.random.default_rng([settings.random_state, k, b, trial])
            ratio = ratio_of(
                rng.normal(size=(settings.points, k)), batches, b, settings.noise
            )
            rows.append({"draws": k, "batch": b, "trial": trial, "ratio": ratio})
    return pd.DataFrame(rows)


def ratio_of(draws_nk, batches, b, share):
    """Variance removed by the greedy batch, relative to the best of all batches."""
    n, k = draws_nk.shape
    f_nk = (draws_nk - draws_nk.mean(axis=1, keepdims=True)) / k**0.5
    noise = share * np.mean(f_nk**2) * k
    f = VarianceReduction(f_nk[:, None], f_nk.T @ f_nk, noise, np.ones(n, dtype=bool))
    return greedy(f, b)[1].sum() / best_drop(f_nk @ f_nk.T + noise * np.eye(n), batches)


def best_drop(V, batches):
    """Largest drop of all batches, many at once."""
    batches = np.asarray(batches)
    blocks = V[batches[:, :, None], batches[:, None, :]]
    squares = (V @ V)[batches[:, :, None], batches[:, None, :]]
    return np.trace(np.linalg.solve(blocks, squares), axis1=1, axis2=2).max()


def report(frame, settings):
    """Least and mean ratio, and how often greedy is the best."""
    ratio = frame.groupby(["draws", "batch"])["ratio"]
    table = ratio.agg(["min", "mean"]).assign(
        optimal=ratio.agg(lambda r: f"{np.mean(r > 1 - 1e-9):.0%}")
    )
    return table.to_string(float_format="{:.3f}".format)


def draw(frame, settings):
    """A histogram for each number of draws and size of batch."""
    batches, draws = frame["batch"].unique(), frame["draws"].unique()
    figure, axes = panels(
        len(draws), len(batches), (2.5, 1.6), sharex=True, sharey=True
    )
    bins = np.linspace(np.floor(frame["ratio"].min() * 50) / 50, 1, 26)
    for ax, (k, b) in zip(axes.flat, product(draws, batches), strict=True):
        chosen = frame.loc[(frame["draws"] == k) & (frame["batch"] == b), "ratio"]
        draw_ratios(ax, chosen, bins, f"{k} draws, batch of {b}")
    text = "variance removed, greedy over best batch; dotted: the paper's least ratio"
    figure.supxlabel(text, fontsize=9)
    figure.supylabel("covariances", fontsize=9)
    return figure


def draw_ratios(ax, ratio, bins, title):
    """Histogram of the ratios, none above 1 by rounding."""
    ax.hist(ratio.clip(upper=1), bins, color="#588b8b")
    ax.axvline(0.97, color="#c8553d", lw=1, ls=":")
    ax.set_title(title, fontsize=8, loc="left")
    ax.tick_params(labelsize=7)
    ax.spines[["top", "right"]].set_visible(False)


main = Experiment(__file__, __doc__, Settings, run, report, draw).main

if __name__ == "__main__":
    main()
