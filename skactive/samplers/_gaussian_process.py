"""Gaussian processes: joint draws of the latent function; layer 2."""

from numbers import Integral
from typing import Any, NamedTuple

import joblib
import numpy as np
from scipy.linalg import solve_triangular
from scipy.linalg.lapack import dpstrf
from scipy.special import expit, log_expit, softmax
from sklearn.gaussian_process import (
    GaussianProcessClassifier,
    GaussianProcessRegressor,
)
from sklearn.utils.validation import validate_data

from skactive._sklearn import Interval, normalization
from skactive.samplers._base import PosteriorSampler

__all__ = ["GaussianProcessSampler"]

# Distinct points of one joint draw: their covariance is 200 MB, and held thrice
MAX_POINTS = 5_000
# Variance, as a share of the prior's, below which a value follows from the others
NEGLIGIBLE = 1e-12


class GaussianProcessSampler(PosteriorSampler):
    """Draw functions of a Gaussian process, exactly and jointly at all points [1]_.

    Regression draws the latent function: without the noise of ``WhiteKernel`` and
    ``alpha``, in units of y. Classification draws latent functions from the Laplace
    approximation and passes them through the sigmoid; with more than two classes,
    those of one-vs-rest are independent, and each draw is normalised.

    A draw remembers where it was asked: the same point has the same value again, and
    further points are drawn given those before. `as_sampler` wraps these models so by
    itself.

    Parameters
    ----------
    estimator : GaussianProcessRegressor or GaussianProcessClassifier
        The model, perhaps frozen or at the end of a ``Pipeline``.
    n_draws : int, default=50
        Number of functions drawn for a query.
    device : str or None, default=None
        Where the draws go; see `PosteriorSampler`.
    random_state : int, RandomState or None, default=None
        As in `PosteriorSampler`; nothing here is left to it.

    Attributes
    ----------
    estimator_ : estimator
        The fitted Gaussian process.
    classes_ : ndarray of shape (c,)
        The labels (classification).
    n_draws_ : int
        The k of the draws.
    n_outputs_ : int
        The c of the draws.

    Notes
    -----
    Time grows with the cube, and memory with the square, of the number of distinct
    points that one query asks about (pool, labelled and reference points): more than
    5,000 are a ``ValueError``. What a point's draw is depends on the points it was
    asked together with, not on their order or number of copies; the distribution is
    the same.

    References
    ----------
    .. [1] Rasmussen and Williams, "Gaussian processes for machine learning", 2006,
       algorithms 2.1 and 3.2.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.gaussian_process import GaussianProcessRegressor
    >>> from skactive.samplers import GaussianProcessSampler
    >>> X, y = np.array([[0.0], [1.0], [2.0]]), np.array([0.0, 1.0, 0.0])
    >>> sampler = GaussianProcessSampler(GaussianProcessRegressor(), n_draws=7)
    >>> sampler.fit(X, y).draw(np.linspace(0, 2, 20)[:, None], rng=0).shape
    (20, 7, 1)
    """

    _parameter_constraints = {
        **PosteriorSampler._parameter_constraints,
        "n_draws": [Interval(Integral, 1, None, closed="left")],
    }

    @staticmethod
    def accepts(final):
        """Whether `final` is a Gaussian process of scikit-learn."""
        return isinstance(final, GaussianProcessClassifier | GaussianProcessRegressor)

    def _count_draws(self):
        if not self.accepts(self._final):
            raise TypeError(
                f"{self._name}: draws from scikit-learn's Gaussian processes only; use "
                "BootstrapSampler(estimator)"
            )
        return super()._count_draws()

    def _learn_outputs(self, X, y):
        super()._learn_outputs(X, y)
        in_pairs = getattr(self._final, "multi_class", None) == "one_vs_one"
        if in_pairs and self.n_outputs_ > 2:
            raise TypeError(
                f"{self._name}: the pairs of one_vs_one have no joint posterior over "
                "classes; use multi_class='one_vs_rest', or BootstrapSampler(estimator)"
            )

    def functions(self, rng):
        """Start one joint draw for each latent function; it grows as it is asked."""
        of_points = (
            self._values(rng) if self.task == "regression" else self._classes(rng)
        )
        return lambda X: of_points(self._validated(self._transform(X)))

    def _values(self, rng):
        """Draws in units of y, ``normalize_y`` undone: a callable X -> (n, k, c)."""
        gp = self._final
        latent = _Latent(gp.kernel_, gp.X_train_, gp.alpha_, gp.L_, 1.0)
        draw = _JointDraw(latent, (self.n_draws_, self.n_outputs_), rng)
        shift_c, scale_c = normalization(gp)
        return lambda X: shift_c + scale_c * draw(X)

    def _classes(self, rng):
        """Draws of class probabilities: a callable X -> (n, k, c)."""
        base = self._final.base_estimator_
        draws = [
            _JointDraw(_laplace(binary), (self.n_draws_, 1), rng)
            for binary in getattr(base, "estimators_", [base])
        ]

        def probabilities(X):
            f_nkc = np.concatenate([draw(X) for draw in draws], axis=-1)
            if len(draws) == 1:
                return expit(np.concatenate([-f_nkc, f_nkc], axis=-1))
            # sigmoids over their sum, which may be too small for a number
            return softmax(log_expit(f_nkc), axis=-1)

        return probabilities

    def _validated(self, X):
        """Points as the Gaussian process itself takes them."""
        gp = self._final
        if gp.kernel is not None and not gp.kernel.requires_vector_input:
            return validate_data(gp, X, ensure_2d=False, dtype=None, reset=False)
        X = validate_data(gp, X, dtype="numeric", reset=False)
        return np.asarray(X, dtype=np.float64) + 0.0  # no -0.0: equal rows, equal bytes

    def _rows_per_chunk(self):
        # a pool is one joint draw, whatever memory its chunks were allowed
        return max(super()._rows_per_chunk(), MAX_POINTS)


def _laplace(binary):
    """Latent function of a two-class model: GPML alg. 3.2, lines 4 and 5."""
    residual_n = binary.y_train_ - binary.pi_
    return _Latent(
        binary.kernel_, binary.X_train_, residual_n, binary.L_, binary.W_sr_[:, None]
    )


class _Latent(NamedTuple):
    """Posterior of a latent function.

    A kernel of two arguments leaves out ``WhiteKernel``: noise is no part of it. The
    covariance between X and Z is ``kernel(X, Z) - explained(X).T @ explained(Z)``.
    """

    kernel: Any
    X_train: Any
    dual: Any  # (n_train,) or (n_train, n_targets)
    factor: Any  # lower triangular
    scale: Any

    def mean(self, X):
        """Mean at points: (n, c)."""
        return (self.kernel(X, self.X_train) @ self.dual).reshape(len(X), -1)

    def explained(self, X):
        """What the training points say, whitened: GPML's v, (n_train, n)."""
        cross = self.scale * self.kernel(self.X_train, X)
        return solve_triangular(self.factor, cross, lower=True)


class _JointDraw:
    """Functions drawn at points as they are asked, each given all asked before.

    f = mean + L z at the pivots, points that determine all others but for a negligible
    variance; asking more points appends rows to L and z.
    """

    def __init__(self, latent, shape, rng):
        self.latent = latent
        self.shape = shape  # (k, c)
        self.rng = np.random.default_rng(rng.integers(2**63))
        self.place = {}  # of each point asked so far
        self.values = np.empty((0, *shape))
        self.pivots = ()  # the points themselves
        self.factor = np.empty((0, 0))  # L, lower triangular
        self.chance = np.empty((0, int(np.prod(shape))))  # z

    def __call__(self, X):
        """Values of the functions at points: (n, k, c)."""
        keys = _keys(X)
        row_of = {key: row for row, key in enumerate(keys) if key not in self.place}
        if row_of:
            # in an order of the points' own: that of the rows must not matter
            fresh = sorted(row_of)
            self._ask(X[[row_of[key] for key in fresh]])
            first = len(self.place)
            self.place |= {key: first + i for i, key in enumerate(fresh)}
        return self.values[[self.place[key] for key in keys]]

    def _ask(self, X):
        """Draw the values at new points, given those at the old."""
        if len(self.values) + len(X) > MAX_POINTS:
            raise ValueError(
                f"joint draws of a Gaussian process at {len(self.values) + len(X)} "
                f"distinct points, and at most {MAX_POINTS} are possible: query a part "
                "of the pool at a time, or use BootstrapSampler(estimator)"
            )
        known_mr = self._explained_by_pivots(X)
        prior_mm = self.latent.kernel(X, X)
        explained = self.latent.explained(X)
        rest_mm = prior_mm - explained.T @ explained - known_mr @ known_mr.T
        tolerance = NEGLIGIBLE * prior_mm.diagonal().max()
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

    def _explained_by_pivots(self, X):
        """Rows of the factor, at points X, that belong to the pivots so far: (m, r)."""
        if not len(self.pivots):
            return np.empty((len(X), 0))
        explained = self.latent.explained
        cross_rm = self.latent.kernel(self.pivots, X)
        cross_rm -= explained(self.pivots).T @ explained(X)
        return solve_triangular(self.factor, cross_rm, lower=True).T


def _pivoted_cholesky(covariance, tolerance):
    """Factor F with F F' = covariance, but for variances up to `tolerance`.

    Returns F (m, r), and the r pivots, at which its rows are lower triangular.
    """
    packed, pivots, rank, _ = dpstrf(covariance, tol=tolerance, lower=1)
    pivots = pivots - 1  # LAPACK counts from one
    factor = np.empty((len(covariance), rank))
    factor[pivots] = np.tril(packed)[:, :rank]
    return factor, pivots[:rank]


def _keys(X):
    """Something hashable that equal points share, and no others."""
    if X.ndim == 2 and X.dtype == np.float64:
        return [row.tobytes() for row in X]
    return [joblib.hash(point) for point in X]
