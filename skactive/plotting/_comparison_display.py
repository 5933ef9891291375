"""Forest plot of the differences between strategies; layer 7."""

from typing import Any, Self

import numpy as np

from skactive.model_selection import CurveComparison, compare_curves
from skactive.model_selection.comparison._curve_comparison import (
    significance_level,
    write_p,
)
from skactive.plotting._style import COLOURS, GREY, INK, TEXT_SIZE, as_rows, axes_of

__all__ = ["ComparisonDisplay"]

HEIGHT = 0.45  # of a row, in inches
COLUMNS = 56, 66  # right edge and left edge of the text columns, in points off the axes


class ComparisonDisplay:
    """Forest plot: differences between strategies with confidence intervals.

    There is one row per comparison, with the mean difference in area under the learning
    curve, its confidence interval, the number of splits on which the strategy is
    better, and the corrected p-value of the sign-flip test. Significant differences are
    filled and in colour.

    Parameters
    ----------
    comparison : CurveComparison
        Result of `skactive.model_selection.compare_curves`.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes of the plot.
    figure_ : matplotlib Figure
        The figure of the plot.

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
        """Compare learning curves and plot the differences.

        Parameters
        ----------
        results : dict of str to LearningCurve, fitted StrategySearchCV or data frame
            Learning curves by name of the strategy.
        ax : matplotlib Axes, default=None
            Axes to draw on; a new figure by default.
        **options : dict
            Parameters of `skactive.model_selection.compare_curves`, such as
            ``baseline``.

        Returns
        -------
        ComparisonDisplay
            The display, drawn.
        """
        return cls(compare_curves(results, **options)).plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Plot the comparisons from top to bottom.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; a new figure by default.

        Returns
        -------
        self : object
            The display, with ``ax_`` and ``figure_`` set.
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
        ax.set(xlim=(left, right), xlabel=words)
        as_rows(ax, n_rows)
        self._write((1, -0.7), "better on", "p", colour=GREY)
        ax.locator_params(axis="x", nbins=7)
        return self

    def _new_axes(self, n_rows):
        import matplotlib.pyplot as plt

        size = (6.4, 1.2 + HEIGHT * n_rows)
        return plt.subplots(figsize=size, layout="constrained")[1]

    def _limits(self):
        """Limits of the axis: all finite ends of intervals, and zero, with a margin."""
        found = self.comparison.results
        columns = ("difference", "difference_low", "difference_high")
        ends = np.concatenate([found[name] for name in columns])
        ends = np.append(ends[np.isfinite(ends)], 0.0)
        margin = 0.06 * np.ptp(ends) or 1.0
        return ends.min() - margin, ends.max() + margin

    def _draw(self, y, row, left, right):
        """Draw the row of one comparison."""
        ax, comparison = self.ax_, self.comparison
        p = row["p_sign_flip_holm"]
        significant = p <= significance_level(comparison.confidence_level)
        colour = COLOURS[0] if significant else GREY
        low, high = np.clip(
            [row["difference_low"], row["difference_high"]], left, right
        )
        ax.plot([low, high], [y, y], color=colour, lw=2, solid_capstyle="butt")
        face = colour if significant else "white"
        ax.plot(row["difference"], y, "o", mfc=face, mec=colour, mew=1.8, ms=8)
        n = len(comparison.areas[row["strategy"]])
        self._write((1, y), f"{row['n_better']} of {n}", write_p(p))

    def _write(self, at, *words, colour=INK):
        """Write two columns of text to the right of the axes."""
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
        """Names of the rows, and the label of the axis."""
        found = self.comparison.results
        what = f"area under the {self.comparison.score.replace('_', ' ')} curve"
        baselines = set(found["baseline"])
        if len(baselines) == 1:
            return found["strategy"], f"{what}, difference to {baselines.pop()}"
        pairs = zip(found["strategy"], found["baseline"], strict=True)
        return [f"{a} over {b}" for a, b in pairs], f"{what}, difference"
