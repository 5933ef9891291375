"""LabelledStrategy: base class of strategies that use labelled points; layer 4."""

import numpy as np
from scipy.sparse import issparse, vstack

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import copy_rows, n_rows
from skactive.base._strategy import QueryStrategy
from skactive.distributed import as_pool
from skactive.objectives._distances import as_features
from skactive.samplers._features import embedded

__all__ = ["LabelledStrategy"]


class LabelledStrategy(QueryStrategy):
    """Base class of strategies whose objective also depends on the labelled points.

    Derive from it and define ``_objective(X_pool, rng)``; ``self._embedded(X_pool)``
    returns the features of the pool and of the labelled points. ``fit`` stores a copy
    of the labelled points (a reference to a torch ``Dataset``, which cannot be copied).
    Their features and draws are computed when a query needs them.

    Parameters
    ----------
    estimator : object, default=None
        A model or a posterior sampler, as accepted by `skactive.samplers.as_sampler`.
        None if the strategy uses the points themselves as features.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model, the posterior samples and the query.
        Pass an int for reproducible results.

    Attributes
    ----------
    sampler_ : PosteriorSampler or None
        The fitted posterior sampler; None if `estimator` is None.
    estimator_ : estimator or None
        The fitted model; None if `estimator` is None.
    classes_ : ndarray of shape (c,)
        The class labels (classification only).

    Examples
    --------
    >>> import numpy as np
    >>> from skactive.base import LabelledStrategy
    >>> from skactive.selection import Scores
    >>> class FarthestFromLabels(LabelledStrategy):
    ...     needs = "features"
    ...     def _objective(self, X_pool, rng):
    ...         x_nd, labelled_md = self._embedded(X_pool)
    ...         away_nmd = x_nd[:, None, :] - labelled_md
    ...         return Scores(np.linalg.norm(away_nmd, axis=-1).min(axis=1))
    >>> strategy = FarthestFromLabels().fit(np.array([[0.0], [1.0]]))
    >>> strategy.query(np.array([[2.0], [9.0], [4.0]]), n=2)
    array([1, 2])
    """

    pending_as_labelled: bool = False  # whether pending points count as labelled ones

    def fit(self, X, y=None, **fit_params):
        """Fit the model on the labelled data, and store a copy of the points.

        Parameters
        ----------
        X : array-like of n points
            The labelled points, in any container that the model accepts.
        y : array-like of shape (n,), default=None
            Labels or values of the points; ignored if `estimator` is None.
        **fit_params : dict
            Passed to the model's ``fit``.

        Returns
        -------
        self : object
            The fitted strategy.
        """
        # A copy, since the caller may change X before the next query. It is stored only
        # after the fit, so that a fit that fails leaves the strategy as it was.
        labelled = copy_rows(X)
        super().fit(X, y, **fit_params)
        self._X_labelled = labelled
        return self

    def _embedded(self, X_pool):
        """Features of the pool and of the labelled points, as the model sees them.

        The features of a distributed pool are gathered in this process.
        """
        parts = as_pool(X_pool).map(self._features_of_part)
        if not parts.is_distributed:
            return parts.here, self._labelled_features()
        found = parts.map(_on_host).collect()
        join = vstack if issparse(found[0]) else np.concatenate
        labelled = self._labelled_features()
        return join(found), _on_host(labelled) if n_rows(labelled) else labelled

    def _features_of_part(self, X, first):
        return self._features(X)

    def _features(self, X):
        return X if self.sampler_ is None else embedded(self.sampler_, X)

    def _labelled_features(self):
        if self.sampler_ is not None and not n_rows(self._X_labelled):
            return ()  # with a frozen model; transformers reject arrays without rows
        return self._features(self._X_labelled)


def _on_host(X):
    """Features as a NumPy array or a sparse matrix."""
    features = as_features(X)
    return features if issparse(features) else to_numpy(features)
