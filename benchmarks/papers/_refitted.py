"""Evidence of a prior for a last layer that is refitted under it.

The marginal likelihood by the Laplace approximation is

    log p(y | W) - lambda |W|^2 / 2 + 1/2 sum_i log(lambda / (lambda + h_i)),

where W is the mode for this lambda, and h are the eigenvalues of the curvature there.
"""

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from skactive.samplers.laplace._curvature import of_classes

__all__ = ["refitted"]


def refitted(phi_nd, y, w_dc, precisions):
    """Precision of the largest evidence, and the weights refitted under it.

    Parameters
    ----------
    phi_nd : ndarray of shape (n, d)
        Features of the labelled points.
    y : ndarray of shape (n,)
        Their classes, 0..c-1.
    w_dc : ndarray of shape (d, c)
        Weights to start from.
    precisions : iterable of float
        Precisions of the prior to choose from, from large to small.
    """
    best = -np.inf, None, None
    for precision in precisions:
        w_dc = mode(phi_nd, y, w_dc, precision)  # a warm start from the one before
        best = max(
            best,
            (evidence(phi_nd, y, w_dc, precision), precision, w_dc),
            key=lambda found: found[0],
        )
    return best[1:]


def mode(phi_nd, y, w_dc, precision):
    """Weights of the largest posterior density: multinomial logistic regression."""
    hit_nc = np.eye(w_dc.shape[1])[y]

    def loss(w):
        log_p_nc = log_softmax(phi_nd @ w.reshape(w_dc.shape), axis=1)
        gradient_dc = phi_nd.T @ (np.exp(log_p_nc) - hit_nc)
        value = precision / 2 * (w @ w) - (hit_nc * log_p_nc).sum()
        return value, gradient_dc.ravel() + precision * w

    found = minimize(
        loss,
        w_dc.ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 2000, "ftol": 1e-10, "gtol": 1e-5},
    )
    return found.x.reshape(w_dc.shape)


def evidence(phi_nd, y, w_dc, precision):
    """Log marginal likelihood by the Laplace approximation at the mode `w_dc`."""
    log_p_nc = log_softmax(phi_nd @ w_dc, axis=1)
    h_r = of_classes(phi_nd, np.exp(log_p_nc), np.ones(len(y))).eigenvalues
    value = log_p_nc[np.arange(len(y)), y].sum() - precision * (w_dc**2).sum() / 2
    return value - np.log1p(h_r / precision).sum() / 2
