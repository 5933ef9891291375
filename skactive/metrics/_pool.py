"""The pool that is left: how uncertain, how far from any label; layer 5."""

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
        Predicted class probabilities of the n points of the pool, or draws of them,
        which are averaged over the k functions; NumPy array or tensor.

    Returns
    -------
    float
        Between 0, where every prediction is certain, and ``log(c)``.

    Raises
    ------
    ValueError
        If the predictions are no probabilities that sum to one.

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
    """Distance from the worst-off point to its nearest label [1]_.

    The radius of equal balls about the labelled points that cover all others: what
    core-sets make small.

    Parameters
    ----------
    X : array-like of n points
        The pool. With ``metric="precomputed"`` the table of shape (n, n_labelled) of
        the distances between its points and the labelled ones.
    X_labelled : array-like of n_labelled points
        What is labelled; None with ``metric="precomputed"``.
    metric : {"euclidean", "cosine", "precomputed"} or callable, default="euclidean"
        How far two points are apart. A callable takes two points, of any kind.

    Returns
    -------
    float
        The radius.

    Raises
    ------
    ValueError
        If nothing is labelled, or the metric is unknown.

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
            f"metric={metric!r} is not 'euclidean', 'cosine', 'precomputed' or callable"
        )
    if not n_rows(X):
        raise ValueError("X is empty: the pool has no radius")
    if not n_rows(X_labelled):
        raise ValueError("nothing is labelled: the radius would be infinite")
    return float(to_numpy(distances(X, X_labelled, metric).to_labelled()).max())


def _radius_of_table(d_nl):
    if d_nl.ndim != 2 or not d_nl.shape[0]:
        raise ValueError(
            f"X has shape {d_nl.shape}: a table of distances (n, n_labelled) is due"
        )
    if not d_nl.shape[1]:
        raise ValueError("nothing is labelled: the radius would be infinite")
    return float(d_nl.min(axis=1).max())
