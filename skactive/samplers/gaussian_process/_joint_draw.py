"""Functions of a Gaussian process at the points where they are asked; layer 3."""

from typing import Any, NamedTuple

import joblib
import numpy as np
from scipy.linalg import solve_triangular
from scipy.linalg.lapack import dpstrf

from skactive._utils.array import map_rows
from skactive.samplers.gaussian_process._pathwise import BLOCK

__all__ = ["MAX_POINTS", "Continued", "JointDraw", "Latent", "point_keys"]

# Distinct points of one joint draw: their covariance is 200 MB, and held thrice
MAX_POINTS = 5_000
# Variance, as a share of the prior's, below which a value follows from the others
NEGLIGIBLE = 1e-12


class Latent(NamedTuple):
    """Posterior of a latent function.

    A kernel of two arguments leaves out ``WhiteKernel``: noise is no part of it.
    """

    kernel: Any
    X_train: Any
    dual: Any  # (n_train,) or (n_train, n_targets)
    factor: Any  # lower triangular
    scale: Any  # (n_train, 1), or a number

    def mean(self, X):
        """Mean at points: (n, c)."""
        return (self.kernel(X, self.X_train) @ self.dual).reshape(len(X), -1)

    def covariance(self, X, Z):
        """Covariance between points: (n, m)."""
        return self.kernel(X, Z) - self._explained(X).T @ self._explained(Z)

    def prior_variance(self, X):
        """Largest variance at points, noise and all, before anything was learnt."""
        return self.kernel.diag(X).max()

    def _explained(self, X):
        """What the training points say, whitened: GPML's v, (n_train, n)."""
        cross = self.scale * self.kernel(self.X_train, X)
        return solve_triangular(self.factor, cross, lower=True)


class JointDraw:
    """Functions drawn at points as they are asked, each given all asked before.

    f = mean + L z at the pivots, points that determine all others but for a negligible
    variance; asking more points appends rows to L and z. Where points become too many,
    the functions go on by those that ``path(rng)`` draws, if there is one; else it is
    an error that ends in `remedy`.
    """

    def __init__(self, latent, shape, rng, *, path=None, remedy=""):
        self.latent = latent
        self.shape = shape  # (k, c)
        self.rng = np.random.default_rng(rng.integers(2**63))
        self.path = path
        self.remedy = remedy
        self.rest = None  # the functions beyond what has been drawn, once needed
        self.place = {}  # of each point asked so far
        self.values = np.empty((0, *shape))
        self.pivots = ()  # the points themselves
        self.factor = np.empty((0, 0))  # L, lower triangular
        self.chance = np.empty((0, int(np.prod(shape))))  # z

    def __call__(self, X):
        """Values of the functions at points: (n, k, c)."""
        keys = point_keys(X)
        row_of = {key: row for row, key in enumerate(keys) if key not in self.place}
        if self.rest is not None or self._too_many(len(X), len(row_of)):
            return self._with_rest(X, keys)
        if row_of:
            # in an order of the points' own: that of the rows must not matter
            fresh = sorted(row_of)
            self._ask(X[[row_of[key] for key in fresh]])
            first = len(self.place)
            self.place |= {key: first + i for i, key in enumerate(fresh)}
        return self.values[[self.place[key] for key in keys]]

    def _too_many(self, n_rows, n_fresh):
        n = len(self.place) + n_fresh
        if self.path is None and n > MAX_POINTS:
            raise ValueError(
                f"joint draws of a Gaussian process at {n} distinct points, and at "
                f"most {MAX_POINTS} are possible: {self.remedy}"
            )
        return self.path is not None and max(n, n_rows) > MAX_POINTS

    def _with_rest(self, X, keys):
        """Values by formula, but for points that have been drawn."""
        if self.rest is None:
            path = self.path(self.rng)
            self.rest = Continued(self, path) if len(self.pivots) else path
        f_nkc = self.rest(X)
        drawn = [row for row, key in enumerate(keys) if key in self.place]
        f_nkc[drawn] = self.values[[self.place[keys[row]] for row in drawn]]
        return f_nkc

    def _ask(self, X):
        """Draw the values at new points, given those at the old."""
        known_mr = self.explained_by_pivots(X)
        covariance_mm = self.latent.covariance(X, X)
        rest_mm = covariance_mm - known_mr @ known_mr.T
        tolerance = NEGLIGIBLE * self.latent.prior_variance(X)
        fresh_ms, new = _pivoted_cholesky(rest_mm, tolerance)

        r, s = len(self.pivots), len(new)
        above = [self.factor, np.zeros((r, s))]
        self.factor = np.block([above, [known_mr[new], fresh_ms[new]]])
        self.pivots = np.concatenate([self.pivots, X[new]]) if r else X[new]
        # noise goes with the points: independent ones have it whatever their pivoting
        chance = self.rng.standard_normal((len(X), self.chance.shape[1]))
        self.chance = np.concatenate([self.chance, chance[new]])
        f_mkc = (np.hstack([known_mr, fresh_ms]) @ self.chance).reshape(-1, *self.shape)
        values = self.latent.mean(X)[:, None, :] + f_mkc
        self.values = np.concatenate([self.values, values])

    def explained_by_pivots(self, X):
        """Rows of the factor, at points X, that belong to the pivots so far: (m, r)."""
        if not len(self.pivots):
            return np.empty((len(X), 0))
        cross_rm = self.latent.covariance(self.pivots, X)
        return solve_triangular(self.factor, cross_rm, lower=True).T


class Continued:
    """Functions that go through what a joint draw has drawn, as a formula beyond it.

    f = h + C(., P) C(P, P)^-1 (f(P) - h(P)): another draw h of the posterior, whose
    covariance is C, is corrected at the pivots P.
    """

    def __init__(self, drawn, path):
        self.explained = drawn.explained_by_pivots
        self.path = path
        # f(P) - mean is L z already
        mean_rc = drawn.latent.mean(drawn.pivots)[:, None, :]
        excess_rx = (path(drawn.pivots) - mean_rc).reshape(drawn.chance.shape)
        whitened = solve_triangular(drawn.factor, excess_rx, lower=True)
        self.weights = drawn.chance - whitened

    def __call__(self, X):
        """Values of the functions at points: (n, k, c)."""
        f_nkc = self.path(X)
        correction = map_rows(
            lambda rows: self.explained(X[rows]) @ self.weights, len(X), BLOCK
        )
        return f_nkc + correction.reshape(f_nkc.shape)


def _pivoted_cholesky(covariance, tolerance):
    """Factor F with F F' = covariance, but for variances up to `tolerance`.

    Returns F (m, r), and the r pivots, at which its rows are lower triangular.
    """
    packed, pivots, rank, _ = dpstrf(covariance, tol=tolerance, lower=1)
    pivots = pivots - 1  # LAPACK counts from one
    factor = np.empty((len(covariance), rank))
    factor[pivots] = np.tril(packed)[:, :rank]
    return factor, pivots[:rank]


def point_keys(X):
    """Something hashable that equal points share, and no others."""
    if X.ndim >= 2 and X.dtype == np.float64:
        return [row.tobytes() for row in X]
    return [joblib.hash(point) for point in X]
