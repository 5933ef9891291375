"""Markers where learning curves reach a target score; layer 7."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np

from skactive.metrics import labels_to_reach
from skactive.model_selection.comparison._read_curves import ScoredSplits
from skactive.plotting._style import (
    GAP,
    GREY,
    POINTS,
    TEXT_SIZE,
    KeptApart,
    along,
    halo,
)

__all__ = ["mark_targets"]

NUMBER_WIDTH = 26.0  # of the number of labels that is written, in points
NUMBER_SIZE = TEXT_SIZE - 1


class Mark(NamedTuple):
    """Point at which half of the splits of a strategy have reached a target."""

    n_labels: float  # infinite if they have not
    last: int  # number of labels at the end of the curve
    colour: Any


def mark_targets(
    ax: Any,
    targets: Sequence[float],
    curves: Collection[ScoredSplits],
    lines: Sequence[Any],
) -> None:
    """Mark the number of labels with which each strategy reaches each target.

    Parameters
    ----------
    ax : matplotlib Axes
        Axes of the learning curves.
    targets : sequence of float
        Target scores.
    curves : collection of ScoredSplits
        The learning curves.
    lines : sequence of matplotlib Line2D
        The lines of the curves.
    """
    for row, target in enumerate(sorted(set(targets))):
        ax.axhline(target, color=GREY, lw=0.8, ls=(0, (4, 3)), zorder=1)
        marks: list[Mark] = []
        for curve, line in zip(curves, lines, strict=True):
            n = _median_to_reach(curve, target)
            same = sum(other.n_labels == n for other in marks)
            marks.append(Mark(n, curve.n_labels[-1], line.get_color()))
            if np.isfinite(n):
                _drop(ax, marks[-1], target, same)
        _write_numbers(ax, marks, row)


def _median_to_reach(curve, target):
    """Number of labels with which half of the splits have reached a score."""
    labels = labels_to_reach(curve.n_labels, curve.scores, target)
    return np.quantile(labels, 0.5, method="inverted_cdf")


def _drop(ax, mark, target, same):
    """Draw a marker and a line to the axis; as a ring around `same` equal markers."""
    n, _, colour = mark
    face = "none" if same else "white"
    size = 6 + 4 * same
    ax.plot(n, target, "o", mfc=face, mec=colour, mew=1.6, ms=size)
    dotted = {"arrowstyle": "-", "color": colour, "lw": 0.8, "ls": ":", "shrinkA": 0}
    ax.annotate(
        "",
        (n, target),
        xytext=(n, 0),
        textcoords=("data", "axes fraction"),
        arrowprops={**dotted, "shrinkB": size / 2},
    )


def _write_numbers(ax, marks, row):
    """Write the numbers of labels of a target in a row above the axis."""

    def feet():
        points = [(min(mark.n_labels, mark.last), 0.015) for mark in marks]
        x, y = ax.get_xaxis_transform().transform(points).T
        return np.stack([x, y + row * line * ax.figure.dpi / POINTS], axis=1)

    line = GAP * NUMBER_SIZE
    places = KeptApart(feet, along(NUMBER_WIDTH), ax.figure)
    for i, (n, last, colour) in enumerate(marks):
        ax.annotate(
            f"{n:.0f}" if np.isfinite(n) else f">{last}",
            (last, 0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 0),
            textcoords=places.of(i),
            color=colour,
            fontsize=NUMBER_SIZE,
            ha="center",
            path_effects=halo(),
            annotation_clip=False,
        )
