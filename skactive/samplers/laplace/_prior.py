"""Precision of the prior of a last layer; layer 3.

References
----------
.. [1] MacKay, "The evidence framework applied to classification networks", Neural
   Computation, 1992.
.. [2] Daxberger, Kristiadi, Immer, Eschenhagen, Bauer and Hennig, "Laplace redux:
   effortless Bayesian deep learning", NeurIPS 2021.
"""

import numpy as np

from skactive._utils.warnings import warn_caller

__all__ = ["FACTORS", "best_precision", "most_likely_precision", "precision_of"]
__all__ += ["rule_of"]

# 10 per decade, relative to `most_likely_precision`
FACTORS = np.logspace(-4, 4, 81)


# A classifier that is certain of its points leaves no curvature there; the curvature of
# a regressor does not depend on its predictions.
DEFAULTS = {"classification": "weights", "regression": "marginal_likelihood"}


def rule_of(prior_precision, task, n):
    """Name of the rule that chooses the precision for n points, or a number."""
    if not isinstance(prior_precision, str):
        return prior_precision
    if not n:  # without points there is no marginal likelihood
        return "weights"
    return DEFAULTS[task] if prior_precision == "auto" else prior_precision


def precision_of(name, chosen, eigenvalues, weights_dc):
    """Precision of the prior, by a rule or as a number.

    Parameters
    ----------
    name : str
        Name of the sampler in messages.
    chosen : {"weights", "marginal_likelihood"} or float
        What `rule_of` returns.
    eigenvalues : ndarray of shape (r,)
        Eigenvalues of the curvature.
    weights_dc : ndarray of shape (d, c)
        The trained weights.
    """
    if not isinstance(chosen, str):
        return float(chosen)
    if not weights_dc.any():
        raise ValueError(
            f"{name}: the weights of the last layer are all 0, so the precision of "
            "their prior cannot be estimated; pass prior_precision as a number"
        )
    if chosen == "weights":
        return most_likely_precision(weights_dc)
    precision, at_edge = best_precision(eigenvalues, weights_dc)
    if at_edge:
        warn_caller(
            f"{name}: the marginal likelihood is largest at the edge of its grid of "
            f"prior precisions, {precision:.3g}: the labelled points do not determine "
            "it, for example because the net separates the classes perfectly. Use "
            "prior_precision='weights', a number, or more labels"
        )
    return precision


def most_likely_precision(weights_dc):
    """Prior precision under which weights are most likely: d c / |W|^2.

    It maximizes the density of the weights under N(0, I / precision).
    """
    return weights_dc.size / float((weights_dc**2).sum())


def best_precision(eigenvalues, weights_dc):
    """Prior precision that maximizes the marginal likelihood over a grid.

    The log marginal likelihood of the Laplace approximation at the trained weights W is
    up to a constant [2]_

        -lambda |W|^2 / 2 + 1/2 sum_i log(lambda / (lambda + h_i)),

    with the eigenvalues h of the curvature, so one decomposition serves the whole grid.
    At the maximum, lambda |W|^2 = sum_i h_i / (h_i + lambda), the number of weights
    that the labels determine [1]_. It supposes that W is the mode under this prior. For
    a classifier that was trained without a penalty until it separates the labelled
    points, h is close to 0 there, and so is lambda.

    Parameters
    ----------
    eigenvalues : ndarray of shape (r,)
        Eigenvalues of the curvature.
    weights_dc : ndarray of shape (d, c)
        The trained weights, not all zero.

    Returns
    -------
    precision : float
        The best precision in the grid: `FACTORS` times `most_likely_precision`.
    at_edge : bool
        Whether it is at an end of the grid.
    """
    grid = FACTORS * most_likely_precision(weights_dc)
    evidence = -grid * float((weights_dc**2).sum()) / 2
    evidence -= np.log1p(eigenvalues / grid[:, None]).sum(axis=1) / 2
    best = int(evidence.argmax())
    return float(grid[best]), best in (0, len(grid) - 1)
