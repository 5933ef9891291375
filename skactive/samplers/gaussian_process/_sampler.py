"""Gaussian processes: draws of the latent function; layer 3."""

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

    Regression draws the latent function: without the noise of ``WhiteKernel`` and
    ``alpha``, in units of y. Classification draws latent functions from the Laplace
    approximation and passes them through the sigmoid; with more than two classes,
    those of one-vs-rest are independent, and each draw is normalised.

    Up to 5,000 distinct points are drawn exactly. A draw remembers where it was asked:
    the same point has the same value again, and further points are drawn given those
    before. Where there are more, the draws go on as sums of random waves, corrected by
    what is known [2]_: in time and memory linear in the number of points.

    `as_sampler` wraps these models so by itself.

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
    method : {"auto", "exact", "pathwise"}, default="auto"
        "exact" draws jointly, at up to 5,000 distinct points a query (pool, labelled
        and reference points together). "pathwise" draws by random Fourier features, at
        any number; it knows the spectra of ``RBF``, ``Matern``, ``RationalQuadratic``
        and ``ConstantKernel``, of their sums and products, and takes ``WhiteKernel``
        for noise. "auto" draws exactly as far as that goes, and pathwise beyond.
    n_frequencies : int, default=1024
        Number of waves, each a cosine and a sine, for each term of the kernel's sum.

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
    Time of exact draws grows with the cube, and memory with the square, of the number
    of distinct points that one query asks about. A pool of more than 5,000 is pathwise
    from its first point on. What a point's draw is depends on the points it was asked
    together with, not on their order or number of copies; the distribution is the same.
    The blocks of a dask collection are drawn apart, and so pathwise: with ``method=
    "exact"``, or a kernel without a known spectrum, they are a ``TypeError``.

    Frequencies are quasi-random: with 1,024 of them prior covariances are off by 0.002
    (RBF) to 0.01 (Matern, nu = 0.5) of the variance in 3 dimensions, root mean square,
    and by 0.01 to 0.02 in 20.

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
        faults = [spectral_fault(latent.kernel) for latent in self._latents()]
        if self.method == "pathwise" and any(faults):
            raise ValueError(f"{self._name}: {max(faults)}; use method='exact'")

    @property
    def is_pointwise(self):
        """Whether functions are formulas: not so where draws are exact."""
        return self.method == "pathwise"

    def pointwise(self):
        """Return a sampler that draws pathwise, whose functions are formulas.

        Returns
        -------
        GaussianProcessSampler
            Fitted.

        Raises
        ------
        TypeError
            If ``method="exact"``, or the kernel has no known spectrum.
        """
        if self.is_pointwise:
            return self
        faults = [spectral_fault(latent.kernel) for latent in self._latents()]
        if self.method == "exact" or any(faults):
            raise TypeError(
                f"{self._name} draws jointly at all points of a query, and the blocks "
                f"of a dask collection are drawn apart: {_remedy(max(faults))}; or "
                "bring the pool into memory by compute()"
            )
        sampler = copy.copy(self)
        sampler.method = "pathwise"
        return sampler

    def functions(self, rng):
        """Start a draw for each latent function; an exact one grows as it is asked."""
        of_points = (
            self._values(rng) if self.task == "regression" else self._classes(rng)
        )
        return lambda X: of_points(self._validated(self._transform(X)))

    def _latents(self):
        """Posteriors of the latent functions: one, or one a class."""
        if self.task == "regression":
            return [_regression(self._final)]
        base = self._final.base_estimator_
        return [_laplace(binary) for binary in getattr(base, "estimators_", [base])]

    def _draw(self, latent, c, rng):
        """Functions of one latent posterior: a callable X -> (n, k, c)."""
        shape = (self.n_draws_, c)
        path = partial(PathwiseDraw, latent, shape, self.n_frequencies)
        if self.method == "pathwise":
            return path(rng)
        fault = spectral_fault(latent.kernel)
        if self.method == "exact" or fault:
            return JointDraw(latent, shape, rng, remedy=_remedy(fault))
        return JointDraw(latent, shape, rng, path=path)

    def _values(self, rng):
        """Draws in units of y, ``normalize_y`` undone: a callable X -> (n, k, c)."""
        (latent,) = self._latents()
        draw = self._draw(latent, self.n_outputs_, rng)
        shift_c, scale_c = normalization(self._final)
        return lambda X: shift_c + scale_c * draw(X)

    def _classes(self, rng):
        """Draws of class probabilities: a callable X -> (n, k, c)."""
        draws = [self._draw(latent, 1, rng) for latent in self._latents()]

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
        if self.method == "pathwise":
            return super()._rows_per_chunk()
        # what can be is one joint draw, whatever memory chunks were allowed; and one
        # row more tells a pool that cannot
        return MAX_POINTS + 1


def _remedy(fault):
    """What to do where draws cannot be joint."""
    return fault or "use method='auto'"


def _regression(gp):
    """Latent function of a regression, in units of the scaled y: GPML alg. 2.1."""
    return Latent(gp.kernel_, gp.X_train_, gp.alpha_, gp.L_, 1.0)


def _laplace(binary):
    """Latent function of a two-class model: GPML alg. 3.2, lines 4 and 5."""
    residual_n = binary.y_train_ - binary.pi_
    return Latent(
        binary.kernel_, binary.X_train_, residual_n, binary.L_, binary.W_sr_[:, None]
    )
