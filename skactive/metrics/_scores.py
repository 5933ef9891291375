"""Metrics of probabilistic predictions, also for unseen classes; layer 5."""

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_scalar

from skactive._utils.array import to_numpy
from skactive.metrics._checks import as_draws, labels_and_probabilities

__all__ = [
    "expected_calibration_error",
    "gaussian_negative_log_likelihood",
    "log_likelihood",
    "negative_log_likelihood",
]


def negative_log_likelihood(
    y_true: ArrayLike, p_nc: ArrayLike, classes: ArrayLike, *, eps: float = 1e-7
) -> float:
    """Mean negative log-likelihood of the true labels, in nats; lower is better.

    A label that the model has never seen, or considers impossible, costs ``-log(eps)``.
    In early rounds a model may not know every class.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        The true labels.
    p_nc : array-like of shape (n, c)
        Predicted probabilities.
    classes : array-like of shape (c,)
        Label of each column of `p_nc`.
    eps : float, default=1e-7
        Lower bound to which probabilities are clipped: about the resolution of
        float32, whatever dtype the model returns.

    Returns
    -------
    float
        The mean of ``-log p(y)``.

    Raises
    ------
    ValueError
        If there is not one label per point and one column per class, or a row is not a
        probability distribution.

    Examples
    --------
    >>> from skactive.metrics import negative_log_likelihood
    >>> float(negative_log_likelihood(["a"], [[0.25, 0.75]], classes=["b", "a"]))
    0.287...
    """
    y_n, p_nc, classes = labels_and_probabilities(y_true, p_nc, classes)
    is_true_nc = y_n[:, None] == classes
    # a label without a column gets probability 0
    p_n = np.where(is_true_nc, p_nc, 0.0).sum(axis=1)
    return -np.log(np.clip(p_n, eps, 1.0)).mean()


def log_likelihood(estimator: Any, X: Any, y: ArrayLike) -> float:
    """Scorer: mean log-likelihood of the true labels; higher is better.

    The negative `negative_log_likelihood`. In contrast to scikit-learn's
    ``"neg_log_loss"``, it can score models that have not seen every class.

    Parameters
    ----------
    estimator : classifier
        Fitted classifier with ``predict_proba``.
    X : array-like of n points
        Test points.
    y : array-like of shape (n,)
        True labels of the test points.

    Returns
    -------
    float
        The mean of ``log p(y)``, in nats.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skactive.metrics import log_likelihood
    >>> X, y = load_iris(return_X_y=True)
    >>> two_classes = GaussianNB().fit(X[:100], y[:100])
    >>> float(log_likelihood(two_classes, X, y))
    -5.37...
    """
    p_nc = estimator.predict_proba(X)
    return -negative_log_likelihood(y, p_nc, estimator.classes_)


def expected_calibration_error(
    y_true: ArrayLike, p_nc: ArrayLike, classes: ArrayLike, *, n_bins: int = 15
) -> float:
    """Expected calibration error (ECE): mean gap between confidence and accuracy [1]_.

    Points are grouped into bins of equal width by the probability of the predicted
    label. The error is the difference between mean probability and accuracy in each
    bin, averaged over points.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True labels; predictions count as wrong for labels that the model does not know.
    p_nc : array-like of shape (n, c)
        Predicted probabilities.
    classes : array-like of shape (c,)
        Label of each column of `p_nc`.
    n_bins : int, default=15
        Number of bins.

    Returns
    -------
    float
        The error, between 0 and 1; lower is better.

    Raises
    ------
    ValueError
        If there is not one label per point and one column per class, or a row is not a
        probability distribution.

    References
    ----------
    .. [1] Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks",
       ICML 2017, eq. 3.

    Examples
    --------
    >>> from skactive.metrics import expected_calibration_error
    >>> p_nc = [[0.75, 0.25], [0.75, 0.25], [0.75, 0.25], [0.75, 0.25]]
    >>> float(expected_calibration_error(["a", "a", "a", "b"], p_nc, ["a", "b"]))
    0.0
    >>> float(expected_calibration_error(["a", "b", "b", "b"], p_nc, ["a", "b"]))
    0.5
    """
    check_scalar(n_bins, "n_bins", Integral, min_val=1)
    y_n, p_nc, classes = labels_and_probabilities(y_true, p_nc, classes)
    confidence_n = p_nc.max(axis=1)
    is_right_n = y_n == classes[p_nc.argmax(axis=1)]
    # bins are closed above, as in the paper: (0, 1 / n_bins] and so on
    bin_n = np.ceil(confidence_n * n_bins).astype(int).clip(1, n_bins)
    gaps = np.bincount(bin_n, weights=confidence_n - is_right_n)
    return np.abs(gaps).sum() / len(p_nc)


def gaussian_negative_log_likelihood(
    y_true: ArrayLike, f_nkc: ArrayLike, *, eps: float = 1e-4
) -> float:
    """Mean negative log-likelihood of values under a normal fitted to draws, in nats.

    Parameters
    ----------
    y_true : array-like of shape (n,) or (n, c)
        The true values.
    f_nkc : array-like of shape (n, k, c)
        At least two draws of the predicted values per point. Their variance includes
        the noise of the values only if the model samples that too.
    eps : float, default=1e-4
        Lower bound to which variances are clipped, as a fraction of the variance of
        `y_true`: all draws may agree at a point and still be wrong.

    Returns
    -------
    float
        The mean of ``-log N(y; mean, variance)`` over points and targets; lower is
        better.

    Raises
    ------
    ValueError
        If there is only one draw, which has no variance, or the shapes of values and
        draws do not match.

    Examples
    --------
    >>> from skactive.metrics import gaussian_negative_log_likelihood
    >>> f_nkc = [[[-1.0], [1.0]], [[-1.0], [1.0]]]  # mean 0, variance 1
    >>> float(gaussian_negative_log_likelihood([1.0, -1.0], f_nkc))
    1.418...
    """
    f_nkc = as_draws(f_nkc)
    y_nc = _values(y_true, f_nkc)
    # tiny keeps the logarithm finite where all values are equal
    least_c = np.maximum(eps * y_nc.var(axis=0), np.finfo(np.float64).tiny)
    variance_nc = np.maximum(f_nkc.var(axis=1), least_c)
    square_nc = (y_nc - f_nkc.mean(axis=1)) ** 2
    return 0.5 * (np.log(2 * np.pi * variance_nc) + square_nc / variance_nc).mean()


def _values(y_true, f_nkc):
    """Return true values as (n, c); for one target, (n,) is accepted too."""
    y_nc = to_numpy(y_true).astype(np.float64)
    n, _, c = f_nkc.shape
    if y_nc.shape == (n,) and c == 1:
        return y_nc[:, None]
    if y_nc.shape != (n, c):
        raise ValueError(
            f"y_true must have shape ({n}, {c}), the points and targets of the draws, "
            f"but has shape {y_nc.shape}"
        )
    return y_nc
