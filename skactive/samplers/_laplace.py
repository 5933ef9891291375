"""Laplace approximation of logistic regression's weights; layer 3.

Around the weights of highest posterior density, the posterior is taken as normal:
its precision is the likelihood's curvature and the prior's together,

    sum_n W_n kron phi_n phi_n' + diag(1 / variance_d),
    W_n = s_n (diag p_n - p_n p_n')

with p_n the class probabilities of a labelled point and s_n its weight. Two classes
have one vector of weights: c = 1, and W_n = s_n p_n (1 - p_n).
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular
from scipy.sparse import issparse

__all__ = ["draw_deviations"]


def draw_deviations(phi_nd, p_nc, s_n, variance_d, k, rng):
    """Draw weights, less their mode, from the Laplace approximation.

    Parameters
    ----------
    phi_nd : ndarray or sparse array of shape (n, d)
        Labelled points.
    p_nc : ndarray of shape (n, c)
        Their class probabilities at the mode; c = 1 for two classes.
    s_n : ndarray of shape (n,)
        Their weights, positive.
    variance_d : ndarray of shape (d,)
        Prior variance of the weights of each feature.
    k : int
        Number of draws.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    ndarray of shape (d, k, c)
        The deviations.
    """
    n, d = phi_nd.shape
    c = p_nc.shape[1]
    # operations of a factor in the space of weights, and of one n x n factor a class
    among_weights = (d * c) ** 3 + n * (d * c) ** 2
    draw = among_weights_of if among_weights < 6 * c * n**3 else within_span_of
    return draw(phi_nd, p_nc, s_n, variance_d, k, rng)


def among_weights_of(phi_nd, p_nc, s_n, variance_d, k, rng):
    """Draw by a Cholesky factor of the precision: for few features."""
    phi_nd = phi_nd.toarray() if issparse(phi_nd) else phi_nd
    (n, d), c = phi_nd.shape, p_nc.shape[1]
    curvature_ncc = _apply_curvature(p_nc, s_n, np.eye(c)[None].repeat(n, axis=0))
    precision = np.empty((c, d, c, d))
    for a in range(c):
        for b in range(c):
            weighted = curvature_ncc[:, a, b, None] * phi_nd
            precision[a, :, b] = phi_nd.T @ weighted
        precision[a, range(d), a, range(d)] += 1 / variance_d
    lower = cholesky(precision.reshape(c * d, c * d), lower=True)
    z = rng.standard_normal((c * d, k))
    u = solve_triangular(lower, z, lower=True, trans="T")
    return u.reshape(c, d, k).transpose(1, 2, 0)


def within_span_of(phi_nd, p_nc, s_n, variance_d, k, rng):
    """Draw from the prior, and correct within the span of the points: for text.

    If u0 is drawn from the prior N(0, S) and xi_n from N(0, W_n), then

        u = u0 + S phi' (I + W K)^-1 (xi - W phi u0),   K = phi S phi'

    has the posterior's covariance. Nothing larger than (n, n) and u itself is made.
    """
    (n, d), c = phi_nd.shape, p_nc.shape[1]
    u_dkc = rng.standard_normal((d, k, c))
    u_dkc *= np.sqrt(variance_d)[:, None, None]
    prior_nkc = (phi_nd @ u_dkc.reshape(d, k * c)).reshape(n, k, c)
    noise_nkc = _curvature_noise(p_nc, s_n, rng.standard_normal((n, k, c)))
    noise_nkc -= _apply_curvature(p_nc, s_n, prior_nkc)

    scaled_nd = phi_nd * variance_d  # broadcasts for sparse arrays too
    gram_nn = scaled_nd @ phi_nd.T
    gram_nn = gram_nn.toarray() if issparse(gram_nn) else gram_nn
    dual_nkc = noise_nkc - _solve(
        gram_nn, p_nc, s_n, np.tensordot(gram_nn, noise_nkc, 1)
    )
    for draw in range(k):  # one at a time: u is large where d is
        u_dkc[:, draw] += scaled_nd.T @ dual_nkc[:, draw]
    return u_dkc


def _apply_curvature(p_nc, s_n, x_nkc):
    """W_n x_n of each point."""
    p_n1c, s_n11 = p_nc[:, None, :], s_n[:, None, None]
    if p_nc.shape[1] == 1:
        return s_n11 * p_n1c * (1 - p_n1c) * x_nkc
    return s_n11 * p_n1c * (x_nkc - (p_n1c * x_nkc).sum(axis=-1, keepdims=True))


def _curvature_noise(p_nc, s_n, z_nkc):
    """Noise with covariance W_n, from standard noise."""
    p_n1c, s_n11 = p_nc[:, None, :], s_n[:, None, None]
    if p_nc.shape[1] == 1:
        return np.sqrt(s_n11 * p_n1c * (1 - p_n1c)) * z_nkc
    root = np.sqrt(p_n1c)
    return np.sqrt(s_n11) * (
        root * z_nkc - p_n1c * (root * z_nkc).sum(axis=-1, keepdims=True)
    )


def _solve(gram_nn, p_nc, s_n, x_nkc):
    """(K + W^-1)^-1 x, by one n x n factor a class: GPML eq. 3.47 and alg. 3.3.

    With E_c = (K + D_c^-1)^-1 and D_c the c-th diagonal of W's first term, it is
    E x - E (sum_c E_c)^-1 sum_c E_c x_c; for two classes, E x.
    """
    c = p_nc.shape[1]
    if c == 1:
        inverse_nn = _regularised_inverse(gram_nn, s_n * p_nc[:, 0] * (1 - p_nc[:, 0]))
        return np.tensordot(inverse_nn, x_nkc, 1)
    result, total_nn = np.empty_like(x_nkc), 0.0
    for a in range(c):
        inverse_nn = _regularised_inverse(gram_nn, s_n * p_nc[:, a])
        result[..., a] = inverse_nn @ x_nkc[..., a]
        total_nn = total_nn + inverse_nn
    shared_nk = cho_solve(cho_factor(total_nn), result.sum(axis=-1))
    for a in range(c):  # made again rather than kept: c of them may not fit
        inverse_nn = _regularised_inverse(gram_nn, s_n * p_nc[:, a])
        result[..., a] -= inverse_nn @ shared_nk
    return result


def _regularised_inverse(gram_nn, d_n):
    """(K + D^-1)^-1 = D^1/2 (I + D^1/2 K D^1/2)^-1 D^1/2, also where D has zeros."""
    root_n = np.sqrt(d_n)
    inner_nn = root_n[:, None] * gram_nn * root_n
    inner_nn[np.diag_indices_from(inner_nn)] += 1
    return root_n[:, None] * cho_solve(cho_factor(inner_nn), np.diag(root_n))
