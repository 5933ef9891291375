"""Balanced entropy and the terms of the marginalized joint entropy; layer 1.

All are in nats, and based on Beta distributions fitted to the draws of each class [1]_.

References
----------
.. [1] Woo, "Active learning in Bayesian neural networks with balanced entropy learning
   principle", ICLR 2023.
"""

import math
from typing import NamedTuple

from skactive._utils.array import Array, namespace, positive_or_one
from skactive.information._beta_moments import (
    beta_entropy,
    fit_beta,
    product,
)
from skactive.information._draws import (
    conditional_entropy,
    entropy,
    mutual_information,
)

__all__ = [
    "balanced_entropy",
    "decompose",
    "marginalized_joint_entropy",
    "posterior_uncertainty",
]

FLOOR = 1e-9  # to which means and relative variances are clipped, if asked for


def posterior_uncertainty(p_nkc: Array) -> Array:
    """Compute the expected posterior entropy of the class probabilities.

    The differential entropy of the Beta distribution of a class after its label has
    been observed, averaged over labels. This is the first term of eq. 3 of [1]_,
    ``sum_c m_c h(Beta(a_c + 1, b_c))``.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        Entropy in nats, at most 0; -inf if the draws of a class with positive mean all
        agree, or are all exactly 0 or 1.

    References
    ----------
    .. [1] Woo, "Active learning in Bayesian neural networks with balanced entropy
       learning principle", ICLR 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import posterior_uncertainty
    >>> posterior_uncertainty(np.array([[[0.2, 0.8], [0.8, 0.2]]])).round(4)
    array([-0.2159])
    """
    return _posterior_uncertainty(fit_beta(p_nkc))


def _posterior_uncertainty(f):
    xp, m_nc, a_nc = namespace(f.m_nc), f.m_nc, f.a_nc
    b_nc = product(f.rest_nc, f.total_nc)
    h_nc = beta_entropy(a_nc + 1, b_nc)
    # b is infinite but a is not if m is below 1e-308; m h, about m log m, is then 0
    counts = (m_nc > 0) & (xp.isfinite(b_nc) | ~xp.isfinite(a_nc))
    one = xp.ones_like(m_nc)
    return xp.sum(
        xp.where(counts, m_nc, one) * xp.where(counts, h_nc, 0 * one), axis=-1
    )


def decompose(p_nkc: Array) -> tuple[Array, Array, Array]:
    """Decompose the marginalized joint entropy into three kinds of uncertainty [1]_.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    posterior : array of shape (n,)
        `posterior_uncertainty`; at most 0, possibly -inf.
    epistemic : array of shape (n,)
        `mutual_information`: information of the label about the model.
    aleatoric : array of shape (n,)
        `conditional_entropy`: uncertainty that remains if the model is known.
        The three terms sum to `marginalized_joint_entropy`.

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


def marginalized_joint_entropy(p_nkc: Array) -> Array:
    """Compute the marginalized joint entropy of label and class probability (MJEnt).

    The sum of `posterior_uncertainty` and the entropy of the label (eq. 3 of [1]_).

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        Entropy in nats, at most H(m); -inf if `posterior_uncertainty` is.

    References
    ----------
    .. [1] Woo, "Active learning in Bayesian neural networks with balanced entropy
       learning principle", ICLR 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import marginalized_joint_entropy
    >>> spread = 12**-0.5  # that of the uniform distribution on [0, 1]
    >>> draws = [[0.5 + spread, 0.5 - spread], [0.5 - spread, 0.5 + spread]]
    >>> marginalized_joint_entropy(np.array([draws])).round(4)
    array([0.5])
    """
    return balanced_entropy(p_nkc, normalize=False)


def balanced_entropy(
    p_nkc: Array,
    *,
    precision: float = 1,
    normalize: bool = True,
    clipped: bool = False,
) -> Array:
    """Compute the balanced entropy (BalEnt).

    Eq. 4 of [1]_, or its generalisation to other precisions j (eq. 22-24, A.13.3):
    ``(MJEnt + (j - 1) log 2) / (H + j log 2)``.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.
    precision : float, default=1
        Precision j; the paper uses -1, 0, 1, 2 and 3.
    normalize : bool, default=True
        Whether to divide by the denominator. If False, the numerator is returned, which
        is MJEnt at precision 1.
    clipped : bool, default=False
        Whether to clip means and relative variances to [1e-9, 1 - 1e-9], which makes
        the result finite; classes with mean 0 are ignored.

    Returns
    -------
    array of shape (n,)
        Balanced entropy, less than 1; -inf if MJEnt is, or if the denominator is not
        positive.

    References
    ----------
    .. [1] Woo, "Active learning in Bayesian neural networks with balanced entropy
       learning principle", ICLR 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import balanced_entropy
    >>> spread = 12**-0.5  # that of the uniform distribution on [0, 1]
    >>> draws = [[0.5 + spread, 0.5 - spread], [0.5 - spread, 0.5 + spread]]
    >>> balanced_entropy(np.array([draws])).round(6)
    array([0.360674])
    """
    f = _clipped(fit_beta(p_nkc)) if clipped else fit_beta(p_nkc)
    h_n = entropy(f.m_nc)
    balance_n = _posterior_uncertainty(f) + h_n + (precision - 1) * math.log(2)
    if not normalize:
        return balance_n
    below_n = h_n + precision * math.log(2)
    safe_n = positive_or_one(below_n)
    return namespace(below_n).where(below_n > 0, balance_n / safe_n, -math.inf)


class _Clipped(NamedTuple):
    """The fields of `BetaMoments` that `_posterior_uncertainty` needs, clipped."""

    m_nc: Array
    rest_nc: Array
    total_nc: Array

    @property
    def a_nc(self):
        return product(self.m_nc, self.total_nc)


def _clipped(f):
    xp, m_nc = namespace(f.m_nc), f.m_nc
    m_nc = xp.where(m_nc > 0, xp.clip(m_nc, FLOOR, 1 - FLOOR), m_nc)
    total_nc = 1 / xp.clip(f.spread_nc, FLOOR, 1 - FLOOR) - 1
    return _Clipped(m_nc, 1 - m_nc, total_nc)
