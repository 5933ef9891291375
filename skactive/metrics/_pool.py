"""Metrics of the unlabelled pool: its uncertainty, its coverage; layer 5."""

from collections.abc import Callable
from typing import Any

import numpy as np

from skactive._utils.array import Array, namespace, to_numpy
from skactive._utils.scikit_learn import n_rows
from skactive.information import entropy
from skactive.metrics._checks import check_probabilities
from skactive.objectives import distances

__all__ = ["core_set_radius", "mean_posterior_entropy"]


def mean_posterior_entropy(p: Array) -> float:
    """Mean entropy of the predictions for a pool, in nats [1]_.

    Parameters
    ----------
    p : array of shape (n, c) or (n, k, c)
        Predicted class probabilities of the n points in the pool, or draws of them,
        which are averaged over the k functions; NumPy array or tensor.

    Returns
    -------
    float
        Between 0, if every prediction is certain, and ``log(c)``.

    Raises
    ------
    ValueError
        If the predictions are not probability distributions.

    References
    ----------
    .. [1] Jain, Liu and Gifford, "Information Condensing Active Learning", 2020,
       figure 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.metrics import mean_posterior_entropy
    >>> mean_posterior_entropy(np.array([[0.5, 0.5], [1.0, 0.0]]))
    0.346...
    """
    check_probabilities(p, "p", "(n, c) or (n, k, c)")
    p_nc = p if p.ndim == 2 else namespace(p).mean(p, axis=1)
    return float(entropy(p_nc).mean())


def core_set_radius(
    X: Any, X_labelled: Any, *, metric: str | Callable = "euclidean"
) -> float:
    """Largest distance of any point to its nearest labelled point [1]_.

    This is the smallest radius with which balls around the labelled points cover the
    pool: the objective that core-set selection minimizes.

    Parameters
    ----------
    X : array-like of n points
        The pool, or with ``metric="precomputed"`` the distances between its points and
        the labelled points, of shape (n, n_labelled).
    X_labelled : array-like of n_labelled points
        The labelled points; None with ``metric="precomputed"``.
    metric : {"euclidean", "cosine", "precomputed"} or callable, default="euclidean"
        Distance between points. A callable takes two points, of any type.

    Returns
    -------
    float
        The radius.

    Raises
    ------
    ValueError
        If no point is labelled, or the metric is unknown.

    References
    ----------
    .. [1] Sener and Savarese, "Active learning for convolutional neural networks: a
       core-set approach", ICLR 2018, section 4.

    Examples
    --------
    >>> from skactive.metrics import core_set_radius
    >>> core_set_radius([[0.0], [1.0], [5.0]], [[0.0], [4.0]])
    1.0
    """
    if isinstance(metric, str) and metric == "precomputed":
        return _radius_of_table(np.asarray(X))
    if not callable(metric) and metric not in ("euclidean", "cosine"):
        raise ValueError(
            "metric must be 'euclidean', 'cosine', 'precomputed' or callable, but is "
            f"{metric!r}"
        )
    if not n_rows(X):
        raise ValueError("X is empty: pass the pool, with at least one point")
    if not n_rows(X_labelled):
        raise ValueError("X_labelled is empty: without a label the radius is infinite")
    return float(to_numpy(distances(X, X_labelled, metric).to_labelled()).max())


def _radius_of_table(d_nl):
    if d_nl.ndim != 2 or not d_nl.shape[0]:
        raise ValueError(
            "with metric='precomputed' X must hold distances of shape (n, "
            f"n_labelled), but has shape {d_nl.shape}"
        )
    if not d_nl.shape[1]:
        raise ValueError("X has no columns: without a label the radius is infinite")
    return float(d_nl.min(axis=1).max())
