"""Curvature of the likelihood in the weights of a last layer; layer 3.

For features phi_n and weights W of shape (d, c), the curvature around the mode is

    H = sum_n phi_n phi_n' kron A_n,

with A_n = s_n (diag p_n - p_n p_n') for several classes, s_n p_n (1 - p_n) for the
single logit of two classes, and diag(1 / sigma^2) for regression. The posterior is
normal with precision H + lambda I. Its draws are W + (H + lambda I)^(-1/2) e, with e
standard normal. The root is the symmetric one, which does not depend on the choice of
eigenvectors.

References
----------
.. [1] Daxberger, Kristiadi, Immer, Eschenhagen, Bauer and Hennig, "Laplace redux:
   effortless Bayesian deep learning", NeurIPS 2021.
"""

import numpy as np

__all__ = ["Curvature", "KroneckerCurvature", "curvature_of_logits", "of_classes"]

# eigenvalues below this fraction of the largest are zeros with rounding errors
RANK = 64 * np.finfo(np.float64).eps


class Curvature:
    """Curvature given by its eigenvectors in the space of all weights.

    Parameters
    ----------
    vectors_wr : ndarray of shape (d * c, r)
        Orthonormal eigenvectors; if r < d * c, the curvature of the rest is 0.
    eigenvalues : ndarray of shape (r,)
        Non-negative eigenvalues.
    """

    def __init__(self, vectors_wr, eigenvalues):
        self.vectors_wr, self.eigenvalues = vectors_wr, eigenvalues

    def whitened(self, e_kdc, precision):
        """Compute (H + precision I)^(-1/2) e for each of k matrices e: (k, d, c)."""
        e_kw = e_kdc.reshape(len(e_kdc), -1)
        prior = precision**-0.5
        # outside the span of the labelled points the curvature is 0, so only the prior
        # is left
        shrink_r = (self.eigenvalues + precision) ** -0.5 - prior
        within_kr = e_kw @ self.vectors_wr
        u_kw = prior * e_kw + (within_kr * shrink_r) @ self.vectors_wr.T
        return u_kw.reshape(e_kdc.shape)


class KroneckerCurvature:
    """Curvature A kron B, given by the eigenvectors of both factors.

    Parameters
    ----------
    a_dd, b_cc : ndarray of shapes (d, d) and (c, c)
        Symmetric positive semi-definite factors.
    """

    def __init__(self, a_dd, b_cc):
        a_d, self.of_a_dd = _eigh(a_dd)
        b_c, self.of_b_cc = _eigh(b_cc)
        self.eigenvalues = np.outer(a_d, b_c).ravel()

    def whitened(self, e_kdc, precision):
        """Compute (H + precision I)^(-1/2) e for each of k matrices e: (k, d, c)."""
        rotated_kdc = self.of_a_dd.T @ e_kdc @ self.of_b_cc
        scale_dc = (self.eigenvalues.reshape(e_kdc.shape[1:]) + precision) ** -0.5
        return self.of_a_dd @ (rotated_kdc * scale_dc) @ self.of_b_cc.T


def of_classes(phi_nd, p_nc, s_n):
    """Curvature of a categorical likelihood, decomposed in the smaller space.

    Parameters
    ----------
    phi_nd : ndarray of shape (n, d)
        Features of the labelled points.
    p_nc : ndarray of shape (n, c)
        Their class probabilities; c = 1 for the single logit of two classes.
    s_n : ndarray of shape (n,)
        Weights of the labelled points.

    Returns
    -------
    Curvature
        The curvature, by d * c eigenvectors, or n * c if that is less.
    """
    n, c = p_nc.shape
    if n * c < phi_nd.shape[1] * c:
        return _within_span(phi_nd, _roots(p_nc, s_n))
    return _among_weights(phi_nd, curvature_of_logits(p_nc, s_n))


def curvature_of_logits(p_nc, s_n):
    """Matrix A_n of each point: (n, c, c)."""
    if p_nc.shape[1] == 1:
        return (s_n[:, None] * p_nc * (1 - p_nc))[:, :, None]
    diagonal_ncc = p_nc[:, :, None] * np.eye(p_nc.shape[1])
    return s_n[:, None, None] * (diagonal_ncc - p_nc[:, :, None] * p_nc[:, None])


def _roots(p_nc, s_n):
    """Matrix L_n of each point, where L_n L_n' = A_n: (n, c, c)."""
    if p_nc.shape[1] == 1:
        return np.sqrt(curvature_of_logits(p_nc, s_n))
    # L = diag(sqrt p) - p sqrt(p)', since sqrt(p)' sqrt(p) = 1
    root_nc = np.sqrt(p_nc)
    diagonal_ncc = root_nc[:, :, None] * np.eye(p_nc.shape[1])
    root_ncc = diagonal_ncc - p_nc[:, :, None] * root_nc[:, None]
    return np.sqrt(s_n)[:, None, None] * root_ncc


def _among_weights(phi_nd, a_ncc):
    """Decompose H itself; fast for few weights."""
    d, c = phi_nd.shape[1], a_ncc.shape[1]
    h_dcdc = np.empty((d, c, d, c))
    for a in range(c):
        for b in range(c):
            h_dcdc[:, a, :, b] = phi_nd.T @ (a_ncc[:, a, b, None] * phi_nd)
    eigenvalues, vectors = _eigh(h_dcdc.reshape(d * c, d * c))
    return Curvature(vectors, eigenvalues)


def _within_span(phi_nd, root_ncc):
    """Decompose J J', where H = J' J; fast for few points."""
    n, c, _ = root_ncc.shape
    # one row for each point and column of its root
    j_rw = np.einsum("nd,ncr->nrdc", phi_nd, root_ncc).reshape(n * c, -1)
    values_r, vectors_rr = _eigh(j_rw @ j_rw.T)
    kept = values_r > RANK * max(values_r.max(initial=0.0), 0.0)
    values_r, vectors_rr = values_r[kept], vectors_rr[:, kept]
    return Curvature(j_rw.T @ (vectors_rr / np.sqrt(values_r)), values_r)


def _eigh(symmetric):
    """Eigenvalues, clipped to be non-negative, and eigenvectors."""
    values, vectors = np.linalg.eigh(symmetric)
    return np.clip(values, 0, None), vectors
