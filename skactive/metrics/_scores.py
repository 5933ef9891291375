"""How good a model is, on all classes there are; layer 5."""

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
    """Mean surprise, in nats, at the true labels; lower is better.

    A label that the model has never seen, or holds impossible, costs ``-log(eps)``:
    in early rounds a model may not know every class.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        The true labels.
    p_nc : array-like of shape (n, c)
        Predicted probabilities.
    classes : array-like of shape (c,)
        The labels that the columns stand for.
    eps : float, default=1e-7
        Probabilities are clipped from below to this: about the resolution of
        float32, whatever the model returns.

    Returns
    -------
    float
        The mean of ``-log p(y)``.

    Raises
    ------
    ValueError
        If there is not one label per point and one column per class, or rows are no
        probabilities that sum to one.

    Examples
    --------
    >>> from skactive.metrics import negative_log_likelihood
    >>> float(negative_log_likelihood(["a"], [[0.25, 0.75]], classes=["b", "a"]))
    0.287...
    """
    y_n, p_nc, classes = labels_and_probabilities(y_true, p_nc, classes)
    is_true_nc = y_n[:, None] == classes
    p_n = np.where(is_true_nc, p_nc, 0.0).sum(axis=1)  # 0 for a class never seen
    return -np.log(np.clip(p_n, eps, 1.0)).mean()


def log_likelihood(estimator: Any, X: Any, y: ArrayLike) -> float:
    """Mean log-likelihood of true labels: a scorer, so that higher is better.

    Minus the `negative_log_likelihood`; unlike scikit-learn's ``"neg_log_loss"`` it
    scores models that have not seen every class.

    Parameters
    ----------
    estimator : classifier
        Fitted, with ``predict_proba``.
    X : array-like of n points
        Test points.
    y : array-like of shape (n,)
        Their true labels.

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
    """Mean distance between a model's confidence and its accuracy (ECE).

    Points are put into bins of equal width by the probability of the predicted label;
    the error is the difference between its mean and the accuracy in each bin, averaged
    over points [1]_.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        The true labels; a model is never right about those that it does not know.
    p_nc : array-like of shape (n, c)
        Predicted probabilities.
    classes : array-like of shape (c,)
        The labels that the columns stand for.
    n_bins : int, default=15
        Number of bins.

    Returns
    -------
    float
        Between 0 and 1; lower is better.

    Raises
    ------
    ValueError
        If there is not one label per point and one column per class, or rows are no
        probabilities that sum to one.

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
    """Mean surprise, in nats, at true values under the mean and variance of draws.

    Parameters
    ----------
    y_true : array-like of shape (n,) or (n, c)
        The true values.
    f_nkc : array-like of shape (n, k, c)
        Draws of the predicted values, two or more a point. The noise of the values is
        in their variance only if the model draws it too.
    eps : float, default=1e-4
        Variances are clipped from below to this share of the variance of `y_true`:
        draws may agree at a point, and be wrong.

    Returns
    -------
    float
        The mean over points and targets of ``-log N(y; mean, variance)``; lower is
        better.

    Raises
    ------
    ValueError
        If there is one draw, which has no variance, or values are not those of n
        points.

    Examples
    --------
    >>> from skactive.metrics import gaussian_negative_log_likelihood
    >>> f_nkc = [[[-1.0], [1.0]], [[-1.0], [1.0]]]  # mean 0, variance 1
    >>> float(gaussian_negative_log_likelihood([1.0, -1.0], f_nkc))
    1.418...
    """
    f_nkc = as_draws(f_nkc)
    y_nc = _values(y_true, f_nkc)
    least_c = np.maximum(eps * y_nc.var(axis=0), np.finfo(np.float64).tiny)
    variance_nc = np.maximum(f_nkc.var(axis=1), least_c)
    square_nc = (y_nc - f_nkc.mean(axis=1)) ** 2
    return 0.5 * (np.log(2 * np.pi * variance_nc) + square_nc / variance_nc).mean()


def _values(y_true, f_nkc):
    """True values (n, c); one column may lack its axis."""
    y_nc = to_numpy(y_true).astype(np.float64)
    n, _, c = f_nkc.shape
    if y_nc.shape == (n,) and c == 1:
        return y_nc[:, None]
    if y_nc.shape != (n, c):
        raise ValueError(
            f"y_true has shape {y_nc.shape}, and the draws are of {n} points and {c} "
            f"targets: ({n}, {c}) is due"
        )
    return y_nc
