"""MostLikely: greedy active search for the points of a class; layer 5."""

import numpy as np

from skactive._utils.array import ROUNDING, carry, to_numpy
from skactive._utils.scikit_learn import is_dataset
from skactive.base import PointwiseStrategy
from skactive.information import mean_of_draws

__all__ = ["MostLikely"]


class MostLikely(PointwiseStrategy):
    """Greedy active search: select the points most likely to be of a class [1]_.

    The score is the predicted probability of the target class. Used to find rare
    instances, such as relevant papers, fraud or a species. The aim is to find points of
    the class rather than to improve the model; see `skactive.metrics.recall_curve`.

    Parameters
    ----------
    estimator : object
        A classifier with ``predict_proba``, or a posterior sampler.
    target : label, array-like of labels, or None, default=None
        The class or classes to find. None for the class with the fewest labels in
        ``fit``, or the first of these, which balances the classes over the rounds.
    batch : {"top", "power", "softmax", "softrank"}, default="top"
        How to select a batch from the scores: the n largest, or sampled without
        replacement with probabilities proportional to ``score ** beta``,
        ``exp(beta * score)`` or ``rank ** -beta``; see `PointwiseStrategy`.
    beta : float, default=1.0
        Inverse temperature of the sampling; large values approach "top".
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model, the posterior samples and the query.
        Pass an int for reproducible results.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted posterior sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The class labels.
    target_ : ndarray of shape (n_targets,)
        The classes to find.

    References
    ----------
    .. [1] Lewis and Gale, "A sequential algorithm for training text classifiers", SIGIR
       1994, as relevance feedback; Garnett et al., "Bayesian optimal active search and
       surveying", ICML 2012, as the greedy policy of active search.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skactive import MostLikely
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = MostLikely(LogisticRegression(max_iter=500), target=2)
    >>> picks = strategy.fit(X[::10], y[::10]).query(X, n=5)
    >>> y[picks]
    array([2, 2, 2, 2, 2])
    """

    tasks = ("classification",)
    needs = "mean"
    rounding = ROUNDING

    _parameter_constraints = {
        **PointwiseStrategy._parameter_constraints,
        "target": "no_validation",
    }

    def __init__(
        self,
        estimator=None,
        *,
        target=None,
        batch="top",
        beta=1.0,
        random_state=None,
    ):
        super().__init__(estimator, batch=batch, beta=beta, random_state=random_state)
        self.target = target

    def fit(self, X, y, **fit_params):
        """Fit the model and determine the target classes.

        Parameters
        ----------
        X : array-like of n points
            The labelled points, in any container that the model accepts.
        y : array-like of shape (n,)
            Their labels.
        **fit_params : dict
            Passed to the model's ``fit``.

        Returns
        -------
        self : object
            The fitted strategy.
        """
        super().fit(X, y, **fit_params)
        self.target_ = self._rarest(X, y) if self.target is None else self._named()
        return self

    def _named(self):
        """Return the given target as an array, after checking it against `classes_`."""
        target = np.unique(np.atleast_1d(np.asarray(self.target)))
        strange = [label for label in target.tolist() if label not in self._known()]
        if strange or not target.size:
            raise ValueError(
                f"target={self.target!r} must name classes of the model, which are "
                f"{self._known()}"
            )
        return target

    def _rarest(self, X, y):
        """Return the class with the fewest labels, of those that have any."""
        if y is None and is_dataset(X):
            y = [X[i][1] for i in range(len(X))]
        y_n = np.ravel(to_numpy(y))
        if y is None or not y_n.size:
            raise ValueError(
                "target=None is the rarest class, but there are no labels to determine "
                "it: pass a target"
            )
        classes, count = np.unique(y_n, return_counts=True)
        return classes[[count.argmin()]]

    def _known(self):
        return np.asarray(self.classes_).tolist()

    def _score(self, p_nkc):
        m_nc = mean_of_draws(p_nkc)
        wanted = np.isin(np.asarray(self.classes_), self.target_)
        return m_nc @ carry(wanted.astype(np.float64), m_nc)
