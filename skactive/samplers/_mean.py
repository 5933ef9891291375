"""Predictions of samplers: the mean over draws; layer 3."""

from abc import ABCMeta, abstractmethod
from typing import Any

import numpy as np
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skactive._utils.array import Array, to_numpy
from skactive._utils.random_state import integer_of
from skactive.information import mean_of_draws

__all__ = ["MeanMixin"]


def _classifies(sampler):
    return sampler.task == "classification"


class MeanMixin(metaclass=ABCMeta):
    """Mixin for samplers: predicts by the mean over draws."""

    classes_: np.ndarray
    random_state: Any

    @property
    @abstractmethod
    def task(self) -> str:
        """The task, "classification" or "regression"."""

    @abstractmethod
    def draw(self, X: Any, rng: Any, then: Any = None) -> Array:
        """Draw functions and evaluate them at all points."""

    def mean(self, X: Any, rng: np.random.Generator | int) -> np.ndarray:
        """Draw functions and average them at all points.

        Parameters
        ----------
        X : array-like of n points
            Points, in any form that the model accepts.
        rng : numpy.random.Generator or int
            Source of randomness.

        Returns
        -------
        ndarray of shape (n, c)
            Mean class probabilities or values, float64, on the host.
        """
        return to_numpy(self.draw(X, rng, then=mean_of_draws))

    def _seeded_mean(self, X):
        check_is_fitted(self)
        return self.mean(X, integer_of(self.random_state, 2**31))

    @available_if(_classifies)
    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict class probabilities: the mean over functions from the posterior.

        Parameters
        ----------
        X : array-like of n points
            Points, in any form that the model accepts.

        Returns
        -------
        ndarray of shape (n, c)
            Probabilities in the order of ``classes_``. The draws are seeded by
            ``random_state``: an int gives the same probabilities each time.
        """
        return self._seeded_mean(X)

    def predict(self, X: Any) -> np.ndarray:
        """Predict by the mean over functions from the posterior.

        Parameters
        ----------
        X : array-like of n points
            Points, in any form that the model accepts.

        Returns
        -------
        ndarray of shape (n,), or (n, n_targets) for several targets
            Most probable class or mean value of each point; the draws are seeded by
            ``random_state``.
        """
        f_nc = self._seeded_mean(X)
        if self.task == "classification":
            return self.classes_[f_nc.argmax(axis=1)]
        return f_nc[:, 0] if f_nc.shape[1] == 1 else f_nc
