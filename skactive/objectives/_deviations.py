"""Deviations of draws from their mean; layer 2."""

from skactive._utils.array import Array, float64, namespace
from skactive.information import _draws

__all__ = ["deviations", "weighted_deviations"]

LAST_PLACES = 4  # rounding error of a softmax of equal numbers, in units of eps


def deviations(p_nkc: Array) -> tuple[Array, Array]:
    """Compute the mean of the draws and their deviations from it, in float64.

    Products of deviations are accurate even if the draws hardly differ, whereas
    differences, for example of entropies, suffer from cancellation.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities.

    Returns
    -------
    m_nc : array of shape (n, c)
        Mean of the draws.
    away_nkc : array of shape (n, k, c)
        Deviations; exactly 0 where they are within rounding error of the draws' dtype.
    """
    xp = namespace(p_nkc)
    first_nc, shift_nc, away_nkc = _draws.deviations(float64(p_nkc))
    m_nc = first_nc + shift_nc
    rounding_nc = LAST_PLACES * float(xp.finfo(p_nkc.dtype).eps) * m_nc
    differs_nkc = xp.abs(away_nkc) > rounding_nc[:, None]
    return m_nc, xp.where(differs_nkc, away_nkc, 0.0)


def weighted_deviations(p_nkc: Array, w_k: Array) -> tuple[Array, Array]:
    """Compute the mean and deviations of weighted draws.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities.
    w_k : array of shape (k,)
        Weights of the draws, which sum to one.

    Returns
    -------
    m_nc : array of shape (n, c)
        Weighted mean of the draws.
    away_nkc : array of shape (n, k, c)
        Deviations times ``sqrt(k w_k)``, so that unweighted means of their products
        over the draws are weighted covariances.
    """
    (_, away_nkc), xp = deviations(p_nkc), namespace(p_nkc)
    m_nc = w_k @ float64(p_nkc)
    away_nkc = away_nkc - (w_k @ away_nkc)[:, None, :]
    away_nkc *= (len(w_k) * w_k[:, None]) ** 0.5
    # classes with probability 0 in all draws of positive weight: set deviations, which
    # rounding may leave at about eps, to exactly 0
    return m_nc, xp.where(m_nc[:, None, :] > 0, away_nkc, 0.0)
