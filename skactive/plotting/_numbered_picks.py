"""Numbers of the selected points, on the points or beside them; layer 7."""

from typing import Any

import numpy as np

from skactive.plotting._style import TEXT_SIZE, KeptApart

__all__ = ["discs_apart", "draw_picks"]

DISC = 13.0  # diameter of the disc with a number, in points
CLEAR = 10.0  # least distance from a number to a labelled point, in points
STEPS = 200  # maximum number of iterations in pushing discs apart


def draw_picks(ax: Any, picked: np.ndarray, labelled: np.ndarray) -> None:
    """Draw the selected points with their numbers, on them or beside them.

    Parameters
    ----------
    ax : matplotlib Axes
        Axes to draw on.
    picked, labelled : ndarray of shape (b, 2), (n_labelled, 2)
        The selected points, in order, and the labelled points, which their numbers
        must not cover.
    """
    ax.scatter(*picked.T, color="black", s=12, linewidths=0, zorder=4)

    def anchors():
        return ax.transData.transform(picked)

    def spread(points, pixels):
        return discs_apart(points, pixels, ax.transData.transform(labelled))

    places = KeptApart(anchors, spread, ax.figure)
    for i, point in enumerate(picked):
        _write_number(ax, i + 1, point, places.of(i))


def _write_number(ax, number, point, place):
    ax.annotate(
        f"{number}",
        point,
        xytext=(0, 0),
        textcoords=place,
        ha="center",
        va="center",
        fontsize=TEXT_SIZE - 2,
        color="white",
        zorder=5,
        bbox={"boxstyle": _circle(number), "fc": "black", "ec": "white"},
        arrowprops={"arrowstyle": "-", "lw": 0.8, "shrinkA": 0, "shrinkB": 0},
        annotation_clip=False,
    )


def _circle(number):
    """Box style of a number: a circle of equal size for one digit and for two."""
    return f"circle,pad={0.4 if number < 10 else 0.2}"


def discs_apart(points: np.ndarray, pixels: float, fixed: np.ndarray) -> np.ndarray:
    """Move overlapping discs apart, and away from fixed points.

    Parameters
    ----------
    points : ndarray of shape (m, 2)
        Preferred positions of the discs, in pixels.
    pixels : float
        Number of pixels per point, the unit of text sizes.
    fixed : ndarray of shape (l, 2)
        Points that do not move, in pixels.

    Returns
    -------
    ndarray of shape (m, 2)
        Positions of the discs.
    """
    # discs in the same place need a direction to move in
    rng = np.random.default_rng(0)
    m, places = len(points), points + rng.normal(scale=0.2 * pixels, size=points.shape)
    widths = pixels * np.repeat([DISC, CLEAR], [m, len(fixed)])
    # a disc yields all to a fixed point
    shares = np.repeat([0.5, 1.0], [m, len(fixed)])
    for _ in range(STEPS):
        # the diagonal is made large so that a disc does not repel itself
        away = places[:, None] - np.concatenate([places, fixed])
        distance = np.sqrt((away**2).sum(axis=-1)) + 1e9 * np.eye(m, m + len(fixed))
        overlap = shares * np.maximum(0.0, widths - distance)
        push = (away / distance[..., None] * overlap[..., None]).sum(axis=1)
        places = places + push
        if not push.any():
            break
    return places
