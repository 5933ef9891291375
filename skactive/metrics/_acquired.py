"""Metrics of the acquired points: diversity, classes and uncertainty; layer 5."""

import numpy as np
from numpy.typing import ArrayLike

from skactive._utils.array import Array, to_numpy
from skactive.information import conditional_entropy, entropy, mutual_information
from skactive.metrics._checks import check_probabilities

__all__ = ["acquired_uncertainty", "batch_diversity", "class_counts", "class_entropy"]


def batch_diversity(p_bc: Array, *, eps: float = 1e-7) -> float:
    """Mean symmetric KL divergence between the predictions for a batch, in nats [1]_.

    The mean of ``KL(p || q) + KL(q || p)`` over all pairs of points in the batch. It is
    high if the model confidently predicts different classes, as for a random batch, and
    zero if all predictions are the same.

    Parameters
    ----------
    p_bc : array-like of shape (b, c)
        Predicted class probabilities of the b points in a batch, by the model that
        queried them; NumPy array or tensor.
    eps : float, default=1e-7
        Lower bound to which probabilities are clipped, as the divergence is infinite
        where one of two predictions is zero.

    Returns
    -------
    float
        The diversity.

    Raises
    ------
    ValueError
        If there are fewer than two points, or a row is not a probability distribution.

    References
    ----------
    .. [1] "Active learning in CNNs via expected improvement maximization", under
       review, 2021, section 5.3.

    Examples
    --------
    >>> from skactive.metrics import batch_diversity
    >>> batch_diversity([[0.9, 0.1], [0.1, 0.9]])
    3.515...
    >>> batch_diversity([[0.9, 0.1], [0.9, 0.1]])
    0.0
    """
    p_bc = to_numpy(p_bc)
    if p_bc.ndim != 2 or len(p_bc) < 2:
        raise ValueError(
            f"p_bc has shape {p_bc.shape}, but the diversity of a batch needs "
            "predictions of shape (b, c) for two points or more"
        )
    check_probabilities(p_bc, "p_bc", "(b, c)")
    p_bc = np.clip(p_bc.astype(np.float64), eps, 1.0)
    # sum_c (p - q)(log p - log q) over all pairs is twice a sample covariance. It is
    # computed relative to the first point, because the mean of equal numbers may differ
    # from them by rounding, and the diversity of equal predictions must be exactly 0
    away_bc, log_bc = p_bc - p_bc[0], np.log(p_bc) - np.log(p_bc[0])
    centred_bc = away_bc - away_bc.mean(axis=0)
    return float(2 * (centred_bc * log_bc).sum() / (len(p_bc) - 1))


def class_counts(y: ArrayLike, classes: ArrayLike) -> np.ndarray:
    """Count the acquired labels of each class.

    Parameters
    ----------
    y : array-like of shape (..., n)
        Labels of the acquired points, such as ``y[curve.indices]``.
    classes : array-like of shape (c,)
        All classes, including those that were never acquired.

    Returns
    -------
    ndarray of int, shape (..., c)
        Number of labels of each class, for each leading index of `y`.

    Raises
    ------
    ValueError
        If a label is not one of the classes, or a class is repeated.

    Examples
    --------
    >>> from skactive.metrics import class_counts
    >>> class_counts(["cat", "dog", "cat"], classes=["ant", "cat", "dog"])
    array([0, 2, 1])
    """
    y, classes = np.asarray(y), np.asarray(classes)
    if y.ndim < 1 or classes.ndim != 1:
        raise ValueError(
            "y must have shape (..., n) and classes (c,), but they have shapes "
            f"{y.shape} and {classes.shape}"
        )
    if len(np.unique(classes)) < len(classes):
        raise ValueError(f"classes must not be repeated, but are {classes.tolist()}")
    is_class = y[..., None] == classes
    if not is_class.any(axis=-1).all():
        strange = y[~is_class.any(axis=-1)][0]
        raise ValueError(
            f"y contains the label {strange}, which is not one of the classes "
            f"{classes.tolist()}"
        )
    return is_class.sum(axis=-2)


def class_entropy(y: ArrayLike, classes: ArrayLike) -> np.ndarray:
    """Entropy of the class distribution of the acquired labels, in nats [1]_.

    It is ``log(len(classes))`` if all classes were acquired equally often, and 0 if
    only one was. A strategy that neglects classes shows a low entropy before its
    accuracy suffers.

    Parameters
    ----------
    y : array-like of shape (..., n)
        Labels acquired so far, such as ``y[curve.indices]``.
    classes : array-like of shape (c,)
        All classes.

    Returns
    -------
    float or ndarray of shape (...)
        The entropy, for each leading index of `y`.

    Raises
    ------
    ValueError
        If a label is not one of the classes, or `y` is empty.

    References
    ----------
    .. [1] Kirsch, van Amersfoort and Gal, "BatchBALD: efficient and diverse batch
       acquisition for deep Bayesian active learning", NeurIPS 2019, figure 8.

    Examples
    --------
    >>> from skactive.metrics import class_entropy
    >>> float(class_entropy(["cat", "dog"], classes=["ant", "cat", "dog"]))
    0.693...
    """
    counts = class_counts(y, classes)
    if not np.asarray(y).shape[-1]:
        raise ValueError("y is empty: the entropy needs at least one label")
    return entropy(counts / counts.sum(axis=-1, keepdims=True))


def acquired_uncertainty(p_bkc: Array) -> tuple[float, float]:
    """Split the uncertainty of acquired points into epistemic and aleatoric, in nats.

    The *epistemic* part is the information that labels carry about the model: BALD's
    mutual information [1]_. The *aleatoric* part is the entropy that remains if the
    model is known: the noise of the labels. They add up to the entropy of the mean
    prediction. The aleatoric part is large for a strategy that queries noisy points.

    Parameters
    ----------
    p_bkc : array of shape (b, k, c)
        Draws: class probabilities of the b acquired points under k sampled functions.

    Returns
    -------
    epistemic : float
        Mean `skactive.information.mutual_information` over the points.
    aleatoric : float
        Mean `skactive.information.conditional_entropy` over the points.

    Raises
    ------
    ValueError
        If the draws are not probability distributions.

    References
    ----------
    .. [1] Houlsby, Huszár, Ghahramani and Lengyel, "Bayesian active learning for
       classification and preference learning", 2011.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.metrics import acquired_uncertainty
    >>> draws_disagree = [[1.0, 0.0], [0.0, 1.0]]
    >>> acquired_uncertainty(np.array([draws_disagree]))
    (0.693..., 0.0)
    >>> a_coin = [[0.5, 0.5], [0.5, 0.5]]
    >>> acquired_uncertainty(np.array([a_coin]))
    (0.0, 0.693...)
    """
    check_probabilities(p_bkc, "p_bkc", "(b, k, c)")
    epistemic_b, aleatoric_b = mutual_information(p_bkc), conditional_entropy(p_bkc)
    return float(epistemic_b.mean()), float(aleatoric_b.mean())
