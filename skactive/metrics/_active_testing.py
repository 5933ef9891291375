"""Active testing: estimates of a model's loss from few test labels; layer 5."""

from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_scalar

from skactive._utils.array import to_numpy
from skactive.metrics._checks import check_probabilities

__all__ = ["ActiveTestEstimate", "active_test_estimate", "active_test_proposal"]


class ActiveTestEstimate(NamedTuple):
    """Estimate of the mean loss over a test pool, with its standard error.

    Parameters
    ----------
    loss : float
        The estimated mean loss over all points of the pool.
    standard_error : float
        Standard error of the estimate; NaN for a single label.

    Examples
    --------
    >>> from skactive.metrics import ActiveTestEstimate
    >>> ActiveTestEstimate(0.25, 0.05).loss
    0.25
    """

    loss: float
    standard_error: float


def active_test_estimate(
    losses: ArrayLike, q: ArrayLike, n_points: int
) -> ActiveTestEstimate:
    r"""Estimate the mean loss from actively selected test points: LURE [1]_ [2]_.

    M of N points are drawn one by one without replacement; the m-th is drawn with
    probability q_m among those left. The estimate is ``sum(v * losses) / M`` with
    weights

    .. math:: v_m = 1 + \frac{N - M}{N - m}
       \left(\frac{1}{(N - m + 1) q_m} - 1\right),

    which make it unbiased for any q, provided that no remaining point ever has
    probability 0. The weights depend on M: recompute the estimate from all losses when
    points are added.

    Parameters
    ----------
    losses : array-like of shape (M,)
        Loss of the model at each point, in the order in which the points were drawn;
        the 0-1 loss gives the error rate.
    q : array-like of shape (M,)
        Probability with which each point was drawn, among the points left at that time.
    n_points : int
        N, the size of the test pool, including the points that were not drawn.

    Returns
    -------
    ActiveTestEstimate
        The estimate and its standard error.

    Raises
    ------
    ValueError
        If the shapes differ, there are no points or more than N, or an entry of q is
        not in (0, 1].

    Notes
    -----
    The estimate is a weighted mean of M terms. Each is unbiased given the previous
    draws, so the terms are uncorrelated. The squared standard error is therefore an
    unbiased estimate of the variance; it may be negative for few points, and is then
    set to 0. Test points must not be used for training or model selection.

    References
    ----------
    .. [1] Farquhar, Gal and Rainforth, "On statistical bias in active learning: how and
       when to fix it", ICLR 2021.
    .. [2] Kossen, Farquhar, Gal and Rainforth, "Active testing: sample-efficient model
       evaluation", ICML 2021.

    Examples
    --------
    Of three points with losses 1, 2 and 4, the third was drawn first, then the first:

    >>> from skactive.metrics import active_test_estimate
    >>> estimate = active_test_estimate([4, 1], [1 / 2, 1 / 3], n_points=3)
    >>> round(estimate.loss * 12, 9)
    29.0
    """
    checked_losses, checked_q = _checked(losses, q, n_points)
    return _estimate(checked_losses, checked_q, n_points)


def _estimate(losses, q, n_points):
    n = len(losses)
    if n == n_points:
        return ActiveTestEstimate(float(losses.mean()), 0.0)  # every v is 1
    m = np.arange(1, n + 1)
    v = 1 + (n_points - n) / (n_points - m) * (1 / ((n_points - m + 1) * q) - 1)
    loss = float(v @ losses / n)
    return ActiveTestEstimate(loss, _standard_error(losses, q, n_points, loss))


def _standard_error(losses, q, n_points, loss):
    """Square root of the unbiased estimate of the variance of LURE.

    The estimate is ``sum(c * a)`` with a_m = (sum of l_t for t < m + l_m / q_m) / N.
    The a_m are uncorrelated with mean R, and the c sum to one. So E[a_m a_t] = R^2 for
    m != t, and the mean product estimates R^2.
    """
    n = len(losses)
    if n == 1:
        return np.nan
    m = np.arange(1, n + 1)
    c = n_points * (n_points - n) / (n * (n_points - m) * (n_points - m + 1.0))
    a = (np.cumsum(losses) - losses + losses / q) / n_points
    squares = c @ c
    variance = ((c * a) @ (c * a) - squares * loss**2) / (1 - squares)
    return float(np.sqrt(max(variance, 0.0)))


def _checked(losses, q, n_points):
    losses, q = (to_numpy(x).astype(np.float64) for x in (losses, q))
    check_scalar(n_points, "n_points", Integral, min_val=1)
    if losses.ndim != 1 or losses.shape != q.shape:
        raise ValueError(
            f"losses and q must both have shape (M,), but have shapes {losses.shape} "
            f"and {q.shape}"
        )
    if not 1 <= len(losses) <= n_points:
        raise ValueError(
            f"the number of losses must be from 1 to n_points={n_points}, but there "
            f"are {len(losses)}"
        )
    bad = ~((q > 0) & (q <= 1))
    if bad.any():
        raise ValueError(
            f"q must be in (0, 1], but q[{bad.argmax()}] is {q[bad.argmax()]}"
        )
    if not np.isfinite(losses).all():
        raise ValueError("losses must be finite, but contain NaN or infinity")
    return losses, q


def active_test_proposal(
    p_nc: ArrayLike, loss_nc: ArrayLike | None = None, *, uniform: float = 0.1
) -> np.ndarray:
    """Proposal distribution for the next test point: the expected loss [1]_.

    Proportional to the expected loss of the model at each point, ``sum_c p(c | x)
    loss(f(x), c)``, mixed with the uniform distribution, so that points where the model
    is wrong but certain can be drawn too.

    Parameters
    ----------
    p_nc : array-like of shape (n, c)
        Class probabilities at the remaining points, preferably of another model than
        the one that is tested, since a model does not see its own errors.
    loss_nc : array-like of shape (n, c), default=None
        Non-negative loss at each point if its class is c; by default the 0-1 loss of
        predicting the most likely class.
    uniform : float, default=0.1
        Weight of the uniform distribution, in (0, 1].

    Returns
    -------
    ndarray of shape (n,)
        Positive probabilities that sum to one; uniform if the expected loss is zero
        everywhere.

    Raises
    ------
    ValueError
        If probabilities do not sum to one, or a loss is negative or not finite.

    References
    ----------
    .. [1] Kossen, Farquhar, Gal and Rainforth, "Active testing: sample-efficient model
       evaluation", ICML 2021.

    Examples
    --------
    >>> from skactive.metrics import active_test_proposal
    >>> active_test_proposal([[0.5, 0.5], [0.9, 0.1]], uniform=0.1).round(3)
    array([0.8, 0.2])
    """
    p = to_numpy(p_nc)
    check_probabilities(p, "p_nc", "(n, c)")
    check_scalar(
        uniform, "uniform", Real, min_val=0, max_val=1, include_boundaries="right"
    )
    p, n = p.astype(np.float64), len(p)
    if loss_nc is None:
        expected = 1 - p.max(axis=1)
    else:
        expected = (p * _losses(loss_nc, p.shape)).sum(axis=1)
    # rounding may make a sum of probabilities exceed one, and a loss negative
    expected = np.clip(expected, 0, None)
    total = expected.sum()
    by_loss = expected / total if total > 0 else np.full(n, 1 / n)
    return (1 - uniform) * by_loss + uniform / n


def _losses(loss_nc, shape):
    loss_nc = to_numpy(loss_nc).astype(np.float64)
    if loss_nc.shape != shape:
        raise ValueError(
            f"loss_nc must have shape {shape}, but has shape {loss_nc.shape}"
        )
    if not (np.isfinite(loss_nc) & (loss_nc >= 0)).all():
        raise ValueError("loss_nc must be finite and non-negative, but is not")
    return loss_nc
