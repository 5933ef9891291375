"""Laplace approximation of the posterior over weights of logistic regression; layer 3.

The posterior is approximated by a normal distribution around its mode, whose precision
is the sum of the curvature of the likelihood and the precision of the prior,

    sum_n W_n kron phi_n phi_n' + diag(1 / variance_d),
    W_n = s_n (diag p_n - p_n p_n')

with p_n the class probabilities of a labelled point and s_n its weight. Two classes
share one weight vector: c = 1, and W_n = s_n p_n (1 - p_n).
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve, cholesky, helmert, solve_triangular
from scipy.sparse import issparse

__all__ = ["draw_deviations"]


def draw_deviations(phi_nd, p_nc, s_n, variance_d, k, rng, intercept_variance=None):
    """Draw deviations of the weights from their mode by the Laplace approximation.

    Parameters
    ----------
    phi_nd : ndarray or sparse array of shape (n, d)
        Features of the labelled points.
    p_nc : ndarray of shape (n, c)
        Their class probabilities at the mode; c = 1 for two classes.
    s_n : ndarray of shape (n,)
        Their weights, positive.
    variance_d : ndarray of shape (d,)
        Prior variance of the weight of each feature.
    k : int
        Number of draws.
    rng : numpy.random.Generator
        Source of randomness.
    intercept_variance : float, default=None
        Prior variance of the intercepts; None if there are none.

    Returns
    -------
    ndarray of shape (d, k, c), or (d + 1, k, c) with the intercepts last
        The deviations.
    """
    n, c = p_nc.shape
    d = phi_nd.shape[1] + (intercept_variance is not None)
    # cost of one factor over all weights, against one n x n factor per class
    among_weights = (d * c) ** 3 + n * (d * c) ** 2
    # without points only the prior is left, and there is nothing to factorize
    draw = among_weights_of if n and among_weights < 6 * c * n**3 else within_span_of
    return draw(phi_nd, p_nc, s_n, variance_d, k, rng, intercept_variance)


def among_weights_of(phi_nd, p_nc, s_n, variance_d, k, rng, intercept_variance=None):
    """Draw by a Cholesky factor of the precision; fast for few features."""
    phi_nd = phi_nd.toarray() if issparse(phi_nd) else phi_nd
    if intercept_variance is not None:
        phi_nd = np.column_stack([phi_nd, np.ones(len(phi_nd))])
        variance_d = np.append(variance_d, intercept_variance)
    (n, d), c = phi_nd.shape, p_nc.shape[1]
    curvature_ncc = _apply_curvature(p_nc, s_n, np.eye(c)[None].repeat(n, axis=0))
    rotation_cc = _rotation(c)
    curvature_ncc = _rotated(curvature_ncc, rotation_cc)
    precision = np.empty((c, d, c, d))
    for a in range(c):
        for b in range(c):
            weighted = curvature_ncc[:, a, b, None] * phi_nd
            precision[a, :, b] = phi_nd.T @ weighted
        precision[a, range(d), a, range(d)] += 1 / variance_d
    lower = cholesky(precision.reshape(c * d, c * d), lower=True)
    z = rng.standard_normal((c * d, k))
    u_cdk = solve_triangular(lower, z, lower=True, trans="T").reshape(c, d, k)
    return np.einsum("ac,adk->dkc", rotation_cc, u_cdk)


def _rotation(c):
    """Orthonormal directions in class space as rows; the first is common to all."""
    return helmert(c, full=True) if c > 1 else np.ones((1, 1))


def _rotated(curvature, rotation_cc):
    """Rotate a curvature (..., c, c) to other directions in class space.

    With several classes it is exactly zero in the first direction, as adding the same
    value to all logits changes no probability. There only the wide prior is left, which
    must not be lost in rounding errors.
    """
    rotated = rotation_cc @ curvature @ rotation_cc.T
    if len(rotation_cc) > 1:
        rotated[..., 0, :] = rotated[..., :, 0] = 0.0
    return rotated


def within_span_of(phi_nd, p_nc, s_n, variance_d, k, rng, intercept_variance=None):
    """Draw from the prior and correct in the span of the points; fast for sparse text.

    With u0 drawn from the prior N(0, S), standard noise z, and D the first term of W,
    so that y = D^-1/2 z - phi u0,

        u = u0 + S phi' a,   a = G y,   G = (K + W^-1)^-1,   K = phi S phi'

    has the covariance of the posterior. No array larger than (n, n) and u is made.

    Intercepts b are eliminated first, because their wide prior N(0, v) would dominate K
    numerically. With b0 drawn from their prior, and sums over points written as 1',

        (1'G1 + I / v) b = b0 / v + 1'a,   and a becomes a - G 1 b.
    """
    d, k_c = phi_nd.shape[1], (k, p_nc.shape[1])
    has_intercept = intercept_variance is not None
    u_dkc = rng.standard_normal((d + has_intercept, *k_c))
    weights_dkc = u_dkc[:d]
    weights_dkc *= np.sqrt(variance_d)[:, None, None]
    prior_nkc = (phi_nd @ weights_dkc.reshape(d, -1)).reshape(-1, *k_c)
    noise_nkc = rng.standard_normal(prior_nkc.shape)
    scaled_nd = phi_nd * variance_d  # broadcasts for sparse arrays too
    gram_nn = scaled_nd @ phi_nd.T
    gram_nn = gram_nn.toarray() if issparse(gram_nn) else gram_nn
    # square root of D, which is s p (1 - p) for two classes and s p for several
    root_nc = np.sqrt(s_n[:, None] * (p_nc * (1 - p_nc) if k_c[1] == 1 else p_nc))
    dual_nkc = _solve(gram_nn, root_nc, noise_nkc - root_nc[:, None] * prior_nkc)
    if has_intercept:
        ones_ncc = _solve(gram_nn, root_nc, root_nc[:, None] * np.eye(k_c[1]))
        u_dkc[d] = _intercepts(u_dkc[d], ones_ncc, dual_nkc, intercept_variance)
        dual_nkc -= np.einsum("nac,ka->nkc", ones_ncc, u_dkc[d])
    for draw in range(k):  # one at a time: a second array of u's size may not fit
        weights_dkc[:, draw] += scaled_nd.T @ dual_nkc[:, draw]
    return u_dkc


def _intercepts(z_kc, ones_ncc, dual_nkc, variance):
    """Solve for the intercepts of each draw: (k, c)."""
    rotation_cc = _rotation(z_kc.shape[1])
    precision_cc = _rotated(ones_ncc.sum(axis=0), rotation_cc)
    precision_cc[np.diag_indices_from(precision_cc)] += 1 / variance
    # the first term is b0 / v, with b0 = z sqrt(v)
    right_kc = z_kc / np.sqrt(variance) + dual_nkc.sum(axis=0)
    solved_ck = cho_solve(cho_factor(precision_cc), rotation_cc @ right_kc.T)
    return solved_ck.T @ rotation_cc


def _apply_curvature(p_nc, s_n, x_nkc):
    """Multiply W_n by x_n, for each point."""
    p_n1c, s_n11 = p_nc[:, None, :], s_n[:, None, None]
    if p_nc.shape[1] == 1:
        return s_n11 * p_n1c * (1 - p_n1c) * x_nkc
    return s_n11 * p_n1c * (x_nkc - (p_n1c * x_nkc).sum(axis=-1, keepdims=True))


def _solve(gram_nn, root_nc, half_nkc):
    """Compute G y = (K + W^-1)^-1 y, given D^1/2 y: GPML eq. 3.47 and alg. 3.3.

    With E_c = (K + D_c^-1)^-1 it is E y - E (sum_c E_c)^-1 sum_c E_c y_c, which takes
    one n x n factor per class; for two classes it is E y. The argument is D^1/2 y since
    y may be infinite. This form does not subtract matrices that are almost equal for
    large K.
    """
    n, _, c = half_nkc.shape
    result, total_nn = np.empty_like(half_nkc), np.zeros((n, n))
    for a in range(c if n else 0):
        apply = _half_inverse(gram_nn, root_nc[:, a])
        result[..., a] = apply(half_nkc[..., a])
        total_nn += apply(np.diag(root_nc[:, a])) if c > 1 else 0.0
    if c == 1 or not n:
        return result
    shared_nk = cho_solve(cho_factor(total_nn), result.sum(axis=-1))
    for a in range(c):  # factors are recomputed: c of them may not fit in memory
        apply = _half_inverse(gram_nn, root_nc[:, a])
        result[..., a] -= apply(root_nc[:, a, None] * shared_nk)
    return result


def _half_inverse(gram_nn, root_n):
    """Return the function h -> (K + D^-1)^-1 D^-1/2 h, where D may contain zeros.

    It is computed as D^1/2 (I + D^1/2 K D^1/2)^-1 h.
    """
    inner_nn = root_n[:, None] * gram_nn * root_n
    inner_nn[np.diag_indices_from(inner_nn)] += 1
    factor = cho_factor(inner_nn)
    return lambda half: root_n[:, None] * cho_solve(factor, half)
