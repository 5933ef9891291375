"""GPyTorchSampler: Gaussian processes of GPyTorch, through skorch; layer 3."""

import contextlib
import copy
from numbers import Integral

import numpy as np

from skactive._utils.array import map_rows, to_numpy, to_tensor
from skactive._utils.scikit_learn import Interval
from skactive._utils.torch import imported_torch
from skactive.samplers._base import PosteriorSampler
from skactive.samplers._nets import loader
from skactive.samplers._unwrap import is_frozen, unwrap
from skactive.samplers.gaussian_process._joint_draw import MAX_POINTS, JointDraw

__all__ = ["GPyTorchSampler"]

# rows of a covariance matrix that are computed at a time
BLOCK = 1_000


class GPyTorchSampler(PosteriorSampler):
    """Draw latent functions of a GPyTorch model, exactly and jointly at all points.

    Exact and variational models with any kernel are supported. For regression, draws
    are of the latent function, without the noise of the likelihood; for classification,
    they pass through the link function. `as_sampler` wraps these models in this class.

    Parameters
    ----------
    estimator : ExactGPRegressor, GPRegressor or GPBinaryClassifier
        A model of ``skorch.probabilistic``, which may be frozen or at the end of a
        ``Pipeline``. The labels of a classifier must be 0 and 1.
    n_draws : int, default=50
        Number of functions drawn per query.
    device : str or None, default=None
        Device of the draws; None leaves them as NumPy arrays.
    random_state : int, RandomState or None, default=None
        Seed of the model's initialization and training; torch's global generator is
        restored afterwards.

    Attributes
    ----------
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (2,)
        0 and 1 (classification).
    n_draws_ : int
        Number k of draws.
    n_outputs_ : int
        Number c of outputs: 1 for regression, 2 classes for classification.

    Notes
    -----
    The posterior is computed in float64 by Cholesky factors, for any number of points,
    on a copy of the module; the model and GPyTorch's settings are not changed. Time
    grows with the cube and memory with the square of the number of distinct points in a
    query; more than 5,000 raise a ``ValueError``. Pools that are dask collections raise
    a ``TypeError``, as their partitions cannot be drawn jointly.

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
        """Whether `final` is a Gaussian process of skorch, which is not imported."""
        names = {f"{cls.__module__}.{cls.__name__}" for cls in type(final).__mro__}
        return "skorch.probabilistic.GPBase" in names

    def fit(self, X, y, **fit_params):
        """Clone the model and train it; see `PosteriorSampler.fit`."""
        if not self.accepts(unwrap(self.estimator)[1]):
            raise TypeError(
                f"{self._name} needs a model of skorch.probabilistic; use as_sampler "
                "for other models"
            )
        binary = self.task == "classification" and y is not None
        if binary and not is_frozen(self.estimator):
            labels = np.unique(to_numpy(y))
            if not set(labels.tolist()) <= {0, 1}:
                raise ValueError(
                    f"{self._name} needs labels 0 and 1, but they are {labels}; use "
                    "sklearn.preprocessing.LabelEncoder"
                )
        return super().fit(X, y, **fit_params)

    @property
    def is_pointwise(self):
        """False: draws are joint at all points of a query."""
        return False

    def pointwise(self):
        """Raise ``TypeError``: these functions can only be drawn jointly."""
        raise TypeError(
            f"{self._name} draws jointly at all points of a query, which is impossible "
            "for the partitions of a dask collection; bring the pool into memory by "
            "compute(), or use scikit-learn's Gaussian processes"
        )

    def functions(self, rng):
        """Begin a joint draw of the latent function, extended by each evaluation."""
        latent = _Latent(self._final)
        remedy = "query the pool in parts, or use scikit-learn's Gaussian processes"
        draw = JointDraw(latent, (self.n_draws_, 1), rng, remedy=remedy)

        def functions(X):
            f_nkc = draw(self._points(self._transform(X)))
            return f_nkc if self.task == "regression" else latent.link(f_nkc)

        return functions

    def _points(self, X):
        """Points as the net passes them to its module, in float64: (n, ...)."""
        net, torch = self._final, imported_torch()
        points = [Xi for Xi, _ in loader(net, net.get_dataset(X))]
        if not all(isinstance(batch, torch.Tensor) for batch in points):
            raise ValueError(f"{self._name}: points must be one tensor, not several")
        # adding 0.0 turns -0.0 into 0.0, so that equal rows have equal bytes
        return to_numpy(torch.cat(points).double()) + 0.0

    def _rows_per_chunk(self):
        # a pool is one joint draw, which must not depend on the memory for chunks
        return MAX_POINTS + 1


class _Latent:
    """Posterior of the latent function, on a copy of the net's module in float64."""

    def __init__(self, net):
        from gpytorch.settings import variational_cholesky_jitter

        self.device = net.device
        # the jitter at the inducing points depends on the dtype the model was trained
        # in
        parameters = list(net.module_.parameters())
        dtype = parameters[0].dtype if parameters else imported_torch().float32
        self.jitter = variational_cholesky_jitter.value(dtype)
        # GPyTorch caches quantities of earlier predictions in modules; these are not
        # copied
        modules = [*net.module_.modules(), *net.likelihood_.modules()]
        memories = [vars(module).get("_memoize_cache") for module in modules]
        memo = {id(memory): {} for memory in memories if memory is not None}
        both = copy.deepcopy((net.module_, net.likelihood_), memo)
        self.module, self.likelihood = (part.double().eval() for part in both)

    @contextlib.contextmanager
    def _exactly(self):
        """Compute without gradients and randomness, by Cholesky factors."""
        from gpytorch import settings

        torch = imported_torch()
        with (
            torch.random.fork_rng(devices=[]),
            torch.no_grad(),
            settings.debug(False),  # the pool may contain the labelled points
            settings.fast_computations(False, False, False),
            settings.fast_pred_var(False),
            settings.prior_mode(False),
            settings.skip_posterior_variances(False),
            settings.variational_cholesky_jitter(double_value=self.jitter),
        ):
            yield

    def _tensor(self, X):
        return to_tensor(X, self.device)

    def _posterior(self, X):
        """Posterior distribution of the latent values at points."""
        output = self.module(self._tensor(X))
        output = output[0] if isinstance(output, tuple) else output
        if output.mean.shape != (len(X),):
            raise ValueError(
                f"{type(self.module).__name__} has a posterior of shape "
                f"{tuple(output.mean.shape)} for {len(X)} points, but one value per "
                "point is expected"
            )
        return output

    def mean(self, X):
        """Posterior mean at points: (n, 1)."""
        with self._exactly():
            return to_numpy(self._posterior(X).mean)[:, None]

    def covariance(self, X, Z):
        """Posterior covariance between points: (n, m)."""

        def block(rows):
            # the block off the diagonal, between copies of points, has no jitter
            m = len(X[rows])
            both = self._posterior(np.concatenate([X[rows], Z]))
            return to_numpy(both.covariance_matrix)[:m, m:]

        with self._exactly():
            return map_rows(block, len(X), BLOCK)

    def prior_variance(self, X):
        """Largest prior variance at the points."""
        with self._exactly():
            prior = self.module.forward(self._tensor(X))
            prior = prior[0] if isinstance(prior, tuple) else prior
            return float(prior.variance.max())

    def link(self, f_nkc):
        """Probabilities of both classes, given latent values (n, k, 1)."""
        with self._exactly():
            p_nkc = to_numpy(self.likelihood(self._tensor(f_nkc)).mean)
        return np.concatenate([1 - p_nkc, p_nkc], axis=-1)
