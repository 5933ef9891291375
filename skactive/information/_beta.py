"""Mutual information from Beta distributions fitted to the draws; layer 1.

The measures of [1]_, in nats, depend on the draws only through the mean and variance of
each class probability.

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
    """``H(m) + sum m (psi(a + 1) - psi(a + b + 1))``, without cancellation.

    The term of each class is ``m (excess(a) - excess(a + b))``, because
    ``log a - log(a + b) = log m``.
    """
    xp, proper = namespace(m_nc), a_nc > NOTHING
    one = xp.ones_like(m_nc)
    gap_nc = excess(xp.where(proper, a_nc, one))
    gap_nc = gap_nc - excess(xp.where(proper, total_nc, one))
    # a = b = 0, for draws that are all 0 or 1: the label determines the draw
    certain_nc = special(m_nc).entr(m_nc)
    return xp.sum(xp.where(proper, m_nc * gap_nc, certain_nc), axis=-1)


def beta_mutual_information(p_nkc: Array) -> Array:
    """Compute the mutual information of label and model under Beta marginals.

    BetaMarginalBALD (theorem 3.1 of [1]_): BALD if the draws of each class followed a
    Beta distribution with their mean and variance.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        Mutual information in nats, between 0 (draws agree) and H(m) (one-hot draws).

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
    """Compute the conditional entropy of the label given the model, by Beta marginals.

    The aleatoric uncertainty (corollary 1 of [1]_): ``H(m) - beta_mutual_information``.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        Conditional entropy in nats, in [0, H(m)].

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
    """Compute the mutual information of label and model under a Dirichlet [1]_.

    The Dirichlet distribution has the mean of the draws, and the concentration for
    which its variance, summed over classes, equals that of the draws.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        Mutual information in nats, in [0, H(m)].

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
    """Compute the expected effective loss [1]_.

    The expected reduction of the cross-entropy loss at a point by its own label.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        Expected effective loss in nats, in [0, H(m)].

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
    """Compute the expected information gain under Beta marginals (BetaMarginalEIG).

    The expected reduction of the entropy of the prediction by its own label (eq. 28 of
    [1]_). As in the paper, the updated probabilities of more than two classes do not
    sum to one. Values below rounding error are set to zero.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws: class probabilities of n points under k functions.

    Returns
    -------
    array of shape (n,)
        Information gain in nats, in [0, H(m)].

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
    # updated means if the label is another class, a_j / (a_j + b_j + 1), and if it is
    # this class, (a_i + 1) / (a_i + b_i + 1)
    other_nc = f.m_nc * (1 - rho_nc)
    seen_nc = f.m_nc + f.rest_nc * rho_nc
    seen_nc = xp.clip(seen_nc, max=1.0)
    entr_m, entr_other = entr(f.m_nc), entr(other_nc)
    gain_nc = entr_m - entr_other + f.m_nc * (entr_other - entr(seen_nc))
    gain_n = xp.sum(gain_nc, axis=-1)
    rounding = 8 * xp.finfo(gain_n.dtype).eps * (xp.sum(entr_m, axis=-1) + 1)
    return zero_below(gain_n, rounding)
