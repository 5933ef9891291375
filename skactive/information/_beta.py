"""Mutual information from Beta distributions fitted to the draws of each class.

Layer 1. Measures of [1]_ that need no more than each class's mean and variance over the
draws; in nats.

References
----------
.. [1] Woo, "Active learning in Bayesian neural networks with balanced entropy learning
   principle", ICLR 2023.
"""

from skactive._utils.array import (
    Array,
    namespace,
    special,
    zero_below,
)
from skactive.information._beta_moments import (
    NOTHING,
    excess,
    fit_beta,
    product,
    ratio,
)
from skactive.information._draws import entropy

__all__ = [
    "beta_conditional_entropy",
    "beta_information_gain",
    "beta_mutual_information",
    "dirichlet_mutual_information",
    "expected_effective_loss",
]


def _sum_of_information(m_nc, a_nc, total_nc):
    """``H(m) + sum m (psi(a + 1) - psi(a + b + 1))``, cell by cell without cancelling.

    Each cell is ``m (excess(a) - excess(a + b))``, since log a - log(a + b) = log m.
    """
    xp, proper = namespace(m_nc), a_nc > NOTHING
    one = xp.ones_like(m_nc)
    gap_nc = excess(xp.where(proper, a_nc, one))
    gap_nc = gap_nc - excess(xp.where(proper, total_nc, one))
    # draws of 0 and 1 alone: a label tells all that there is to know
    certain_nc = special(m_nc).entr(m_nc)
    return xp.sum(xp.where(proper, m_nc * gap_nc, certain_nc), axis=-1)


def beta_mutual_information(p_nkc: Array) -> Array:
    """Mutual information of label and model, from Beta marginals alone.

    BetaMarginalBALD (theorem 3.1 of [1]_): BALD if each class's draws followed a Beta
    distribution of their mean and variance.

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
    return _sum_of_information(f.m_nc, f.a_nc, f.total_nc)


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
    return entropy(f.m_nc) - _sum_of_information(f.m_nc, f.a_nc, f.total_nc)


def dirichlet_mutual_information(p_nkc: Array) -> Array:
    """Mutual information of label and model, if draws follow a Dirichlet distribution.

    It has the draws' mean, and the concentration at which its summed variance is
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
    total_nc = total_n[:, None] * xp.ones_like(f.m_nc)
    return _sum_of_information(f.m_nc, product(f.m_nc, total_nc), total_nc)


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
    # (a+1) / (a+b+1) is E P^2 / m, and E P^2 / m^2 = 1 + v / m^2
    return xp.sum(f.m_nc * xp.log1p(f.scaled_v_nc), axis=-1)


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
    return zero_below(gain_n, rounding)
