"""Picks with their numbers, on them or beside them; layer 7."""

from typing import Any

import numpy as np

from skactive.plotting._style import TEXT_SIZE, KeptApart

__all__ = ["discs_apart", "draw_picks"]

DISC = 13.0  # width of a pick's number, in points
CLEAR = 10.0  # between the middles of a number and of a labelled point
STEPS = 200  # of pushing numbers apart


def draw_picks(ax: Any, picked: np.ndarray, labelled: np.ndarray) -> None:
    """Draw the picks, and their numbers on them or beside them.

    Parameters
    ----------
    ax : matplotlib Axes
        Where to draw.
    picked, labelled : ndarray of shape (b, 2), (n_labelled, 2)
        The picks, in order, and the points that their numbers keep clear of.
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
    """Give a circle about a number that is as large for one digit as for two."""
    return f"circle,pad={0.4 if number < 10 else 0.2}"


def discs_apart(points: np.ndarray, pixels: float, fixed: np.ndarray) -> np.ndarray:
    """Push discs apart, and off what is fixed, from where they belong.

    Parameters
    ----------
    points : ndarray of shape (m, 2)
        Where the discs belong, in pixels.
    pixels : float
        Number of pixels in a point of text.
    fixed : ndarray of shape (l, 2)
        What does not move, in pixels.

    Returns
    -------
    ndarray of shape (m, 2)
        Where the discs are.
    """
    rng = np.random.default_rng(0)  # discs in one place need a way to go
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
