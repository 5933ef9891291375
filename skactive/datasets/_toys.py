"""Two-dimensional toy data sets from the papers; layer 0."""

from typing import Any

import numpy as np

__all__ = ["generator", "make_clusters", "make_quadrants", "make_three_moons"]


def generator(random_state: Any) -> np.random.Generator:
    """Turn an int, RandomState, Generator or None into a Generator."""
    if isinstance(random_state, np.random.RandomState):
        # Generator accepts no RandomState, but can be seeded by one
        random_state = random_state.randint(2**32, dtype=np.uint32)
    return np.random.default_rng(random_state)


def make_three_moons(
    n_samples: int = 600, noise: float = 0.12, *, random_state: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    """Generate three interleaving half circles with a third of the points on each.

    After figure 2 of the paper on balanced entropy [1]_.

    Parameters
    ----------
    n_samples : int, default=600
        Number of points.
    noise : float, default=0.12
        Standard deviation of the Gaussian noise added to the points.
    random_state : int, RandomState, Generator or None, default=None
        Seed or generator of the points.

    Returns
    -------
    X : ndarray of float32, shape (n_samples, 2)
        The points.
    y : ndarray of int64, shape (n_samples,)
        The half circle of each point: 0, 1 or 2.

    References
    ----------
    .. [1] Woo, "Active learning in Bayesian neural networks with balanced entropy
       learning principle", ICLR 2023.

    Examples
    --------
    >>> from skactive.datasets import make_three_moons
    >>> X, y = make_three_moons(random_state=0)
    >>> X.shape
    (600, 2)
    """
    rng = generator(random_state)
    y = np.arange(n_samples) % 3
    angle = np.pi * rng.random(n_samples)
    up = np.where(y == 1, -1, 1)
    X = np.stack([np.cos(angle) + y, up * np.sin(angle) + 0.4 * (y == 1)], axis=1)
    return (X + noise * rng.normal(size=(n_samples, 2))).astype(np.float32), y


def make_quadrants(
    n_samples: int = 700, *, random_state: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    """Generate points in the square [-1, 1]^2 whose class is their quadrant.

    As in figure 3 of the paper on doubt-weighted core-sets [1]_.

    Parameters
    ----------
    n_samples : int, default=700
        Number of points.
    random_state : int, RandomState, Generator or None, default=None
        Seed or generator of the points.

    Returns
    -------
    X : ndarray of shape (n_samples, 2)
        The points.
    y : ndarray of int64, shape (n_samples,)
        The quadrant of each point, 0 to 3.

    References
    ----------
    .. [1] "Improving greedy core-set configurations for active learning with
       uncertainty-scaled distances", under review, 2022.

    Examples
    --------
    >>> from skactive.datasets import make_quadrants
    >>> X, y = make_quadrants(random_state=0)
    >>> X.shape
    (700, 2)
    """
    X = generator(random_state).uniform(-1, 1, size=(n_samples, 2))
    return X, 2 * (X[:, 0] > 0) + (X[:, 1] > 0)


def make_clusters(
    n_samples: int = 1000, *, random_state: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    """Generate thirty small clusters around an ambiguous one, with five classes.

    Half of all points lie in the middle, where two classes overlap completely and
    uncertainty sampling wastes its labels. After figure 1 of the paper on
    doubt-weighted core-sets [1]_.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of points.
    random_state : int, RandomState, Generator or None, default=None
        Seed or generator of the points; the classes of the clusters are fixed.

    Returns
    -------
    X : ndarray of shape (n_samples, 2)
        The points.
    y : ndarray of int64, shape (n_samples,)
        The class of each point, 0 to 4.

    References
    ----------
    .. [1] "Improving greedy core-set configurations for active learning with
       uncertainty-scaled distances", under review, 2022.

    Examples
    --------
    >>> from skactive.datasets import make_clusters
    >>> X, y = make_clusters(random_state=0)
    >>> X.shape
    (1000, 2)
    """
    rng = generator(random_state)
    angles = np.linspace(0, 2 * np.pi, 15, endpoint=False)
    ring = np.c_[np.cos(angles), np.sin(angles)]
    centres = np.r_[3.4 * ring, 2.4 * ring]
    hopeless = rng.random(n_samples) < 0.5
    cluster = rng.integers(len(centres), size=n_samples)
    # a generator of its own: clusters have the same classes whatever the random_state
    classes = np.random.default_rng(0).integers(5, size=len(centres))
    y = np.where(hopeless, rng.integers(2, size=n_samples), classes[cluster])
    middle = np.where(hopeless[:, None], 0.0, centres[cluster])
    spread = np.where(hopeless, 0.6, 0.13)[:, None]
    return middle + spread * rng.normal(size=(n_samples, 2)), y
