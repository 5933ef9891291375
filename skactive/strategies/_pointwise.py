"""Strategies that score each point on its own and take the best; layer 4."""

from abc import abstractmethod

from skactive._array import namespace
from skactive.base import QueryStrategy
from skactive.information import entropy, mutual_information
from skactive.selection import Scores, top

__all__ = ["BALD", "Entropy", "PointwiseStrategy"]


class PointwiseStrategy(QueryStrategy):
    """Base class of strategies whose score of a point does not look at the others.

    Derive from it and define ``_score(p_nkc) -> (n,)``. The pool is scored chunk by
    chunk as it is drawn: memory does not grow with the number of draws.
    """

    @abstractmethod
    def _score(self, p_nkc):
        """Scores (n,) of points with draws (n, k, c); higher is asked first."""

    def _objective(self, X_pool, rng):
        return Scores(self.sampler_.draw(X_pool, rng, then=self._score))

    def _search(self, f, n, rng):
        return top(f.gains(f.start()), n)


class Entropy(PointwiseStrategy):
    """Ask for labels of the points whose predicted class is least certain [1]_.

    The score is the entropy, in nats, of the mean of the draws.

    Parameters
    ----------
    estimator : object
        Any classifier with ``predict_proba``, or a sampler.
    random_state : int, RandomState or None, default=None
        Source of all chance.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The labels.

    References
    ----------
    .. [1] Shannon, "A mathematical theory of communication", 1948; as a query
       strategy: Settles, "Active learning literature survey", 2009.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skactive import Entropy
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = Entropy(LogisticRegression(max_iter=500)).fit(X[::2], y[::2])
    >>> strategy.query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("classification",)
    needs = "mean"

    def _score(self, p_nkc):
        return entropy(namespace(p_nkc).mean(p_nkc, axis=1))


class BALD(PointwiseStrategy):
    """Ask for labels of the points on which the model's draws disagree most [1]_.

    The score is the information, in nats, that a point's label and the model have
    about each other: the entropy of the mean prediction less the mean entropy of the
    draws.

    Parameters
    ----------
    estimator : object
        A model with a posterior (see `skactive.samplers.as_sampler`), or a sampler.
    random_state : int, RandomState or None, default=None
        Source of all chance.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The labels.

    References
    ----------
    .. [1] Houlsby, Huszár, Ghahramani and Lengyel, "Bayesian active learning for
       classification and preference learning", 2011.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import BALD
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = BALD(RandomForestClassifier(min_samples_leaf=3), random_state=0)
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("classification",)

    def _score(self, p_nkc):
        return mutual_information(p_nkc)
