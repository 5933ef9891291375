"""Entropies and mutual information of predictive draws, in nats.

Layer 1. ``p_nkc`` are draws: for each of n points and k functions from the posterior,
probabilities over c classes. ``0 log 0 = 0`` throughout.
"""

from skactive._array import namespace, special

__all__ = ["conditional_entropy", "entropy", "mutual_information", "sample_labels"]


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
