"""What single draws differ from their mean by; layer 2."""

from skactive._utils.array import Array, float64, namespace
from skactive.information import _draws

__all__ = ["deviations"]

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
