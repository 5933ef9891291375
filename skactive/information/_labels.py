"""Labels sampled from draws, and the joint mutual information of a batch; layer 1."""

import math

import numpy as np

from skactive._utils.array import (
    Array,
    carry,
    chance,
    device,
    float64,
    log,
    namespace,
)
from skactive.information._draws import entropy

__all__ = ["joint_mutual_information", "sample_labels"]


def sample_labels(p_nkc: Array, u_nk: Array) -> Array:
    """Sample one label for each point and draw, by inverse transform sampling.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.
    u_nk : array of shape (n, k)
        Uniform random numbers in [0, 1), float64, which the caller draws with NumPy.

    Returns
    -------
    array of int, shape (n, k)
        Labels 0..c-1, as uint8 for up to 256 classes, otherwise int32. Classes with
        probability 0 are never sampled.

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
    reached_nkc = xp.cumulative_sum(float64(p_nkc), axis=-1)
    target_nk = u_nk * reached_nkc[..., -1]  # the sum is one up to rounding
    passed_nkc = reached_nkc[..., :-1] <= target_nk[..., None]
    return xp.sum(passed_nkc, axis=-1, dtype=dtype)


def joint_mutual_information(
    p_bkc: Array, n_samples: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Estimate the joint mutual information of the labels of a batch and the model.

    The estimate is the mean of ``log k - H(draw | labels)`` over sampled labels of the
    batch. It can be used to compare batches of any size and from any strategy.

    Parameters
    ----------
    p_bkc : array of shape (b, k, c)
        Draws: class probabilities of the b points of the batch under k functions.
    n_samples : int
        Number of joint label configurations to sample.
    rng : numpy.random.Generator
        Random number generator.

    Returns
    -------
    information : float
        Estimated joint mutual information in nats.
    standard_error : float
        Standard error of the estimate.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import joint_mutual_information
    >>> p_bkc = np.array([[[1.0, 0.0], [0.0, 1.0]]] * 3)  # three copies of one question
    >>> joint_mutual_information(p_bkc, 100, np.random.default_rng(0))
    (0.693..., 0.0)
    """
    xp, p_bkc = namespace(p_bkc), float64(p_bkc)
    k = p_bkc.shape[1]
    true_s = carry(rng.integers(k, size=n_samples), p_bkc)
    log_sk = xp.zeros((n_samples, k), dtype=xp.float64, device=device(p_bkc))
    for p_kc in p_bkc:
        y_s = sample_labels(p_kc[true_s][None], chance(rng, (1, n_samples), p_bkc))[0]
        log_sk = log_sk + log(p_kc)[:, xp.astype(y_s, xp.int64)].T
    # relative to the maximum, since joint probabilities of large batches underflow
    p_sk = xp.exp(log_sk - xp.max(log_sk, axis=1, keepdims=True))
    information_s = math.log(k) - entropy(p_sk / xp.sum(p_sk, axis=1, keepdims=True))
    return float(xp.mean(information_s)), float(xp.std(information_s)) / math.sqrt(
        n_samples
    )
