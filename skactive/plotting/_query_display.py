"""Plot of what a strategy queries in two dimensions; layer 7."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import is_regressor
from sklearn.pipeline import Pipeline

from skactive._utils.array import to_numpy
from skactive.plotting._numbered_picks import draw_picks
from skactive.plotting._plane import as_plane, check_picks, score_field
from skactive.plotting._style import COLOURS, INK, MARKERS, TEXT_SIZE, axes_of

__all__ = ["QueryDisplay"]

# light where points are drawn on top of the colours, dark where points carry them
FIELD_COLOURS = ("#ffffff", "#e1e9f1", "#b4c8dc", "#7fa1c2")
DOT = "#5b6773"  # a point of the pool
LEGEND = {  # one row above the axes
    "loc": "lower left",
    "bbox_to_anchor": (0, 1),
    "ncols": 4,
    "frameon": False,
    "fontsize": TEXT_SIZE,
    "handletextpad": 0.1,
    "columnspacing": 1.0,
    "borderaxespad": 0.2,
}
POINT_COLOURS = ("#d5dfe9", "#7fa1c2", "#16436f")


class QueryDisplay:
    """Query of a strategy on two-dimensional points, with its scores.

    The plot shows the scores as filled contours, the pool, the labelled points by
    class, and the selected points numbered in order of selection. Numbers of points
    that lie close together are placed beside them.

    Parameters
    ----------
    X_pool : array-like or sparse matrix of shape (n_pool, 2)
        The pool.
    indices : array-like of int, shape (b,)
        Selected points, in order: rows of `X_pool`.
    scores : array-like of shape (n_pool,), default=None
        Score of each point in the pool. If `field` is None, the points are coloured by
        their scores.
    field : tuple of ndarrays (xx0, xx1, scores) of shape (m, m), default=None
        Scores on a grid, shown as contours: coordinates and scores.
    X : array-like of shape (n_labelled, 2), default=None
        The labelled points.
    y : array-like of shape (n_labelled,), default=None
        Classes of the labelled points; None for regression targets.
    name : str, default="score"
        Label of the scores.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes of the plot.
    figure_ : matplotlib Figure
        The figure of the plot.
    surface_ : matplotlib artist
        The contours, or the coloured points of the pool; None without scores.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import BALD
    >>> from skactive.plotting import QueryDisplay
    >>> X, y = make_moons(200, noise=0.2, random_state=0)
    >>> forest = RandomForestClassifier(20, min_samples_leaf=2)
    >>> strategy = BALD(forest, random_state=0).fit(X[:20], y[:20])
    >>> display = QueryDisplay.from_estimator(
    ...     strategy, X[20:], n=5, X=X[:20], y=y[:20], grid_resolution=20
    ... )
    >>> display.indices.shape
    (5,)
    """

    def __init__(
        self,
        X_pool: Any,
        indices: ArrayLike,
        *,
        scores: ArrayLike | None = None,
        field: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None,
        X: Any = None,
        y: ArrayLike | None = None,
        name: str = "score",
    ) -> None:
        self.X_pool = X_pool
        self.indices = indices
        self.scores = scores
        self.field = field
        self.X = X
        self.y = y
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        strategy: Any,
        X_pool: Any,
        *,
        n: int = 10,
        candidates: ArrayLike | None = None,
        X: Any = None,
        y: ArrayLike | None = None,
        field: str = "auto",
        grid_resolution: int = 100,
        ax: Any = None,
    ) -> Self:
        """Query a fitted strategy and plot what it selects.

        Parameters
        ----------
        strategy : QueryStrategy
            Fitted strategy, or a pipeline that ends in one.
        X_pool : array-like or sparse matrix of shape (n_pool, 2)
            The pool.
        n : int, default=10
            Number of points to query.
        candidates : array of bool or int, default=None
            Mask or indices of the points that may be selected; all by default.
        X : array-like of shape (n_labelled, 2), default=None
            The labelled points, which are then shown too.
        y : array-like of shape (n_labelled,), default=None
            Labels of the labelled points.
        field : {"auto", "grid", "pool"}, default="auto"
            Where to show scores: on a grid over the plane, or only at the points of the
            pool. "auto" chooses the grid if the scores of half of the pool do not
            depend on the other half. They do for strategies that take the whole pool
            into account or add noise, and for functions that are sampled anew each time
            because no ``random_state`` is set.
        grid_resolution : int, default=100
            Number of grid points per side.
        ax : matplotlib Axes, default=None
            Axes to draw on; a new figure by default.

        Returns
        -------
        QueryDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If the points do not have two features, or an option is invalid.
        """
        if field not in ("auto", "grid", "pool"):
            raise ValueError(
                f"field must be 'auto', 'grid' or 'pool', but is {field!r}"
            )
        every = [as_plane(X_pool, "X_pool")]
        every += [] if X is None else [as_plane(X, "X")]
        indices = strategy.query(X_pool, n, candidates=candidates)
        scores = strategy.score_samples(X_pool)
        extent = np.concatenate(every)
        display = cls(
            X_pool,
            indices,
            scores=scores,
            field=score_field(strategy, X_pool, scores, extent, field, grid_resolution),
            X=X,
            y=None if is_regressor(strategy) else y,
            name=f"score of {_last(strategy)}",
        )
        return display.plot(ax)

    def plot(self, ax: Any = None) -> Self:
        """Plot the query.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; a new figure by default.

        Returns
        -------
        self : object
            The display, with ``ax_``, ``figure_`` and ``surface_`` set.
        """
        plane = as_plane(self.X_pool, "X_pool")
        picks = check_picks(self.indices, len(plane))
        self.ax_ = ax = axes_of(ax)
        self.figure_ = ax.figure
        self.surface_ = self._draw_scores(plane)
        if self.surface_ is not None:
            bar = self.figure_.colorbar(self.surface_, ax=ax, label=self.name, pad=0.02)
            bar.outline.set_visible(False)
        labelled = np.empty((0, 2)) if self.X is None else as_plane(self.X, "X")
        if len(labelled):
            self._draw_labelled(labelled)
        draw_picks(ax, plane[picks], labelled)
        # data frames of any library have column names
        names = getattr(self.X_pool, "columns", ("", ""))
        ax.set(xlabel=names[0], ylabel=names[1])
        ax.spines[:].set_visible(False)
        return self

    def _draw_scores(self, plane):
        """Draw the pool, and its scores as contours or as colours of the points."""
        if self.field is None and self.scores is not None:
            values = to_numpy(self.scores)
            order = np.argsort(values, kind="stable")  # draw the highest scores on top
            return self.ax_.scatter(
                *plane[order].T,
                c=values[order],
                cmap=_colours(POINT_COLOURS),
                s=18,
                linewidths=0,
                zorder=2,
            )
        self.ax_.scatter(*plane.T, c=DOT, s=7, alpha=0.55, linewidths=0, zorder=2)
        if self.field is None:
            return None
        *xy, values = self.field
        values = np.ma.masked_invalid(values)
        return self.ax_.contourf(*xy, values, 12, cmap=_colours(FIELD_COLOURS))

    def _draw_labelled(self, plane):
        """Draw the labelled points, with a colour and a marker for each class."""
        look = {"s": 55, "edgecolors": "white", "linewidths": 0.9, "zorder": 3}
        if self.y is None:
            self.ax_.scatter(*plane.T, color=INK, marker="s", label="labelled", **look)
        else:
            y = to_numpy(self.y)
            for i, label in enumerate(np.unique(y)):
                self.ax_.scatter(
                    *plane[y == label].T,
                    color=COLOURS[(i + 1) % len(COLOURS)],
                    marker=MARKERS[(i + 1) % len(MARKERS)],
                    label=f"labelled {label}",
                    **look,
                )
        self.ax_.legend(**LEGEND)


def _colours(stops):
    """Make a colour map that interpolates between a few colours."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("scores", stops)


def _last(strategy):
    """Class name of a strategy, or of the last step of a pipeline."""
    last = strategy.steps[-1][1] if isinstance(strategy, Pipeline) else strategy
    return type(last).__name__
