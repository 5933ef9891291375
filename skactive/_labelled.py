"""LabelledStrategy: strategies that look at the labelled points too; layer 3."""

import numpy as np
from scipy.sparse import issparse, vstack

from skactive._array import to_numpy
from skactive._sklearn import n_rows
from skactive.base import QueryStrategy
from skactive.objectives._distances import as_features

__all__ = ["LabelledStrategy"]


class LabelledStrategy(QueryStrategy):
    """Base class of strategies whose objective depends on the labelled points.

    ``fit`` keeps a reference to them, not a copy; what is needed of them (features,
    draws) is computed when a query needs it.
    """

    def fit(self, X, y=None, **fit_params):
        """Fit the model on what is labelled, and keep hold of the points.

        Parameters
        ----------
        X : array-like of n points
            The labelled points, in whatever container the model accepts.
        y : array-like of shape (n,), default=None
            Their labels, or values; not looked at where there is no model.
        **fit_params : dict
            Passed to the model's ``fit``.

        Returns
        -------
        self : object
            The fitted strategy.
        """
        super().fit(X, y, **fit_params)
        self._X_labelled = X
        return self

    def _embedded(self, X_pool):
        """Features of the pool and of the labelled points, as the model sees them."""
        return self._features(X_pool), self._labelled_features()

    def _gathered(self, pool):
        """The same of a pool in blocks, whose features are brought here."""
        parts = pool.map(_features_of_block, self).collect()
        join = vstack if issparse(parts[0]) else np.concatenate
        labelled = self._labelled_features()
        if n_rows(labelled):
            labelled = _here(labelled)
        return join(parts), labelled

    def _features(self, X):
        return X if self.sampler_ is None else self.sampler_.embed(X)

    def _labelled_features(self):
        if self.sampler_ is not None and not n_rows(self._X_labelled):
            return ()  # a frozen model: no transform takes no rows
        return self._features(self._X_labelled)


def _features_of_block(X, first, strategy):
    return _here(strategy._features(X))


def _here(X):
    """Features as a NumPy array or a sparse matrix."""
    features = as_features(X)
    return features if issparse(features) else to_numpy(features)
