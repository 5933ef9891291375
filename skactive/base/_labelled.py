"""LabelledStrategy: strategies that look at the labelled points too; layer 4."""

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
    """Base class of strategies whose objective looks at the labelled points too.

    Derive from it and define ``_objective(X_pool, rng)``; ``self._embedded(X_pool)``
    gives the features of the pool and of the labelled points. ``fit`` keeps a copy of
    the labelled points (of a torch ``Dataset``, which cannot be copied, a reference):
    features and draws of theirs are computed when a query needs them.

    Parameters
    ----------
    estimator : object, default=None
        The model, or a sampler around it: all that `skactive.samplers.as_sampler`
        accepts. None where distances between the points themselves are meant.
    random_state : int, RandomState or None, default=None
        Source of all chance.

    Attributes
    ----------
    sampler_ : PosteriorSampler or None
        The fitted sampler, if there is a model.
    estimator_ : estimator or None
        The fitted model, if there is one.
    classes_ : ndarray of shape (c,)
        The labels (classification).

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

    pending_as_labelled: bool = False  # whether a pending point counts just as they do

    def fit(self, X, y=None, **fit_params):
        """Fit the model on what is labelled, and keep a copy of the points.

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
        labelled = copy_rows(X)
        super().fit(X, y, **fit_params)
        self._X_labelled = labelled
        return self

    def _embedded(self, X_pool):
        """Features of the pool and of the labelled points, as the model sees them.

        Those of a distributed pool are brought here.
        """
        parts = as_pool(X_pool).map(self._features_of_part)
        if not parts.is_distributed:
            return parts.here, self._labelled_features()
        found = parts.map(_here).collect()
        join = vstack if issparse(found[0]) else np.concatenate
        labelled = self._labelled_features()
        return join(found), _here(labelled) if n_rows(labelled) else labelled

    def _features_of_part(self, X, first):
        return self._features(X)

    def _features(self, X):
        return X if self.sampler_ is None else embedded(self.sampler_, X)

    def _labelled_features(self):
        if self.sampler_ is not None and not n_rows(self._X_labelled):
            return ()  # a frozen model: no transform takes no rows
        return self._features(self._X_labelled)


def _here(X):
    """Features as a NumPy array or a sparse matrix."""
    features = as_features(X)
    return features if issparse(features) else to_numpy(features)
