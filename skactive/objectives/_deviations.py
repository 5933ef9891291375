"""What single draws differ from their mean by; layer 2."""

from skactive._utils.array import Array, namespace

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
    wide_nkc = xp.astype(p_nkc, xp.float64, copy=False)
    first_n1c = wide_nkc[:, :1]
    # measured from the first draw: the mean of equal numbers may be rounded off them
    away_nkc = wide_nkc - first_n1c
    rounding_n1c = LAST_PLACES * float(xp.finfo(p_nkc.dtype).eps) * first_n1c
    differs_nkc = xp.abs(away_nkc) > rounding_n1c
    away_nkc = xp.where(differs_nkc, away_nkc, 0.0)
    rest_n1c = xp.mean(away_nkc, axis=1, keepdims=True)
    return (first_n1c + rest_n1c)[:, 0], away_nkc - rest_n1c
