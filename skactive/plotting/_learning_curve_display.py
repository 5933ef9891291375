"""Plot of learning curves; layer 7. matplotlib is imported only when it draws."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from skactive._utils.warnings import warn_caller
from skactive.model_selection import StrategySearchCV
from skactive.model_selection.comparison._read_curves import read_curves
from skactive.plotting._style import (
    COLOURS,
    DASHES,
    POINTS,
    TEXT_SIZE,
    KeptApart,
    aside,
    axes_of,
    scale,
)
from skactive.plotting._target_marks import mark_targets

__all__ = ["LearningCurveDisplay"]

NAME_GAP = 10.0  # between the end of a line and its label, in points


class LearningCurveDisplay:
    """Learning curves of several strategies in one plot.

    Each strategy has a line, a band that shows the spread over splits, and its name at
    the end of the line in the same colour. If targets are given, markers show the
    number of labels with which half of the splits have reached them.

    Parameters
    ----------
    results : dict of str to LearningCurve, fitted StrategySearchCV or data frame
        Learning curves by name of the strategy; or the result of ``to_frame()`` of a
        search, which may have been written to a file and read back.
    score : str, default=None
        Name of the score to plot; the first one by default.
    average : {"median", "mean"}, default="median"
        What the line shows. The band covers the range between the quartiles around a
        median, and one standard deviation to each side of a mean.
    targets : sequence of float, default=()
        Target scores; higher is better. A marker shows where half of the splits have
        reached the target, with the number of labels written above the axis; if they
        have not, ``>`` and the last number of labels are written. Each target has its
        row of numbers, the lowest that of the lowest target. This is not where the
        median curve crosses the target: the number is taken when each split first
        reaches it.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes of the plot.
    figure_ : matplotlib Figure
        The figure of the plot.
    lines_ : list of matplotlib Line2D
        The line of each strategy.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import BALD, RandomSampling
    >>> from skactive.model_selection import active_learning_curve
    >>> from skactive.plotting import LearningCurveDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> forest = RandomForestClassifier(n_estimators=10, min_samples_leaf=2)
    >>> results = {
    ...     type(strategy).__name__: active_learning_curve(
    ...         strategy, X, y, n=5, rounds=2, cv=3, random_state=0
    ...     )
    ...     for strategy in (BALD(forest), RandomSampling(forest))
    ... }
    >>> display = LearningCurveDisplay.from_results(results)
    """

    def __init__(
        self,
        results: Any,
        *,
        score: str | None = None,
        average: str = "median",
        targets: Sequence[float] = (),
    ) -> None:
        self.results = results
        self.score = score
        self.average = average
        self.targets = targets

    @classmethod
    def from_results(
        cls,
        results: Any,
        *,
        score: str | None = None,
        average: str = "median",
        targets: Sequence[float] = (),
        ax: Any = None,
        xscale: str = "linear",
        yscale: str = "linear",
    ) -> Self:
        """Plot the learning curves of several strategies.

        Parameters
        ----------
        results : dict of str to LearningCurve, fitted StrategySearchCV or data frame
            Learning curves by name of the strategy; see the class.
        score : str, default=None
            Name of the score to plot; the first one by default.
        average : {"median", "mean"}, default="median"
            What the line shows; see the class.
        targets : sequence of float, default=()
            Target scores.
        ax : matplotlib Axes, default=None
            Axes to draw on; a new figure by default.
        xscale, yscale : str, default="linear"
            Scales of the axes, such as "log".

        Returns
        -------
        LearningCurveDisplay
            The display, drawn.
        """
        display = cls(results, score=score, average=average, targets=targets)
        return display.plot(ax, xscale=xscale, yscale=yscale)

    @classmethod
    def from_estimator(
        cls,
        strategies: Any,
        X: Any,
        y: ArrayLike,
        *,
        X_test: Any = None,
        y_test: Any = None,
        score: str | None = None,
        average: str = "median",
        targets: Sequence[float] = (),
        ax: Any = None,
        xscale: str = "linear",
        yscale: str = "linear",
        **options: Any,
    ) -> Self:
        """Run strategies on labelled data and plot their learning curves.

        Parameters
        ----------
        strategies : dict of str to QueryStrategy, or QueryStrategy
            Strategies by name, or a single one.
        X : array-like of n points
            All points, of which a strategy labels more and more.
        y : array-like of shape (n,)
            Labels or target values of the points.
        X_test, y_test : array-likes, default=None
            A fixed test set, used for all splits.
        score : str, default=None
            Name of the score to plot; the first one by default.
        average : {"median", "mean"}, default="median"
            What the line shows; see the class.
        targets : sequence of float, default=()
            Target scores.
        ax : matplotlib Axes, default=None
            Axes to draw on; a new figure by default.
        xscale, yscale : str, default="linear"
            Scales of the axes, such as "log".
        **options : dict
            Parameters of `skactive.model_selection.StrategySearchCV`: ``n``,
            ``rounds``, ``cv``, ``scoring``, ``random_state`` and others.

        Returns
        -------
        LearningCurveDisplay
            The display, drawn; its ``results`` is the fitted search.
        """
        search = StrategySearchCV(strategies, **options)
        return cls.from_results(
            search.fit(X, y, X_test=X_test, y_test=y_test),
            score=score,
            average=average,
            targets=targets,
            ax=ax,
            xscale=xscale,
            yscale=yscale,
        )

    def plot(
        self, ax: Any = None, *, xscale: str = "linear", yscale: str = "linear"
    ) -> Self:
        """Plot the learning curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; a new figure by default.
        xscale, yscale : str, default="linear"
            Scales of the axes, such as "log".

        Returns
        -------
        self : object
            The display, with ``ax_``, ``figure_`` and ``lines_`` set.
        """
        if self.average not in ("median", "mean"):
            raise ValueError(
                f"average must be 'median' or 'mean', but is {self.average!r}"
            )
        score, curves = read_curves(self.results, self.score)
        curves = {name: _finished(name, curve) for name, curve in curves.items()}
        ax = axes_of(ax)
        self.ax_, self.figure_ = ax, ax.figure
        self.lines_ = [self._draw(c, i) for i, c in enumerate(curves.values())]
        scale(ax, "x", xscale)
        scale(ax, "y", yscale)
        ax.set(xlabel="number of labels", ylabel=score.replace("_", " "))
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(axis="y", alpha=0.25)
        ax.margins(x=0)
        self._name_lines(curves)
        if len(self.targets):
            mark_targets(ax, self.targets, curves.values(), self.lines_)
        return self

    def _draw(self, curve, number):
        """Draw the line and the band of one strategy."""
        line, low, high = _summary(curve.scores, self.average)
        colour = COLOURS[number % len(COLOURS)]
        dash = DASHES[number // len(COLOURS) % len(DASHES)]
        if len(curve.scores) > 1:
            self.ax_.fill_between(
                curve.n_labels, low, high, color=colour, alpha=0.15, linewidth=0
            )
        return self.ax_.plot(
            curve.n_labels, line, color=colour, linestyle=dash, lw=1.8
        )[0]

    def _name_lines(self, curves):
        """Label each line at its end, without overlapping labels."""

        def ends():
            last = [line.get_xydata()[-1] for line in self.lines_]
            gap = NAME_GAP * self.figure_.dpi / POINTS
            return self.ax_.transData.transform(last) + np.array([gap, 0.0])

        places = KeptApart(ends, aside, self.figure_)
        for i, (name, line) in enumerate(zip(curves, self.lines_, strict=True)):
            self.ax_.annotate(
                name,
                line.get_xydata()[-1],
                xytext=(0, 0),
                textcoords=places.of(i),
                color=line.get_color(),
                fontsize=TEXT_SIZE,
                va="center",
                annotation_clip=False,
                arrowprops=_thin(line),
            )


def _finished(name, curve):
    """Drop the failed splits of a curve, with a warning."""
    failed = ~np.isfinite(curve.scores).all(axis=1)
    if failed.all():
        raise ValueError(
            f"every split of {name} has failed in some round: there is nothing to plot"
        )
    if failed.any():
        warn_caller(
            f"{name} has no score in some rounds of splits "
            f"{curve.splits[failed].tolist()}; these splits are not plotted"
        )
    return curve._replace(scores=curve.scores[~failed], splits=curve.splits[~failed])


def _thin(line):
    """Style of the thin line between a label and the end of its curve."""
    return {"arrowstyle": "-", "color": line.get_color(), "lw": 0.7, "shrinkB": 1}


def _summary(scores, average):
    """Return the line, and the lower and upper edge of its band: arrays (rounds,)."""
    if average == "median":
        low, line, high = np.quantile(scores, [0.25, 0.5, 0.75], axis=0)
        return line, low, high
    ddof = min(1, len(scores) - 1)  # a single split has a spread of 0, not NaN
    line, spread = np.mean(scores, axis=0), np.std(scores, axis=0, ddof=ddof)
    return line, line - spread, line + spread
