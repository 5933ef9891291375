"""GaussianProcessSampler: draws of the latent function; layer 3."""

import copy
from functools import partial
from numbers import Integral

import numpy as np
from scipy.special import expit, log_expit, softmax
from sklearn.gaussian_process import (
    GaussianProcessClassifier,
    GaussianProcessRegressor,
)
from sklearn.utils.validation import validate_data

from skactive._utils.scikit_learn import Interval, StrOptions, normalization
from skactive.samplers._base import PosteriorSampler
from skactive.samplers.gaussian_process._joint_draw import MAX_POINTS, JointDraw, Latent
from skactive.samplers.gaussian_process._pathwise import PathwiseDraw, spectral_fault

__all__ = ["GaussianProcessSampler"]


class GaussianProcessSampler(PosteriorSampler):
    """Draw functions of a Gaussian process, jointly at all points [1]_.

    For regression, draws are of the latent function, without the noise of
    ``WhiteKernel`` and ``alpha``, in units of y. For classification, latent functions
    are drawn from the Laplace approximation and passed through the sigmoid. With more
    than two classes, the one-vs-rest functions are independent, and each draw is
    normalized.

    Up to 5,000 distinct points are drawn exactly. A draw stores its values: a point
    that is evaluated again has the same value, and new points are drawn conditionally
    on those before. With more points, draws are continued as random Fourier sums,
    corrected by what is known [2]_, in time and memory that are linear in the number of
    points.

    `as_sampler` wraps these models in this class.

    Parameters
    ----------
    estimator : GaussianProcessRegressor or GaussianProcessClassifier
        The model, which may be frozen or at the end of a ``Pipeline``.
    n_draws : int, default=50
        Number of functions drawn per query.
    device : str or None, default=None
        Device of the draws; see `PosteriorSampler`.
    random_state : int, RandomState or None, default=None
        As in `PosteriorSampler`; fitting these models uses no torch.
    method : {"auto", "exact", "pathwise"}, default="auto"
        "exact" draws jointly, at up to 5,000 distinct points per query (pool, labelled
        and reference points together). "pathwise" draws by random Fourier features, at
        any number of points, for sums and products of the kernels ``RBF``, ``Matern``,
        ``RationalQuadratic`` and ``ConstantKernel``, with ``WhiteKernel`` as noise.
        "auto" is exact where possible, and pathwise for more points.
    n_frequencies : int, default=1024
        Number of frequencies, each with a cosine and a sine, per summand of the kernel.

    Attributes
    ----------
    estimator_ : estimator
        The fitted Gaussian process.
    classes_ : ndarray of shape (c,)
        The classes (classification).
    n_draws_ : int
        Number k of draws.
    n_outputs_ : int
        Number c of outputs.

    Notes
    -----
    Time of exact draws grows with the cube and memory with the square of the number of
    distinct points in a query. A pool of more than 5,000 points is drawn pathwise from
    the first point on. The value drawn at a point depends on the other points evaluated
    with it, but not on their order or on duplicates; its distribution does not. The
    partitions of a dask collection are drawn separately, and so pathwise: with
    ``method= "exact"``, or a kernel without a known spectral density, they raise a
    ``TypeError``.

    Frequencies are quasi-random. With 1,024 of them, the root mean square error of
    prior covariances, relative to the variance, is 0.002 (RBF) to 0.01 (Matern, nu =
    0.5) in 3 dimensions, and 0.01 to 0.02 in 20.

    References
    ----------
    .. [1] Rasmussen and Williams, "Gaussian processes for machine learning", 2006,
       algorithms 2.1 and 3.2.
    .. [2] Wilson et al., "Efficiently sampling functions from Gaussian process
       posteriors", ICML 2020.

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
        "method": [StrOptions({"auto", "exact", "pathwise"})],
        "n_frequencies": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        estimator,
        *,
        n_draws=50,
        device=None,
        random_state=None,
        method="auto",
        n_frequencies=1024,
    ):
        super().__init__(
            estimator, n_draws=n_draws, device=device, random_state=random_state
        )
        self.method = method
        self.n_frequencies = n_frequencies

    @staticmethod
    def accepts(final):
        """Whether `final` is a Gaussian process of scikit-learn."""
        return isinstance(final, GaussianProcessClassifier | GaussianProcessRegressor)

    def _count_draws(self):
        if not self.accepts(self._final):
            raise TypeError(
                f"{self._name} needs a Gaussian process of scikit-learn; use "
                "BootstrapSampler(estimator)"
            )
        return super()._count_draws()

    def _learn_outputs(self, X, y, fit_params):
        super()._learn_outputs(X, y, fit_params)
        in_pairs = getattr(self._final, "multi_class", None) == "one_vs_one"
        if in_pairs and self.n_outputs_ > 2:
            raise TypeError(
                f"{self._name}: the pairs of one_vs_one have no joint posterior over "
                "classes; use multi_class='one_vs_rest', or BootstrapSampler(estimator)"
            )
        faults = [spectral_fault(latent.kernel) for latent in self._latents()]
        if self.method == "pathwise" and any(faults):
            raise ValueError(f"{self._name}: {max(faults)}; use method='exact'")

    @property
    def is_pointwise(self):
        """Whether draws at a point do not depend on other points: not if exact."""
        return self.method == "pathwise"

    def pointwise(self):
        """Return a sampler that draws pathwise, as partitions require.

        Returns
        -------
        GaussianProcessSampler
            A fitted sampler with ``method="pathwise"``.

        Raises
        ------
        TypeError
            If ``method="exact"``, or the kernel has no known spectral density.
        """
        if self.is_pointwise:
            return self
        faults = [spectral_fault(latent.kernel) for latent in self._latents()]
        if self.method == "exact" or any(faults):
            raise TypeError(
                f"{self._name} draws jointly at all points of a query, which is "
                "impossible for the partitions of a dask collection: "
                f"{_remedy(max(faults))}; or bring the pool into memory by compute()"
            )
        sampler = copy.copy(self)
        sampler.method = "pathwise"
        return sampler

    def functions(self, rng):
        """Begin a draw of each latent function; exact ones grow when evaluated."""
        of_points = (
            self._values(rng) if self.task == "regression" else self._classes(rng)
        )
        return lambda X: of_points(self._validated(self._transform(X)))

    def _latents(self):
        """Posteriors of the latent functions: one, or one per class."""
        if self.task == "regression":
            return [_regression(self._final)]
        base = self._final.base_estimator_
        return [_laplace(binary) for binary in getattr(base, "estimators_", [base])]

    def _draw(self, latent, c, rng):
        """Draw functions from a latent posterior: a callable X -> (n, k, c)."""
        shape = (self.n_draws_, c)
        path = partial(PathwiseDraw, latent, shape, self.n_frequencies)
        if self.method == "pathwise":
            return path(rng)
        fault = spectral_fault(latent.kernel)
        if self.method == "exact" or fault:
            return JointDraw(latent, shape, rng, remedy=_remedy(fault))
        return JointDraw(latent, shape, rng, path=path)

    def _values(self, rng):
        """Draw functions in units of y, undoing ``normalize_y``: X -> (n, k, c)."""
        (latent,) = self._latents()
        draw = self._draw(latent, self.n_outputs_, rng)
        shift_c, scale_c = normalization(self._final)
        return lambda X: shift_c + scale_c * draw(X)

    def _classes(self, rng):
        """Draw functions that return class probabilities: X -> (n, k, c)."""
        draws = [self._draw(latent, 1, rng) for latent in self._latents()]

        def probabilities(X):
            f_nkc = np.concatenate([draw(X) for draw in draws], axis=-1)
            if len(draws) == 1:
                return expit(np.concatenate([-f_nkc, f_nkc], axis=-1))
            # sigmoids divided by their sum, computed in logs as the sum may underflow
            return softmax(log_expit(f_nkc), axis=-1)

        return probabilities

    def _validated(self, X):
        """Validate points as the Gaussian process does."""
        gp = self._final
        if gp.kernel is not None and not gp.kernel.requires_vector_input:
            return validate_data(gp, X, ensure_2d=False, dtype=None, reset=False)
        X = validate_data(gp, X, dtype="numeric", reset=False)
        # adding 0.0 turns -0.0 into 0.0, so that equal rows have equal bytes
        return np.asarray(X, dtype=np.float64) + 0.0

    def _rows_per_chunk(self):
        if self.method == "pathwise":
            return super()._rows_per_chunk()
        # all points that can be drawn jointly are one chunk, whatever the memory limit;
        # one more row shows that a pool is too large
        return MAX_POINTS + 1


def _remedy(fault):
    """What to do if draws cannot be joint."""
    return fault or "use method='auto'"


def _regression(gp):
    """Latent function of a regression, in units of the scaled y: GPML alg. 2.1."""
    return Latent(gp.kernel_, gp.X_train_, gp.alpha_, gp.L_, 1.0)


def _laplace(binary):
    """Latent function of a binary classifier: GPML alg. 3.2, lines 4 and 5."""
    residual_n = binary.y_train_ - binary.pi_
    return Latent(
        binary.kernel_, binary.X_train_, residual_n, binary.L_, binary.W_sr_[:, None]
    )
