"""Joint draws of a Gaussian process, extended by the points of each call; layer 3."""

from typing import Any, NamedTuple

import joblib
import numpy as np
from scipy.linalg import solve_triangular
from scipy.linalg.lapack import dpstrf

from skactive._utils.array import map_rows
from skactive.samplers.gaussian_process._pathwise import BLOCK

__all__ = ["MAX_POINTS", "Continued", "JointDraw", "Latent", "point_keys"]

# of distinct points in a joint draw: their covariance takes 200 MB, three times
MAX_POINTS = 5_000
# fraction of the prior variance below which a value is determined by the others
NEGLIGIBLE = 1e-12


class Latent(NamedTuple):
    """Posterior of a latent function.

    A kernel evaluated at two arguments does not include ``WhiteKernel``, so noise is
    left out of the latent function.
    """

    kernel: Any
    X_train: Any
    dual: Any  # (n_train,) or (n_train, n_targets)
    factor: Any  # lower triangular
    scale: Any  # (n_train, 1), or a number

    def mean(self, X):
        """Posterior mean at points: (n, c)."""
        return (self.kernel(X, self.X_train) @ self.dual).reshape(len(X), -1)

    def covariance(self, X, Z):
        """Posterior covariance between points: (n, m)."""
        return self.kernel(X, Z) - self._explained(X).T @ self._explained(Z)

    def prior_variance(self, X):
        """Largest prior variance at the points, including noise."""
        return self.kernel.diag(X).max()

    def _explained(self, X):
        """Whitened covariance with the training points: GPML's v, (n_train, n)."""
        cross = self.scale * self.kernel(self.X_train, X)
        return solve_triangular(self.factor, cross, lower=True)


class JointDraw:
    """Functions drawn exactly, jointly with the values at all points evaluated before.

    f = mean + L z at the pivots, which are points that determine the values at all
    others up to a negligible variance; new points append rows to L and z. If there are
    too many points, the functions are continued by those that ``path(rng)`` draws.
    Without `path` this is an error, whose message ends in `remedy`.
    """

    def __init__(self, latent, shape, rng, *, path=None, remedy=""):
        self.latent = latent
        self.shape = shape  # (k, c)
        self.rng = np.random.default_rng(rng.integers(2**63))
        self.path = path
        self.remedy = remedy
        self.rest = None  # functions for the points beyond MAX_POINTS, once needed
        self.place = {}  # index of each point that was evaluated
        self.values = np.empty((0, *shape))
        self.pivots = ()  # the points themselves
        self.factor = np.empty((0, 0))  # L, lower triangular
        self.chance = np.empty((0, int(np.prod(shape))))  # z

    def __call__(self, X):
        """Evaluate the functions at points: (n, k, c)."""
        keys = point_keys(X)
        row_of = {key: row for row, key in enumerate(keys) if key not in self.place}
        if self.rest is not None or self._too_many(len(X), len(row_of)):
            return self._with_rest(X, keys)
        if row_of:
            # sorted by their bytes, so that the order of the rows does not matter
            fresh = sorted(row_of)
            self._ask(X[[row_of[key] for key in fresh]])
            first = len(self.place)
            self.place |= {key: first + i for i, key in enumerate(fresh)}
        return self.values[[self.place[key] for key in keys]]

    def _too_many(self, n_rows, n_fresh):
        n = len(self.place) + n_fresh
        if self.path is None and n > MAX_POINTS:
            raise ValueError(
                f"a Gaussian process cannot be drawn jointly at {n} distinct points, "
                f"as at most {MAX_POINTS} are possible; {self.remedy}"
            )
        return self.path is not None and max(n, n_rows) > MAX_POINTS

    def _with_rest(self, X, keys):
        """Evaluate the continued functions, except at points that have been drawn."""
        if self.rest is None:
            path = self.path(self.rng)
            self.rest = Continued(self, path) if len(self.pivots) else path
        f_nkc = self.rest(X)
        drawn = [row for row, key in enumerate(keys) if key in self.place]
        f_nkc[drawn] = self.values[[self.place[keys[row]] for row in drawn]]
        return f_nkc

    def _ask(self, X):
        """Draw values at new points, conditionally on those drawn before."""
        known_mr = self.explained_by_pivots(X)
        covariance_mm = self.latent.covariance(X, X)
        rest_mm = covariance_mm - known_mr @ known_mr.T
        tolerance = NEGLIGIBLE * self.latent.prior_variance(X)
        fresh_ms, new = _pivoted_cholesky(rest_mm, tolerance)

        r, s = len(self.pivots), len(new)
        above = [self.factor, np.zeros((r, s))]
        self.factor = np.block([above, [known_mr[new], fresh_ms[new]]])
        self.pivots = np.concatenate([self.pivots, X[new]]) if r else X[new]
        # one random number per point, pivot or not: pivoting must not assign other ones
        chance = self.rng.standard_normal((len(X), self.chance.shape[1]))
        self.chance = np.concatenate([self.chance, chance[new]])
        f_mkc = (np.hstack([known_mr, fresh_ms]) @ self.chance).reshape(-1, *self.shape)
        values = self.latent.mean(X)[:, None, :] + f_mkc
        self.values = np.concatenate([self.values, values])

    def explained_by_pivots(self, X):
        """Rows of the factor at points X for the present pivots: (m, r)."""
        if not len(self.pivots):
            return np.empty((len(X), 0))
        cross_rm = self.latent.covariance(self.pivots, X)
        return solve_triangular(self.factor, cross_rm, lower=True).T


class Continued:
    """Functions that agree with a joint draw at its points, and extend it by a formula.

    f = h + C(., P) C(P, P)^-1 (f(P) - h(P)), where h is another draw from the
    posterior, with covariance C, and P are the pivots.
    """

    def __init__(self, drawn, path):
        self.explained = drawn.explained_by_pivots
        self.path = path
        # f(P) - mean equals L z
        mean_rc = drawn.latent.mean(drawn.pivots)[:, None, :]
        excess_rx = (path(drawn.pivots) - mean_rc).reshape(drawn.chance.shape)
        whitened = solve_triangular(drawn.factor, excess_rx, lower=True)
        self.weights = drawn.chance - whitened

    def __call__(self, X):
        """Evaluate the functions at points: (n, k, c)."""
        f_nkc = self.path(X)
        correction = map_rows(
            lambda rows: self.explained(X[rows]) @ self.weights, len(X), BLOCK
        )
        return f_nkc + correction.reshape(f_nkc.shape)


def _pivoted_cholesky(covariance, tolerance):
    """Factor F with F F' = covariance, up to variances of at most `tolerance`.

    Returns F (m, r) and the r pivots, in whose rows F is lower triangular.
    """
    packed, pivots, rank, _ = dpstrf(covariance, tol=tolerance, lower=1)
    pivots = pivots - 1  # LAPACK counts from 1
    factor = np.empty((len(covariance), rank))
    factor[pivots] = np.tril(packed)[:, :rank]
    return factor, pivots[:rank]


def point_keys(X):
    """Hashable keys that are equal for equal points only."""
    if X.ndim >= 2 and X.dtype == np.float64:
        return [row.tobytes() for row in X]
    return [joblib.hash(point) for point in X]
