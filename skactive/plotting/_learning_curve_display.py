"""Learning curves, drawn; layer 7. Needs matplotlib, and only when it draws."""

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

NAME_GAP = 10.0  # between a line's end and its name, in points


class LearningCurveDisplay:
    """Learning curves of several strategies in one picture.

    A line for each strategy, a band for the spread over splits, and the name at the
    line's end in its colour. Where a target is given, marks show after how many labels
    half of the splits have reached it.

    Parameters
    ----------
    results : dict of str to LearningCurve, fitted StrategySearchCV or data frame
        Curves by the name of the strategy; or what ``to_frame()`` of a search gave,
        perhaps written to a file and read back.
    score : str, default=None
        Which score to draw; the first by default.
    average : {"median", "mean"}, default="median"
        What the line shows. The band goes from the lower to the upper quartile around
        a median, and one standard deviation to each side of a mean.
    targets : sequence of float, default=()
        Scores to reach, higher being better. A mark stands where half of the splits
        have reached the target, its number of labels on the axis below; ``>`` and the
        last number of labels where they have not. That is not where the median curve
        crosses it: splits go up and down, and reach it once.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where the curves were drawn.
    figure_ : matplotlib Figure
        The figure that holds it.
    lines_ : list of matplotlib Line2D
        One for each strategy.

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
        """Draw the curves of several strategies.

        Parameters
        ----------
        results : dict of str to LearningCurve, fitted StrategySearchCV or data frame
            Curves by the name of the strategy; see the class.
        score : str, default=None
            Which score to draw; the first by default.
        average : {"median", "mean"}, default="median"
            What the line shows; see the class.
        targets : sequence of float, default=()
            Scores to reach.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.
        xscale, yscale : str, default="linear"
            Scales of the axes, such as "log".

        Returns
        -------
        LearningCurveDisplay
            With the curves drawn.
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
        """Run strategies on labelled data, and draw their curves.

        Parameters
        ----------
        strategies : dict of str to QueryStrategy, or QueryStrategy
            Strategies by name, or one.
        X : array-like of n points
            All points.
        y : array-like of shape (n,)
            Their labels or values.
        X_test, y_test : array-likes, default=None
            One test set for all repetitions.
        score : str, default=None
            Which score to draw; the first by default.
        average : {"median", "mean"}, default="median"
            What the line shows; see the class.
        targets : sequence of float, default=()
            Scores to reach.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.
        xscale, yscale : str, default="linear"
            Scales of the axes, such as "log".
        **options : dict
            Those of `skactive.model_selection.StrategySearchCV`: ``n``, ``rounds``,
            ``cv``, ``scoring``, ``random_state`` and more.

        Returns
        -------
        LearningCurveDisplay
            With the curves drawn; its ``results`` is the fitted search.
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
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.
        xscale, yscale : str, default="linear"
            Scales of the axes, such as "log".

        Returns
        -------
        self : object
            With ``ax_``, ``figure_`` and ``lines_``.
        """
        if self.average not in ("median", "mean"):
            raise ValueError(f"average={self.average!r} is neither 'median' nor 'mean'")
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
        """Draw one strategy's line and band."""
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
        """Write each strategy's name at its line's end, none over another."""

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
    """Return the curve without splits that failed."""
    failed = ~np.isfinite(curve.scores).all(axis=1)
    if failed.all():
        raise ValueError(f"no split of {name} is finished: there is nothing to draw")
    if failed.any():
        warn_caller(
            f"{name} has no score in some rounds of splits "
            f"{curve.splits[failed].tolist()}, which are not drawn"
        )
    return curve._replace(scores=curve.scores[~failed], splits=curve.splits[~failed])


def _thin(line):
    """Join a name to the end of its line."""
    return {"arrowstyle": "-", "color": line.get_color(), "lw": 0.7, "shrinkB": 1}


def _summary(scores, average):
    """Line, lower and upper edge of the band: three arrays (rounds,)."""
    if average == "median":
        low, line, high = np.quantile(scores, [0.25, 0.5, 0.75], axis=0)
        return line, low, high
    ddof = min(1, len(scores) - 1)
    line, spread = np.mean(scores, axis=0), np.std(scores, axis=0, ddof=ddof)
    return line, line - spread, line + spread
