"""Entropies and mutual information of predictive draws, in nats.

Layer 1. ``p_nkc`` are draws: for each of n points and k functions from the posterior,
probabilities over c classes. ``0 log 0 = 0`` throughout.
"""

import math

import numpy as np

from skactive._utils.array import (
    Array,
    carry,
    chance,
    device,
    log,
    namespace,
    special,
)
from skactive.information._beta import posterior_uncertainty

__all__ = [
    "conditional_entropy",
    "decompose",
    "entropy",
    "joint_mutual_information",
    "mutual_information",
    "sample_labels",
    "variance",
]


def entropy(p, axis=-1):
    """Shannon entropy of probability vectors, in nats.

    Parameters
    ----------
    p : array of shape (..., c)
        Probabilities; NumPy array or tensor. Exact zeros contribute nothing.
    axis : int, default=-1
        The axis over which the probabilities sum to one.

    Returns
    -------
    array of shape (...)
        Entropies in [0, log c].

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import entropy
    >>> entropy(np.array([[0.5, 0.5], [1.0, 0.0]])).round(4)
    array([0.6931, 0.    ])
    """
    return namespace(p).sum(special(p).entr(p), axis=axis)


def conditional_entropy(p_nkc):
    """Mean entropy of the single draws: what stays uncertain once the model is known.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        ``mean_k H(P_nk)``, in nats.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import conditional_entropy
    >>> conditional_entropy(np.array([[[1.0, 0.0], [0.5, 0.5]]])).round(4)
    array([0.3466])
    """
    return namespace(p_nkc).mean(entropy(p_nkc), axis=1)


def mutual_information(p_nkc):
    """Information that a point's label and the model have about each other.

    The score of BALD [1]_: entropy of the mean prediction less the mean entropy of the
    draws. Values that rounding cannot tell from zero are zero, so that draws which
    agree give exactly 0.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        In nats, in [0, min(log c, log k)].

    References
    ----------
    .. [1] Houlsby, Huszár, Ghahramani and Lengyel, "Bayesian active learning for
       classification and preference learning", 2011.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import mutual_information
    >>> disagree, agree = [[1.0, 0.0], [0.0, 1.0]], [[0.3, 0.7], [0.3, 0.7]]
    >>> mutual_information(np.array([disagree, agree])).round(4)
    array([0.6931, 0.    ])
    """
    xp = namespace(p_nkc)
    h_n = entropy(xp.mean(p_nkc, axis=1))
    gain_n = h_n - conditional_entropy(p_nkc)
    rounding = 8 * xp.finfo(p_nkc.dtype).eps * (h_n + 1)
    return xp.where(gain_n > rounding, gain_n, xp.zeros_like(gain_n))


def sample_labels(p_nkc, u_nk):
    """Draw one label for each point and draw, by inverting the distribution function.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.
    u_nk : array of shape (n, k)
        Uniform numbers in [0, 1), float64: chance is drawn outside, by NumPy.

    Returns
    -------
    array of int, shape (n, k)
        Labels 0..c-1, in the smallest integer type that holds them: one byte up to 256
        classes. A class of probability 0 is never drawn.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import sample_labels
    >>> p_nkc = np.array([[[0.2, 0.0, 0.8], [0.2, 0.0, 0.8]]])
    >>> sample_labels(p_nkc, np.array([[0.1, 0.2]]))
    array([[0, 2]], dtype=uint8)
    """
    xp, c = namespace(p_nkc), p_nkc.shape[-1]
    dtype = xp.uint8 if c <= 256 else xp.int32
    reached_nkc = xp.cumulative_sum(xp.astype(p_nkc, xp.float64), axis=-1)
    target_nk = u_nk * reached_nkc[..., -1]  # draws sum to one but for rounding
    passed_nkc = reached_nkc[..., :-1] <= target_nk[..., None]
    return xp.sum(passed_nkc, axis=-1, dtype=dtype)


def variance(draws_nkc: Array) -> Array:
    """Variance over the draws; exactly 0 where they all agree.

    Parameters
    ----------
    draws_nkc : array of shape (n, k, c)
        Draws of probabilities or of values.

    Returns
    -------
    array of shape (n, c)
        ``E_k (P - E_k P)^2``: divided by k, not by k - 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import variance
    >>> variance(np.array([[[1.0], [3.0]], [[0.1], [0.1]]]))
    array([[1.], [0.]])
    """
    # measured from the first draw: the mean of equal numbers may be rounded off them
    return namespace(draws_nkc).var(draws_nkc - draws_nkc[:, :1, :], axis=1)


def decompose(p_nkc: Array) -> tuple[Array, Array, Array]:
    """Split the marginalized joint entropy into what the uncertainty is about [1]_.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    posterior : array of shape (n,)
        `posterior_uncertainty`: at most 0, perhaps -inf.
    epistemic : array of shape (n,)
        `mutual_information`: what a label would say about the model.
    aleatoric : array of shape (n,)
        `conditional_entropy`: what stays uncertain once the model is known.
        The three sum to `marginalized_joint_entropy`.

    References
    ----------
    .. [1] Woo, "Active learning in Bayesian neural networks with balanced entropy
       learning principle", ICLR 2023, eq. 3.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import decompose
    >>> decompose(np.array([[[0.2, 0.8], [0.8, 0.2]]]))
    (array([-0.21...]), array([0.19...]), array([0.50...]))
    """
    epistemic_n, aleatoric_n = mutual_information(p_nkc), conditional_entropy(p_nkc)
    return posterior_uncertainty(p_nkc), epistemic_n, aleatoric_n


def joint_mutual_information(
    p_bkc: Array, n_samples: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Information that the labels of a whole batch and the model have about each other.

    Over sampled labellings of the batch, the mean of what each leaves of the log k nats
    that it takes to name a draw: ``log k - H(draw | labels)``. It owes nothing to how
    the batch was found, and judges batches of any size.

    Parameters
    ----------
    p_bkc : array of shape (b, k, c)
        Draws: class probabilities of the b points of the batch under k functions.
    n_samples : int
        Number of labellings sampled.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    information : float
        In nats.
    standard_error : float
        Standard deviation of the estimate.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import joint_mutual_information
    >>> p_bkc = np.array([[[1.0, 0.0], [0.0, 1.0]]] * 3)  # three copies of one question
    >>> joint_mutual_information(p_bkc, 100, np.random.default_rng(0))
    (0.693..., 0.0)
    """
    xp = namespace(p_bkc)
    p_bkc = xp.astype(p_bkc, xp.float64, copy=False)
    k = p_bkc.shape[1]
    true_s = carry(rng.integers(k, size=n_samples), p_bkc)
    log_sk = xp.zeros((n_samples, k), dtype=xp.float64, device=device(p_bkc))
    for p_kc in p_bkc:
        y_s = sample_labels(p_kc[true_s][None], chance(rng, (1, n_samples), p_bkc))[0]
        log_sk = log_sk + log(p_kc)[:, xp.astype(y_s, xp.int64)].T
    p_sk = xp.exp(log_sk - xp.max(log_sk, axis=1, keepdims=True))
    told_s = math.log(k) - entropy(p_sk / xp.sum(p_sk, axis=1, keepdims=True))
    return float(xp.mean(told_s)), float(xp.std(told_s)) / math.sqrt(n_samples)
