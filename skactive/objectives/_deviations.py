"""What single draws differ from their mean by; layer 2."""

from skactive._utils.array import Array, float64, namespace
from skactive.information import _draws

__all__ = ["deviations", "weighted_deviations"]

LAST_PLACES = 4  # of the draws' type: what a softmax of equal numbers may differ by


def deviations(p_nkc: Array) -> tuple[Array, Array]:
    """Mean of the draws, and what each of them differs from it by, in float64.

    Products of deviations keep their digits however little the draws differ, where a
    difference of entropies, say, has none left.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities.

    Returns
    -------
    m_nc : array of shape (n, c)
        Their mean.
    away_nkc : array of shape (n, k, c)
        Exactly 0 where the draws agree up to rounding of their own type.
    """
    xp = namespace(p_nkc)
    first_nc, shift_nc, away_nkc = _draws.deviations(float64(p_nkc))
    m_nc = first_nc + shift_nc
    rounding_nc = LAST_PLACES * float(xp.finfo(p_nkc.dtype).eps) * m_nc
    differs_nkc = xp.abs(away_nkc) > rounding_nc[:, None]
    return m_nc, xp.where(differs_nkc, away_nkc, 0.0)


def weighted_deviations(p_nkc: Array, w_k: Array) -> tuple[Array, Array]:
    """The same of draws that are not equally likely.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities.
    w_k : array of shape (k,)
        Weights of the draws; they sum to one.

    Returns
    -------
    m_nc : array of shape (n, c)
        Their weighted mean.
    away_nkc : array of shape (n, k, c)
        Deviations from it times ``sqrt(k w_k)``: plain means of their products over
        the draws are weighted covariances.
    """
    (_, away_nkc), xp = deviations(p_nkc), namespace(p_nkc)
    m_nc = w_k @ float64(p_nkc)
    away_nkc = away_nkc - (w_k @ away_nkc)[:, None, :]
    away_nkc *= (len(w_k) * w_k[:, None]) ** 0.5
    # a class that no draw left gives: the shift may round to a last place
    return m_nc, xp.where(m_nc[:, None, :] > 0, away_nkc, 0.0)
