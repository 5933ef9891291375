"""The acquired points: how diverse, of which classes, how uncertain; layer 5."""

import numpy as np
from numpy.typing import ArrayLike

from skactive._utils.array import Array, to_numpy
from skactive.information import conditional_entropy, entropy, mutual_information
from skactive.metrics._checks import check_probabilities

__all__ = ["acquired_uncertainty", "batch_diversity", "class_counts", "class_entropy"]


def batch_diversity(p_bc: Array, *, eps: float = 1e-7) -> float:
    """Mean symmetric divergence between the predictions of a batch, in nats [1]_.

    Over all pairs of points of the batch, the mean of ``KL(p || q) + KL(q || p)``. It
    is high where the model predicts different classes with confidence, as it does for a
    random batch; zero where all predictions are the same.

    Parameters
    ----------
    p_bc : array-like of shape (b, c)
        Predicted class probabilities of the b points of a batch, as the model that
        asked for them saw them; NumPy array or tensor.
    eps : float, default=1e-7
        Probabilities are clipped from below to this: the divergence from a class held
        impossible is infinite.

    Returns
    -------
    float
        The diversity.

    Raises
    ------
    ValueError
        If there are fewer than two points, which have no pairs, or rows are no
        probabilities that sum to one.

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
            f"p_bc has shape {p_bc.shape}: the diversity of a batch needs predictions "
            "(b, c) of two points or more"
        )
    check_probabilities(p_bc, "p_bc", "(b, c)")
    p_bc = np.clip(p_bc.astype(np.float64), eps, 1.0)
    # sum_c (p - q)(log p - log q), over all pairs: twice a sample covariance. Measured
    # from the first point: the mean of equal numbers may be rounded off them
    away_bc, log_bc = p_bc - p_bc[0], np.log(p_bc) - np.log(p_bc[0])
    centred_bc = away_bc - away_bc.mean(axis=0)
    return float(2 * (centred_bc * log_bc).sum() / (len(p_bc) - 1))


def class_counts(y: ArrayLike, classes: ArrayLike) -> np.ndarray:
    """Count how many labels of each class were acquired.

    Parameters
    ----------
    y : array-like of shape (..., n)
        Labels of what was acquired, such as ``y[curve.indices]``.
    classes : array-like of shape (c,)
        All classes, those never acquired as well.

    Returns
    -------
    ndarray of int, shape (..., c)
        The histogram, for each leading index of `y`.

    Raises
    ------
    ValueError
        If a label is none of the classes, or a class is named twice.

    Examples
    --------
    >>> from skactive.metrics import class_counts
    >>> class_counts(["cat", "dog", "cat"], classes=["ant", "cat", "dog"])
    array([0, 2, 1])
    """
    y, classes = np.asarray(y), np.asarray(classes)
    if y.ndim < 1 or classes.ndim != 1:
        raise ValueError(
            f"y has shape {y.shape} and classes {classes.shape}; (..., n) and (c,) are "
            "due"
        )
    if len(np.unique(classes)) < len(classes):
        raise ValueError(f"classes names a class twice: {classes.tolist()}")
    is_class = y[..., None] == classes
    if not is_class.any(axis=-1).all():
        strange = y[~is_class.any(axis=-1)][0]
        raise ValueError(f"label {strange} is none of the classes {classes.tolist()}")
    return is_class.sum(axis=-2)


def class_entropy(y: ArrayLike, classes: ArrayLike) -> np.ndarray:
    """Entropy of the classes of what was acquired, in nats [1]_.

    It is ``log(len(classes))`` where all classes were asked for equally often, and 0
    where only one was. A strategy that neglects classes shows here before it shows in
    the accuracy.

    Parameters
    ----------
    y : array-like of shape (..., n)
        Labels of what was acquired so far, such as ``y[curve.indices]``.
    classes : array-like of shape (c,)
        All classes.

    Returns
    -------
    float or ndarray of shape (...)
        The entropy, for each leading index of `y`.

    Raises
    ------
    ValueError
        If a label is none of the classes, or there is no label.

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
        raise ValueError("y is empty: no label has an entropy")
    return entropy(counts / counts.sum(axis=-1, keepdims=True))


def acquired_uncertainty(p_bkc: Array) -> tuple[float, float]:
    """Split the uncertainty of acquired points into epistemic and aleatoric, in nats.

    The *epistemic* part is the information each label carries about the model: BALD's
    mutual information [1]_. The *aleatoric* part is the entropy that stays once the
    model is known: the noise of the labels. Together they are the entropy of the mean
    prediction. A strategy that spends its labels on noise has a large second part.

    Parameters
    ----------
    p_bkc : array of shape (b, k, c)
        Draws: class probabilities of the points asked for, under k functions.

    Returns
    -------
    epistemic : float
        Mean `skactive.information.mutual_information` of the points.
    aleatoric : float
        Mean `skactive.information.conditional_entropy` of the points.

    Raises
    ------
    ValueError
        If the draws are no probabilities that sum to one.

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
