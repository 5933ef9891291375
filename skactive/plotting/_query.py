"""What a strategy asks for in a plane, drawn; layer 5."""

import numpy as np
from sklearn.base import is_regressor

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import n_rows, take_rows
from skactive.plotting._style import (
    COLOURS,
    INK,
    MARKERS,
    TEXT_SIZE,
    KeptApart,
    axes_of,
)

__all__ = ["QueryDisplay"]

DISC = 13.0  # width of a pick's number, in points
CLEAR = 10.0  # between the middles of a number and of a labelled point
STEPS = 200  # of pushing numbers apart
MARGIN = 0.06  # around the points, of their extent
# light where points lie on the colour, dark where they have it
FIELD_COLOURS = ("#ffffff", "#e1e9f1", "#b4c8dc", "#7fa1c2")
DOT = "#5b6773"  # a point of the pool
POINT_COLOURS = ("#d5dfe9", "#7fa1c2", "#16436f")


class QueryDisplay:
    """What a strategy asks for among points of the plane, and why.

    The strategy's scores as a field, the pool, what is labelled by class, and the picks
    with their numbers, in order of selection. Picks that lie close together have their
    numbers beside them.

    Parameters
    ----------
    X_pool : array-like of shape (n_pool, 2)
        The pool.
    indices : array-like of int, shape (b,)
        The picks, in order.
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
        X_pool,
        indices,
        *,
        scores=None,
        field=None,
        X=None,
        y=None,
        name="score",
    ):
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
        strategy,
        X_pool,
        *,
        n=10,
        candidates=None,
        X=None,
        y=None,
        field="auto",
        grid_resolution=100,
        ax=None,
    ):
        """Ask a fitted strategy, and draw its answer.

        Parameters
        ----------
        strategy : QueryStrategy
            Fitted, or a pipeline that ends in one.
        X_pool : array-like of shape (n_pool, 2)
            The pool.
        n : int, default=10
            How many points to ask for.
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
        plane = _plane(X_pool, "X_pool")
        indices = strategy.query(X_pool, n, candidates=candidates)
        scores = strategy.score_samples(X_pool)
        if field == "auto":
            field = "grid" if _is_own(strategy, X_pool, scores) else "pool"
        every = plane if X is None else np.concatenate([plane, _plane(X, "X")])
        display = cls(
            X_pool,
            indices,
            scores=scores,
            field=_grid(strategy, X_pool, every, grid_resolution)
            if field == "grid"
            else None,
            X=X,
            y=None if is_regressor(strategy) else y,
            name=f"score of {_last(strategy)}",
        )
        return display.plot(ax)

    def plot(self, ax=None):
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
        self.ax_ = ax = axes_of(ax)
        self.figure_ = ax.figure
        plane = _plane(self.X_pool, "X_pool")
        self.surface_ = self._draw_scores(plane)
        if self.surface_ is not None:
            bar = self.figure_.colorbar(self.surface_, ax=ax, label=self.name, pad=0.02)
            bar.outline.set_visible(False)
        labelled = np.empty((0, 2)) if self.X is None else _plane(self.X, "X")
        if len(labelled):
            self._draw_labelled(labelled)
        self._draw_picks(plane[to_numpy(self.indices)], labelled)
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
        self.ax_.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=4,
            frameon=False,
            fontsize=TEXT_SIZE,
            handletextpad=0.1,
            columnspacing=1.0,
            borderaxespad=0.2,
        )

    def _draw_picks(self, picked, labelled):
        """Draw the picks, and their numbers on them or beside them."""
        self.ax_.scatter(*picked.T, color="black", s=12, linewidths=0, zorder=4)

        def anchors():
            return self.ax_.transData.transform(picked)

        def spread(points, pixels):
            fixed = self.ax_.transData.transform(labelled)
            return _discs_apart(points, pixels, fixed)

        places = KeptApart(anchors, spread, self.figure_)
        for i, point in enumerate(picked):
            self.ax_.annotate(
                f"{i + 1}",
                point,
                xytext=(0, 0),
                textcoords=places.of(i),
                ha="center",
                va="center",
                fontsize=TEXT_SIZE - 2,
                color="white",
                zorder=5,
                bbox={"boxstyle": _circle(i + 1), "fc": "black", "ec": "white"},
                arrowprops={"arrowstyle": "-", "lw": 0.8, "shrinkA": 0, "shrinkB": 0},
                annotation_clip=False,
            )


def _colours(stops):
    """Colours that run through a few."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("scores", stops)


def _circle(number):
    """Give a circle about a number that is as large for one digit as for two."""
    return f"circle,pad={0.4 if number < 10 else 0.2}"


def _plane(X, what):
    """Points of the plane as an array."""
    plane = to_numpy(X)
    if plane.ndim != 2 or plane.shape[1] != 2:
        raise ValueError(
            f"{what} has shape {plane.shape}: only points of the plane can be drawn"
        )
    return plane


def _last(strategy):
    """Name of a strategy, or of that at the end of a pipeline."""
    return type(getattr(strategy, "steps", [(None, strategy)])[-1][1]).__name__


def _is_own(strategy, X_pool, scores):
    """Whether the score of a point does not depend on the rest of the pool."""
    half = np.arange(n_rows(X_pool) // 2, n_rows(X_pool))
    if len(half) == n_rows(X_pool):
        return False
    alone = strategy.score_samples(take_rows(X_pool, half))
    return bool(np.allclose(alone, scores[half], rtol=1e-4, atol=1e-6, equal_nan=True))


def _grid(strategy, X_pool, plane, resolution):
    """Scores on a grid over all points, in the container that the pool is in."""
    low, high = plane.min(axis=0), plane.max(axis=0)
    margin = MARGIN * (high - low)
    sides = np.linspace(low - margin, high + margin, resolution).T
    xx0, xx1 = np.meshgrid(*sides)
    points = np.stack([xx0.ravel(), xx1.ravel()], axis=1).astype(plane.dtype)
    if hasattr(X_pool, "columns"):
        points = type(X_pool)(points, columns=X_pool.columns)
    return xx0, xx1, strategy.score_samples(points).reshape(xx0.shape)


def _discs_apart(points, pixels, fixed):
    """Push discs apart, and off what is fixed, from where they belong."""
    rng = np.random.default_rng(0)
    m, places = len(points), points + rng.normal(scale=0.2 * pixels, size=points.shape)
    widths = pixels * np.repeat([DISC, CLEAR], [m, len(fixed)])
    shares = np.repeat([0.5, 1.0], [m, len(fixed)])  # of the way: what is fixed stays
    for _ in range(STEPS):
        away = places[:, None] - np.concatenate([places, fixed])
        distance = np.sqrt((away**2).sum(axis=-1)) + 1e9 * np.eye(m, m + len(fixed))
        overlap = shares * np.maximum(0.0, widths - distance)
        push = (away / distance[..., None] * overlap[..., None]).sum(axis=1)
        places = places + push
        if not push.any():
            break
    return places
