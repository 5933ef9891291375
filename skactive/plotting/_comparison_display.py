"""Differences between strategies with their intervals, drawn; layer 7."""

from typing import Any, Self

import numpy as np

from skactive.model_selection import CurveComparison, compare_curves
from skactive.model_selection.comparison._curve_comparison import write_p
from skactive.plotting._style import COLOURS, GREY, INK, TEXT_SIZE, axes_of

__all__ = ["ComparisonDisplay"]

HEIGHT = 0.45  # of a row, in inches
COLUMNS = 56, 66  # right and left end of the words beside the axes, in points


class ComparisonDisplay:
    """What each strategy gains over another, with intervals: a forest plot.

    A row for each comparison: the mean difference in area under the learning curve, its
    interval, in how many splits the strategy is better, and the corrected p-value of
    the sign-flip test. Filled in colour is what is settled.

    Parameters
    ----------
    comparison : CurveComparison
        What `skactive.model_selection.compare_curves` found.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        The figure that holds it.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skactive import Entropy, RandomSampling
    >>> from skactive.model_selection import StrategySearchCV
    >>> from skactive.plotting import ComparisonDisplay
    >>> model = GaussianNB()
    >>> search = StrategySearchCV(
    ...     {"entropy": Entropy(model), "random": RandomSampling(model)},
    ...     n=4, rounds=3, random_state=0,
    ... ).fit(*load_iris(return_X_y=True))
    >>> display = ComparisonDisplay.from_results(search, baseline="random")
    """

    def __init__(self, comparison: CurveComparison) -> None:
        self.comparison = comparison

    @classmethod
    def from_results(cls, results: Any, *, ax: Any = None, **options: Any) -> Self:
        """Compare learning curves, and draw what was found.

        Parameters
        ----------
        results : dict of str to LearningCurve, fitted StrategySearchCV or data frame
            Curves by the name of the strategy.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.
        **options : dict
            Those of `skactive.model_selection.compare_curves`, such as ``baseline``.

        Returns
        -------
        ComparisonDisplay
            With the comparisons drawn.
        """
        return cls(compare_curves(results, **options)).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Draw the comparisons, the first at the top.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        self : object
            With ``ax_`` and ``figure_``.
        """
        found = self.comparison.results
        n_rows = len(found["strategy"])
        self.ax_ = ax = self._new_axes(n_rows) if ax is None else axes_of(ax)
        self.figure_ = ax.figure
        ax.axvline(0, color=INK, lw=0.8)
        left, right = self._limits()
        for y, row in enumerate(zip(*found.values(), strict=True)):
            self._draw(y, dict(zip(found, row, strict=True)), left, right)
        names, words = self._names()
        ax.set_yticks(range(n_rows), names)
        ax.set(xlim=(left, right), ylim=(n_rows - 0.5, -0.5), xlabel=words)
        self._write((1, -0.7), "better on", "p", colour=GREY)
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="x", alpha=0.25)
        ax.locator_params(axis="x", nbins=7)
        return self

    def _new_axes(self, n_rows):
        import matplotlib.pyplot as plt

        size = (6.4, 1.2 + HEIGHT * n_rows)
        return plt.subplots(figsize=size, layout="constrained")[1]

    def _limits(self):
        """Ends of the axis: all intervals, but for infinite ends, and zero."""
        found = self.comparison.results
        columns = ("difference", "difference_low", "difference_high")
        ends = np.concatenate([found[name] for name in columns])
        ends = np.append(ends[np.isfinite(ends)], 0.0)
        margin = 0.06 * np.ptp(ends) or 1.0
        return ends.min() - margin, ends.max() + margin

    def _draw(self, y, row, left, right):
        """Draw one comparison."""
        ax, comparison = self.ax_, self.comparison
        p = row["p_sign_flip_holm"]
        settled = p <= 1 - comparison.confidence_level + 1e-12
        colour = COLOURS[0] if settled else GREY
        low, high = np.clip(
            [row["difference_low"], row["difference_high"]], left, right
        )
        ax.plot([low, high], [y, y], color=colour, lw=2, solid_capstyle="butt")
        face = colour if settled else "white"
        ax.plot(row["difference"], y, "o", mfc=face, mec=colour, mew=1.8, ms=8)
        n = len(comparison.areas[row["strategy"]])
        self._write((1, y), f"{row['n_better']} of {n}", write_p(p))

    def _write(self, at, *words, colour=INK):
        """Write two columns to the right of the axes."""
        columns = zip(COLUMNS, words, ("right", "left"), strict=True)
        for place, text, side in columns:
            self.ax_.annotate(
                text,
                at,
                xycoords=("axes fraction", "data"),
                xytext=(place, 0),
                textcoords="offset points",
                ha=side,
                va="center",
                color=colour,
                fontsize=TEXT_SIZE,
                annotation_clip=False,
            )

    def _names(self):
        """Names of the rows, and what the axis shows."""
        found = self.comparison.results
        what = f"area under the {self.comparison.score.replace('_', ' ')} curve"
        baselines = set(found["baseline"])
        if len(baselines) == 1:
            return found["strategy"], f"{what}, difference to {baselines.pop()}"
        pairs = zip(found["strategy"], found["baseline"], strict=True)
        return [f"{a} over {b}" for a, b in pairs], f"{what}, difference"
