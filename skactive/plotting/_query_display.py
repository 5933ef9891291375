"""What a strategy queries in a plane, drawn; layer 7."""

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

# light where points lie on the colour, dark where they have it
FIELD_COLOURS = ("#ffffff", "#e1e9f1", "#b4c8dc", "#7fa1c2")
DOT = "#5b6773"  # a point of the pool
LEGEND = {  # a row above the axes
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
    """What a strategy queries among points of the plane, and why.

    The strategy's scores as a field, the pool, what is labelled by class, and the picks
    with their numbers, in order of selection. Picks that lie close together have their
    numbers beside them.

    Parameters
    ----------
    X_pool : array-like or sparse matrix of shape (n_pool, 2)
        The pool.
    indices : array-like of int, shape (b,)
        The picks, in order: rows of `X_pool`.
    scores : array-like of shape (n_pool,), default=None
        What each point of the pool is worth on its own. Where there is no field, the
        points of the pool are coloured by it.
    field : tuple of ndarrays (xx0, xx1, scores) of shape (m, m), default=None
        Scores on a grid.
    X : array-like of shape (n_labelled, 2), default=None
        The labelled points.
    y : array-like of shape (n_labelled,), default=None
        Their classes; None where they are values, not classes.
    name : str, default="score"
        What the scores are called.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where the query was drawn.
    figure_ : matplotlib Figure
        The figure that holds it.
    surface_ : matplotlib artist
        The field, or else the coloured pool; None without scores.

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
        """Query a fitted strategy, and draw what it selects.

        Parameters
        ----------
        strategy : QueryStrategy
            Fitted, or a pipeline that ends in one.
        X_pool : array-like or sparse matrix of shape (n_pool, 2)
            The pool.
        n : int, default=10
            How many points to query.
        candidates : array of bool or int, default=None
            The points that may be chosen.
        X : array-like of shape (n_labelled, 2), default=None
            The labelled points, to be drawn as well.
        y : array-like of shape (n_labelled,), default=None
            Their labels.
        field : {"auto", "grid", "pool"}, default="auto"
            Where to show scores: on a grid over the plane, or at the points of the pool
            alone. "auto" takes the grid where half of the pool has the same scores as
            it has within the whole: where scores are a point's own. They are not for
            strategies that look at the whole pool, or add chance; nor where functions
            are drawn afresh each time, for want of a ``random_state``.
        grid_resolution : int, default=100
            Number of points of the grid to a side.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        QueryDisplay
            With the query drawn.

        Raises
        ------
        ValueError
            If the points are not in the plane, or an option is unknown.
        """
        if field not in ("auto", "grid", "pool"):
            raise ValueError(f"field={field!r} is not 'auto', 'grid' or 'pool'")
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
        """Draw the query.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure by default.

        Returns
        -------
        self : object
            With ``ax_``, ``figure_`` and ``surface_``.
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
        # of a data frame, whoever's it is
        names = getattr(self.X_pool, "columns", ("", ""))
        ax.set(xlabel=names[0], ylabel=names[1])
        ax.spines[:].set_visible(False)
        return self

    def _draw_scores(self, plane):
        """Draw the pool, and the scores as a field or as its colours."""
        if self.field is None and self.scores is not None:
            values = to_numpy(self.scores)
            order = np.argsort(values)  # the highest on top
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
        """Draw what is labelled, a colour and a form for each class."""
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
    """Colours that run through a few."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("scores", stops)


def _last(strategy):
    """Name of a strategy, or of that at the end of a pipeline."""
    last = strategy.steps[-1][1] if isinstance(strategy, Pipeline) else strategy
    return type(last).__name__
