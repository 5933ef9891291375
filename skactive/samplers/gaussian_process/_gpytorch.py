"""Gaussian processes of GPyTorch, through skorch's wrappers; layer 3."""

import contextlib
import copy
from numbers import Integral

import numpy as np

from skactive._utils.array import map_rows, to_numpy
from skactive._utils.scikit_learn import Interval
from skactive._utils.torch import imported_torch
from skactive.samplers._base import PosteriorSampler
from skactive.samplers._nets import loader
from skactive.samplers._unwrap import is_frozen, unwrap
from skactive.samplers.gaussian_process._joint_draw import MAX_POINTS, JointDraw

__all__ = ["GPyTorchSampler"]

# Points whose covariances with all others are worked out at once
BLOCK = 1_000


class GPyTorchSampler(PosteriorSampler):
    """Draw latent functions of a GPyTorch model, exactly and jointly at all points.

    The model may be exact or variational, its kernel of any kind. Regression draws the
    latent function, without the likelihood's noise; classification passes it through
    the likelihood's link. `as_sampler` wraps these models so by itself.

    Parameters
    ----------
    estimator : ExactGPRegressor, GPRegressor or GPBinaryClassifier
        The model, of ``skorch.probabilistic``, perhaps frozen or at the end of a
        ``Pipeline``. A classifier's labels must be 0 and 1.
    n_draws : int, default=50
        Number of functions drawn for a query.
    device : str or None, default=None
        Where the draws go; None leaves them NumPy arrays.
    random_state : int, RandomState or None, default=None
        Seeds the model's initialisation and training, inside
        ``torch.random.fork_rng()``.

    Attributes
    ----------
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (2,)
        0 and 1 (classification).
    n_draws_ : int
        The k of the draws.
    n_outputs_ : int
        The c of the draws: 1, or the two classes.

    Notes
    -----
    The posterior is worked out in float64, by Cholesky factors whatever the number of
    points, on a copy of the module; the model and GPyTorch's settings stay as they are.
    Time grows with the cube, and memory with the square, of the number of distinct
    points that one query asks about: more than 5,000 are a ``ValueError``. The blocks
    of a dask collection cannot be drawn jointly, and are a ``TypeError``.

    Examples
    --------
    >>> import gpytorch, torch
    >>> from skorch.probabilistic import ExactGPRegressor
    >>> from skactive.samplers import GPyTorchSampler
    >>> class Process(gpytorch.models.ExactGP):
    ...     def __init__(self, likelihood):
    ...         super().__init__(None, None, likelihood)
    ...         self.mean = gpytorch.means.ConstantMean()
    ...         self.kernel = gpytorch.kernels.RBFKernel()
    ...
    ...     def forward(self, X):
    ...         return gpytorch.distributions.MultivariateNormal(
    ...             self.mean(X), self.kernel(X)
    ...         )
    >>> X, y = torch.linspace(0, 2, 20)[:, None], torch.linspace(0, 1, 20)
    >>> net = ExactGPRegressor(Process, max_epochs=2, verbose=0)
    >>> GPyTorchSampler(net, n_draws=5).fit(X[::2], y[::2]).draw(X, rng=0).shape
    (20, 5, 1)
    """

    _parameter_constraints = {
        **PosteriorSampler._parameter_constraints,
        "n_draws": [Interval(Integral, 1, None, closed="left")],
    }

    @staticmethod
    def accepts(final):
        """Whether `final` wraps a Gaussian process; skorch itself is not imported."""
        names = {f"{cls.__module__}.{cls.__name__}" for cls in type(final).__mro__}
        return "skorch.probabilistic.GPBase" in names

    def fit(self, X, y, **fit_params):
        """Clone the model and train it; see `PosteriorSampler.fit`."""
        if not self.accepts(unwrap(self.estimator)[1]):
            raise TypeError(f"{self._name} draws from skorch.probabilistic models only")
        binary = self.task == "classification" and y is not None
        if binary and not is_frozen(self.estimator):
            labels = np.unique(to_numpy(y))
            if not set(labels.tolist()) <= {0, 1}:
                raise ValueError(
                    f"{self._name} needs labels 0 and 1, and was given {labels}; use "
                    "sklearn.preprocessing.LabelEncoder"
                )
        return super().fit(X, y, **fit_params)

    @property
    def is_pointwise(self):
        """Never: draws are joint at all points of a query."""
        return False

    def pointwise(self):
        """Raise ``TypeError``: no formula is known for these functions."""
        raise TypeError(
            f"{self._name} draws jointly at all points of a query, and the blocks of a "
            "dask collection are drawn apart: bring the pool into memory by compute(), "
            "or use scikit-learn's Gaussian processes"
        )

    def functions(self, rng):
        """Start a joint draw of the latent function; it grows as it is asked."""
        latent = _Latent(self._final)
        remedy = (
            "query a part of the pool at a time, or use scikit-learn's Gaussian "
            "processes"
        )
        draw = JointDraw(latent, (self.n_draws_, 1), rng, remedy=remedy)

        def functions(X):
            f_nkc = draw(self._points(self._transform(X)))
            return f_nkc if self.task == "regression" else latent.link(f_nkc)

        return functions

    def _points(self, X):
        """Points as the net hands them to its module, in float64: (n, ...)."""
        net, torch = self._final, imported_torch()
        points = [Xi for Xi, _ in loader(net, net.get_dataset(X))]
        if not all(isinstance(batch, torch.Tensor) for batch in points):
            raise ValueError(f"{self._name}: points must be one tensor, not several")
        # no -0.0: equal rows, equal bytes
        return to_numpy(torch.cat(points).double()) + 0.0

    def _rows_per_chunk(self):
        # a pool is one joint draw, whatever memory its chunks were allowed
        return MAX_POINTS + 1


class _Latent:
    """Posterior of the latent function, on a copy of the net's module in float64."""

    def __init__(self, net):
        from gpytorch.settings import variational_cholesky_jitter

        self.device = net.device
        # the jitter of inducing points is part of the model that was trained
        parameters = list(net.module_.parameters())
        dtype = parameters[0].dtype if parameters else imported_torch().float32
        self.jitter = variational_cholesky_jitter.value(dtype)
        # what the modules remember of earlier predictions is left behind
        modules = [*net.module_.modules(), *net.likelihood_.modules()]
        memories = [vars(module).get("_memoize_cache") for module in modules]
        memo = {id(memory): {} for memory in memories if memory is not None}
        both = copy.deepcopy((net.module_, net.likelihood_), memo)
        self.module, self.likelihood = (part.double().eval() for part in both)

    @contextlib.contextmanager
    def _exactly(self):
        """Work without gradients or randomness, by Cholesky factors."""
        from gpytorch import settings

        torch = imported_torch()
        with (
            torch.random.fork_rng(devices=[]),
            torch.no_grad(),
            settings.debug(False),  # a pool may well repeat the labelled points
            settings.fast_computations(False, False, False),
            settings.fast_pred_var(False),
            settings.prior_mode(False),
            settings.skip_posterior_variances(False),
            settings.variational_cholesky_jitter(double_value=self.jitter),
        ):
            yield

    def _tensor(self, X):
        return imported_torch().as_tensor(X, device=self.device)

    def _posterior(self, X):
        """Distribution of the latent values at points."""
        output = self.module(self._tensor(X))
        output = output[0] if isinstance(output, tuple) else output
        if output.mean.shape != (len(X),):
            raise ValueError(
                f"{type(self.module).__name__} has a posterior of shape "
                f"{tuple(output.mean.shape)} at {len(X)} points; one value a point is "
                "expected"
            )
        return output

    def mean(self, X):
        """Mean at points: (n, 1)."""
        with self._exactly():
            return to_numpy(self._posterior(X).mean)[:, None]

    def covariance(self, X, Z):
        """Covariance between points: (n, m)."""

        def block(rows):
            # of other copies of the points, and so without the jitter of the diagonal
            m = len(X[rows])
            both = self._posterior(np.concatenate([X[rows], Z]))
            return to_numpy(both.covariance_matrix)[:m, m:]

        with self._exactly():
            return map_rows(block, len(X), BLOCK)

    def prior_variance(self, X):
        """Largest variance at points before anything was learnt."""
        with self._exactly():
            prior = self.module.forward(self._tensor(X))
            prior = prior[0] if isinstance(prior, tuple) else prior
            return float(prior.variance.max())

    def link(self, f_nkc):
        """Probabilities of the two classes, given latent values (n, k, 1)."""
        with self._exactly():
            p_nkc = to_numpy(self.likelihood(self._tensor(f_nkc)).mean)
        return np.concatenate([1 - p_nkc, p_nkc], axis=-1)
