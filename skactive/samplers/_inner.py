"""Models around a model: the draws are those of the one they found; layer 3."""

import copy
from numbers import Integral

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import (
    FixedThresholdClassifier,
    TunedThresholdClassifierCV,
)

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import BaseSearchCV, Interval, n_rows
from skactive.samplers import _registry
from skactive.samplers._base import PosteriorSampler
from skactive.samplers._unwrap import unwrap

__all__ = ["InnerSampler"]

THRESHOLDS = (FixedThresholdClassifier, TunedThresholdClassifierCV)


class InnerSampler(PosteriorSampler):
    """Draw from the model that a search found, or that another model is around.

    Searches (``GridSearchCV`` and its kin) draw from their best model, classifiers with
    a threshold of their own from the one that they decide by, and
    ``TransformedTargetRegressor`` from its regressor, in the units of the target.
    Predictions are those of the whole. `as_sampler` wraps such models so by itself.

    Parameters
    ----------
    estimator : estimator
        One of these around a model that has a posterior, perhaps frozen or at the end
        of a ``Pipeline``.
    n_draws : int, default=None
        Number of functions drawn for a query; as many as the sampler of the inner
        model draws by default.
    device : str or None, default=None
        Where the draws go; see `PosteriorSampler`.
    random_state : int, RandomState or None, default=None
        As in `PosteriorSampler`.

    Attributes
    ----------
    estimator_ : estimator
        The fitted whole.
    inner_ : PosteriorSampler
        The sampler of the model within it.
    classes_ : ndarray of shape (c,)
        The labels (classification).
    n_draws_ : int
        The k of the draws.
    n_outputs_ : int
        The c of the draws.
    """

    when_frozen = "predictions"  # the inner model's curvature is that of these points

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
        """Whether `final` is around a model that has a posterior."""
        if isinstance(final, TransformedTargetRegressor):
            inner = final.regressor
        elif isinstance(final, (BaseSearchCV, *THRESHOLDS)):
            inner = final.estimator
        else:
            return False
        return _registry.find(unwrap(inner)[1], "functions") is not None

    def _learn_outputs(self, X, y):
        if not n_rows(X):
            raise ValueError(
                f"{self._name} was given no labelled points, and learns from them what "
                "the model within it draws: give fit the points it was trained on"
            )
        model = FrozenEstimator(_found(self._name, self._final))
        self.inner_ = _registry.find(unwrap(model)[1], "functions")(model)
        if self.n_draws is not None:
            self.inner_.set_params(n_draws=self.n_draws)
        self.inner_.fit(self._transform(X), self._inner_target(y))
        self.n_draws_ = self.inner_.n_draws_
        self.n_outputs_ = self.inner_.n_outputs_
        if self.task == "classification":
            self.classes_ = self.inner_.classes_

    def _count_draws(self):
        return self.n_draws or 1  # known once the inner sampler is fitted

    def _inner_target(self, y):
        """Labels, or values in the units of the inner regressor."""
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
        """What the inner sampler says."""
        return self.inner_.uses_rng

    @property
    def is_pointwise(self):
        """What the inner sampler says."""
        return self.inner_.is_pointwise

    def pointwise(self):
        """Return a sampler of the same model whose inner one is pointwise."""
        sampler = copy.copy(self)
        sampler.inner_ = self.inner_.pointwise()
        return sampler

    def check_randomness(self):
        """Raise ``ValueError`` where all draws would be one and the same."""
        self.inner_.check_randomness()

    def functions(self, rng):
        """Draw functions of the inner model, and put values back to their units."""
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
        """Features of the inner sampler: (n, d)."""
        return self.inner_.embed(self._transform(X))

    def _rows_per_chunk(self):
        return self.inner_._rows_per_chunk()

    def _slack(self, p_nkc):
        return self.inner_._slack(p_nkc)


def _found(name, fitted):
    """The model within a fitted one."""
    if isinstance(fitted, TransformedTargetRegressor):
        return fitted.regressor_
    if isinstance(fitted, THRESHOLDS):
        return fitted.estimator_
    if not isinstance(fitted, BaseSearchCV):  # what a frozen search found
        return fitted
    if not fitted.refit:
        raise ValueError(
            f"{name} has refit=False, and leaves no model to draw from: set refit=True"
        )
    return fitted.best_estimator_
