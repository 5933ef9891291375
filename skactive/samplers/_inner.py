"""InnerSampler: sampler of the model within a search or other wrapper; layer 3."""

import copy
from numbers import Integral

import numpy as np
from sklearn import config_context
from sklearn.compose import TransformedTargetRegressor
from sklearn.frozen import FrozenEstimator

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import BaseSearchCV, Interval, n_rows
from skactive.samplers import _registry
from skactive.samplers._base import PosteriorSampler
from skactive.samplers._routing import weight_of_points
from skactive.samplers._unwrap import THRESHOLDS, model_within, unwrap

__all__ = ["InnerSampler"]


class InnerSampler(PosteriorSampler):
    """Draw from the model within a search or another meta-estimator.

    For searches (``GridSearchCV`` and similar) the draws are those of the best model,
    for classifiers with a tuned or fixed threshold those of the inner classifier, and
    for ``TransformedTargetRegressor`` those of its regressor, in the units of the
    target. Predictions are those of the meta-estimator. `as_sampler` wraps such models
    in this class.

    Parameters
    ----------
    estimator : estimator
        A meta-estimator of these kinds around a model that has a posterior. It may be
        frozen or at the end of a ``Pipeline``.
    n_draws : int, default=None
        Number of functions drawn per query; by default that of the inner model's
        sampler.
    device : str or None, default=None
        Device of the draws; see `PosteriorSampler`.
    random_state : int, RandomState or None, default=None
        Seed; see `PosteriorSampler`.

    Attributes
    ----------
    estimator_ : estimator
        The fitted meta-estimator.
    inner_ : PosteriorSampler
        Sampler of the model within it.
    classes_ : ndarray of shape (c,)
        The classes (classification).
    n_draws_ : int
        Number k of draws.
    n_outputs_ : int
        Number c of outputs.
    """

    when_frozen = "predictions"  # an inner Laplace approximation uses the points of fit

    _parameter_constraints = {
        **PosteriorSampler._parameter_constraints,
        "n_draws": [Interval(Integral, 1, None, closed="left"), None],
    }

    def __init__(self, estimator, *, n_draws=None, device=None, random_state=None):
        super().__init__(
            estimator, n_draws=n_draws, device=device, random_state=random_state
        )

    @staticmethod
    def accepts(final):
        """Whether `final` is a meta-estimator around a model that has a posterior."""
        inner = model_within(final)
        if inner is None:
            return False
        return _registry.find(unwrap(inner)[1], "functions") is not None

    def _learn_outputs(self, X, y, fit_params):
        if not n_rows(X):
            raise ValueError(
                f"{self._name} needs labelled points to sample the model within it; "
                "pass to fit the points it was trained on"
            )
        model = FrozenEstimator(_found(self._name, self._final))
        self.inner_ = _registry.find(unwrap(model)[1], "functions")(model)
        if self.n_draws is not None:
            self.inner_.set_params(n_draws=self.n_draws)
        weight = weight_of_points(self.estimator, fit_params)
        params = {} if weight is None else {"sample_weight": weight}
        # the weights were routed before, and a frozen model requests nothing
        with config_context(enable_metadata_routing=False):
            self.inner_.fit(self._transform(X), self._inner_target(y), **params)
        self.n_draws_ = self.inner_.n_draws_
        self.n_outputs_ = self.inner_.n_outputs_
        if self.task == "classification":
            self.classes_ = self.inner_.classes_

    def _count_draws(self):
        return self.n_draws or 1  # replaced once the inner sampler is fitted

    def _inner_target(self, y):
        """Labels, or target values in the units of the inner regressor."""
        if not self._transforms_target or y is None:
            return y
        y = to_numpy(y)
        y = self._final.transformer_.transform(y.reshape(len(y), -1))
        return y[:, 0] if y.shape[1] == 1 else y

    @property
    def _transforms_target(self):
        return isinstance(self._final, TransformedTargetRegressor)

    @property
    def uses_rng(self):
        """Whether the inner sampler's functions depend on the generator."""
        return self.inner_.uses_rng

    @property
    def is_pointwise(self):
        """Whether the inner sampler's draws are pointwise."""
        return self.inner_.is_pointwise

    def pointwise(self):
        """Return a copy whose inner sampler is pointwise."""
        sampler = copy.copy(self)
        sampler.inner_ = self.inner_.pointwise()
        return sampler

    def check_randomness(self):
        """Raise ``ValueError`` if all functions would be the same."""
        self.inner_.check_randomness()

    def functions(self, rng):
        """Draw functions of the inner model, in the units of the target."""
        functions = self.inner_.functions(rng)
        if not self._transforms_target:
            return lambda X: functions(self._transform(X))
        return lambda X: self._in_units(functions(self._transform(X)))

    def _in_units(self, f_nkc):
        n, k, c = f_nkc.shape
        flat = self._final.transformer_.inverse_transform(
            to_numpy(f_nkc).reshape(n * k, c)
        )
        return np.reshape(flat, (n, k, -1))

    def embed(self, X):
        """Compute the features of the inner sampler: (n, d)."""
        return self.inner_.embed(self._transform(X))

    def _rows_per_chunk(self):
        return self.inner_._rows_per_chunk()

    def _slack(self, p_nkc):
        return self.inner_._slack(p_nkc)


def _found(name, fitted):
    """Return the model within a fitted meta-estimator."""
    if isinstance(fitted, TransformedTargetRegressor):
        return fitted.regressor_
    if isinstance(fitted, THRESHOLDS):
        return fitted.estimator_
    if not isinstance(fitted, BaseSearchCV):  # a frozen search is unwrapped already
        return fitted
    if not fitted.refit:
        raise ValueError(
            f"{name} has refit=False, so it has no model to draw from; set refit=True"
        )
    return fitted.best_estimator_
