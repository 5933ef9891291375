"""LabelledStrategy: strategies that look at the labelled points too; layer 3."""

from skactive._sklearn import n_rows
from skactive.base import QueryStrategy

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
        if self.sampler_ is None:
            return X_pool, self._X_labelled
        if not n_rows(self._X_labelled):  # a frozen model: no transform takes no rows
            return self.sampler_.embed(X_pool), ()
        return self.sampler_.embed(X_pool), self.sampler_.embed(self._X_labelled)
