"""What Beta laws, fitted to the draws of each class, say of a point; in nats.

Layer 1. The measures of [1]_ that need no more than each class's mean and variance over
the draws.

References
----------
.. [1] Woo, "Active learning in Bayesian neural networks with balanced entropy learning
   principle", ICLR 2023.
"""

import math

from skactive._utils.array import Array, namespace, special
from skactive.information._beta_moments import (
    beta_entropy,
    excess,
    fit_beta,
    product,
    ratio,
)

__all__ = [
    "balanced_entropy",
    "beta_conditional_entropy",
    "beta_information_gain",
    "beta_mutual_information",
    "dirichlet_mutual_information",
    "expected_effective_loss",
    "marginalized_joint_entropy",
    "posterior_uncertainty",
]

FLOOR = 1e-9  # of means and spreads where balanced entropy has no finite value


def _sum_of_information(m_nc, total_nc):
    """``H(m) + sum m (psi(a + 1) - psi(a + b + 1))``, cell by cell without cancelling.

    Each cell is ``m (excess(a) - excess(a + b))``, since log a - log(a + b) = log m.
    """
    xp = namespace(m_nc)
    a_nc = product(m_nc, total_nc)
    proper = a_nc > 0
    one = xp.ones_like(a_nc)
    gap_nc = excess(xp.where(proper, a_nc, one))
    gap_nc = gap_nc - excess(xp.where(proper, total_nc, one))
    # draws of 0 and 1 alone: a label tells all that there is to know
    certain_nc = special(m_nc).entr(m_nc)
    return xp.sum(xp.where(proper, m_nc * gap_nc, certain_nc), axis=-1)


def beta_mutual_information(p_nkc: Array) -> Array:
    """Mutual information of label and model, from Beta marginals alone.

    BetaMarginalBALD (theorem 3.1 of [1]_): BALD if each class's draws followed a Beta
    law of their mean and variance.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        In nats, in [0, H(m)]: 0 where draws agree, H(m) where they are one-hot.

    References
    ----------
    .. [1] Woo, "Active learning in Bayesian neural networks with balanced entropy
       learning principle", ICLR 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import beta_mutual_information
    >>> beta_mutual_information(np.array([[[1.0, 0.0], [0.0, 1.0]]])).round(4)
    array([0.6931])
    """
    f = fit_beta(p_nkc)
    return _sum_of_information(f.m_nc, f.total_nc)


def beta_conditional_entropy(p_nkc: Array) -> Array:
    """Entropy that a label keeps once the model is known, from Beta marginals alone.

    The aleatoric term (corollary 1 of [1]_): ``H(m) - beta_mutual_information``.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        In nats, in [0, H(m)].

    References
    ----------
    .. [1] Woo, "Active learning in Bayesian neural networks with balanced entropy
       learning principle", ICLR 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import beta_conditional_entropy
    >>> beta_conditional_entropy(np.array([[[0.5, 0.5], [0.5, 0.5]]])).round(4)
    array([0.6931])
    """
    f = fit_beta(p_nkc)
    return _entropy(f.m_nc) - _sum_of_information(f.m_nc, f.total_nc)


def dirichlet_mutual_information(p_nkc: Array) -> Array:
    """Mutual information of label and model, from a Dirichlet law of the draws.

    The law has the draws' mean, and the concentration at which its summed variance is
    theirs.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        In nats, in [0, H(m)].

    References
    ----------
    .. [1] Woo, "Analytic mutual information in Bayesian neural networks", ISIT 2022.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import dirichlet_mutual_information
    >>> dirichlet_mutual_information(np.array([[[1.0, 0.0], [0.0, 1.0]]])).round(4)
    array([0.6931])
    """
    f, xp = fit_beta(p_nkc), namespace(p_nkc)
    total_n = ratio(xp.sum(f.inner_nc, axis=-1), xp.sum(f.v_nc, axis=-1))
    return _sum_of_information(f.m_nc, total_n[:, None] * xp.ones_like(f.m_nc))


def expected_effective_loss(p_nkc: Array) -> Array:
    """Cross-entropy loss that a label is expected to remove [1]_.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        In nats, in [0, H(m)].

    References
    ----------
    .. [1] Woo, "Active learning in Bayesian neural networks with balanced entropy
       learning principle", ICLR 2023, section 3.4.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import expected_effective_loss
    >>> expected_effective_loss(np.array([[[1.0, 0.0], [0.0, 1.0]]])).round(4)
    array([0.6931])
    """
    f, xp = fit_beta(p_nkc), namespace(p_nkc)
    m_nc = xp.where(f.m_nc > 0, f.m_nc, xp.ones_like(f.m_nc))
    # (a+1) / (a+b+1) is E P^2 / m, and E P^2 / m^2 = 1 + v / m^2
    return xp.sum(f.m_nc * xp.log1p(f.v_nc / m_nc / m_nc), axis=-1)


def beta_information_gain(p_nkc: Array) -> Array:
    """Entropy of the prediction that its own label is expected to remove [1]_.

    BetaMarginalEIG (eq. 28). As printed there, the updated probabilities of more than
    two classes do not sum to one. Values that rounding cannot tell from zero are zero.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        In nats, in [0, H(m)].

    References
    ----------
    .. [1] Woo, "Active learning in Bayesian neural networks with balanced entropy
       learning principle", ICLR 2023, appendix A.6.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import beta_information_gain
    >>> beta_information_gain(np.array([[[1.0, 0.0], [0.0, 1.0]]])).round(4)
    array([0.6931])
    """
    f, xp, entr = fit_beta(p_nkc), namespace(p_nkc), special(p_nkc).entr
    rho_nc = f.spread_nc
    other_nc = f.m_nc * (1 - rho_nc)  # a_j / (a_j + b_j + 1): another class was seen
    seen_nc = f.m_nc + f.rest_nc * rho_nc  # (a_i + 1) / (a_i + b_i + 1): this one was
    seen_nc = xp.clip(seen_nc, max=1.0)
    entr_m, entr_other = entr(f.m_nc), entr(other_nc)
    gain_nc = entr_m - entr_other + f.m_nc * (entr_other - entr(seen_nc))
    gain_n = xp.sum(gain_nc, axis=-1)
    rounding = 8 * xp.finfo(gain_n.dtype).eps * (xp.sum(entr_m, axis=-1) + 1)
    return xp.where(gain_n > rounding, gain_n, xp.zeros_like(gain_n))


def posterior_uncertainty(p_nkc: Array) -> Array:
    """Entropy of a class's Beta law once its label is seen, expected over labels.

    The first term of eq. 3 of [1]_: ``sum_c m_c h(Beta(a_c + 1, b_c))``.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        In nats, at most 0; -inf where the draws of a class of positive mean agree, or
        are 0 and 1 alone.

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
    f = fit_beta(p_nkc)
    return _posterior_uncertainty(f.m_nc, f.rest_nc, f.total_nc)


def _posterior_uncertainty(m_nc, rest_nc, total_nc):
    xp = namespace(m_nc)
    a_nc, b_nc = product(m_nc, total_nc), product(rest_nc, total_nc)
    h_nc = beta_entropy(a_nc + 1, b_nc)
    some = m_nc > 0
    h_nc = xp.where(some, h_nc, xp.zeros_like(h_nc))
    return xp.sum(xp.where(some, m_nc, xp.ones_like(m_nc)) * h_nc, axis=-1)


def marginalized_joint_entropy(p_nkc: Array) -> Array:
    """Entropy of label and class probability together, from Beta marginals.

    MJEnt, eq. 3 of [1]_: `posterior_uncertainty` and the entropy of the label.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        In nats, at most H(m); perhaps -inf, as `posterior_uncertainty` is.

    References
    ----------
    .. [1] Woo, "Active learning in Bayesian neural networks with balanced entropy
       learning principle", ICLR 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import marginalized_joint_entropy
    >>> spread = 12**-0.5  # that of the uniform law on [0, 1]
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
    """Balance between what a label and what the model would still leave open.

    BalEnt, eq. 4 of [1]_, or its form at another precision (eq. 22-24, A.13.3):
    ``(MJEnt + (j - 1) log 2) / (H + j log 2)``.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.
    precision : float, default=1
        The j above; the paper tries -1, 0, 1, 2 and 3.
    normalize : bool, default=True
        Whether to divide; without, the numerator is returned: MJEnt at precision 1.
    clipped : bool, default=False
        Whether to hold means and spreads within [1e-9, 1 - 1e-9], where a finite value
        is needed to tell points apart; classes of mean 0 are left out.

    Returns
    -------
    array of shape (n,)
        Less than 1; -inf where MJEnt is, and where the denominator is not positive.

    References
    ----------
    .. [1] Woo, "Active learning in Bayesian neural networks with balanced entropy
       learning principle", ICLR 2023.

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.information import balanced_entropy
    >>> spread = 12**-0.5  # that of the uniform law on [0, 1]
    >>> draws = [[0.5 + spread, 0.5 - spread], [0.5 - spread, 0.5 + spread]]
    >>> balanced_entropy(np.array([draws])).round(6)
    array([0.360674])
    """
    f = fit_beta(p_nkc)
    return _balance(f, precision, normalize, clipped)


def _balance(f, precision, normalize, clipped):
    xp, m_nc = namespace(f.m_nc), f.m_nc
    rest_nc, total_nc = f.rest_nc, f.total_nc
    if clipped:
        m_nc = xp.where(m_nc > 0, xp.clip(m_nc, FLOOR, 1 - FLOOR), m_nc)
        rest_nc = 1 - m_nc
        total_nc = 1 / xp.clip(f.spread_nc, FLOOR, 1 - FLOOR) - 1
    h_n = _entropy(m_nc)
    balance_n = _posterior_uncertainty(m_nc, rest_nc, total_nc) + h_n
    balance_n = balance_n + (precision - 1) * math.log(2)
    if not normalize:
        return balance_n
    below_n = h_n + precision * math.log(2)
    safe_n = xp.where(below_n > 0, below_n, xp.ones_like(below_n))
    return xp.where(below_n > 0, balance_n / safe_n, -xp.inf)


def _entropy(m_nc):
    return namespace(m_nc).sum(special(m_nc).entr(m_nc), axis=-1)
