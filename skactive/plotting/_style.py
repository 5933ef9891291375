"""Common style of all plots, and placement of text without overlaps; layer 7."""

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = [
    "COLOURS",
    "DASHES",
    "GREY",
    "INK",
    "MARKERS",
    "POINTS",
    "TEXT_SIZE",
    "KeptApart",
    "along",
    "apart",
    "as_rows",
    "aside",
    "axes_of",
    "halo",
    "scale",
]

# The colours of Okabe and Ito can be told apart with any kind of colour vision. Yellow
# is left out: it is too faint for a line
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("-", "--", ":", "-.")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
INK, GREY = "#1f2933", "#8a94a0"
TEXT_SIZE = 9.0  # in points
GAP = 1.25  # between lines of text, relative to the text size
POINTS = 72  # per inch


def as_rows(ax: Any, n_rows: int) -> None:
    """Style axes on which rows with names are drawn from top to bottom."""
    ax.set_ylim(n_rows - 0.5, -0.5)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", alpha=0.25)


def axes_of(ax: Any) -> Any:
    """Return the axes to draw on: `ax`, or those of a new figure if it is None."""
    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.subplots(layout="constrained")[1]
    return ax


def scale(ax: Any, which: str, name: str) -> None:
    """Set the scale of axis "x" or "y"; a log one gets plain numbers at 1, 2 and 5."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    ax.set(**{f"{which}scale": name})
    if name == "log":
        axis = {"x": ax.xaxis, "y": ax.yaxis}[which]
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.set_minor_formatter(NullFormatter())


def halo() -> list:
    """Path effects that give text a white outline, legible on any background."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.5, foreground="white")]


class KeptApart:
    """Positions of texts that do not overlap, recomputed whenever they are drawn.

    Fixed positions would overlap after a change of scale, limits or figure size. Use
    ``annotate(..., textcoords=places.of(i))`` to place text i at its current position.

    Parameters
    ----------
    anchors : callable
        Returns the preferred positions of the texts, (m, 2), in pixels.
    spread : callable
        ``spread(points, pixels)`` moves positions (m, 2) apart, given the number of
        pixels per point, the unit of text sizes.
    figure : matplotlib Figure
        The figure that contains the texts.
    """

    def __init__(self, anchors: Callable, spread: Callable, figure: Any) -> None:
        self.anchors, self.spread, self.figure = anchors, spread, figure
        self._known: tuple = None, None

    def of(self, i: int) -> Callable:
        """Return the position of text `i` in the form that ``textcoords`` takes."""

        def place(renderer):
            from matplotlib.transforms import Affine2D

            return Affine2D().translate(*self.places()[i])

        return place

    def places(self) -> np.ndarray:
        """Return the positions of all texts: (m, 2), in pixels."""
        points, pixels = self.anchors(), self.figure.dpi / POINTS
        # matplotlib asks for every text at every draw: move them apart once per layout
        key = points.tobytes(), pixels
        if self._known[0] != key:
            self._known = key, self.spread(points, pixels)
        return self._known[1]


def aside(points: np.ndarray, pixels: float) -> np.ndarray:
    """Move points vertically, as little as possible, so that lines of text fit."""
    heights = apart(points[:, 1], GAP * TEXT_SIZE * pixels)
    return np.stack([points[:, 0], heights], axis=1)


def along(width: float) -> Callable:
    """Move points horizontally, as little as possible, so that texts of `width` fit."""

    def spread(points, pixels):
        x = apart(points[:, 0], width * pixels)
        return np.stack([x, points[:, 1]], axis=1)

    return spread


def apart(heights: np.ndarray, gap: float) -> np.ndarray:
    """Move heights at least `gap` apart, as little as possible and keeping their order.

    The least-squares solution: isotonic regression of height - rank * gap, by pooling
    adjacent violators.
    """
    order = np.argsort(heights, kind="stable")
    groups: list[list] = []  # pooled neighbours: [sum of (height - rank * gap), number]
    for place, height in enumerate(heights[order]):
        groups.append([height - place * gap, 1])
        while len(groups) > 1 and _mean(groups[-2]) > _mean(groups[-1]):
            total, number = groups.pop()
            groups[-1][0] += total
            groups[-1][1] += number
    base = np.repeat([_mean(group) for group in groups], [g[1] for g in groups])
    moved = np.empty_like(heights)
    moved[order] = base + gap * np.arange(len(heights))
    return moved


def _mean(group):
    return group[0] / group[1]
