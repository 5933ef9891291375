"""PointwiseStrategy: scores of points that do not look at each other; layer 4."""

from abc import abstractmethod

import numpy as np
from scipy.special import expit

from skactive._utils.array import ROUNDING, namespace, to_numpy
from skactive.base._strategy import QueryStrategy
from skactive.distributed import as_pool, objective_over
from skactive.information import margin
from skactive.selection import Scores, top_of
from skactive.selection._terms import PLAIN

__all__ = ["PointwiseStrategy"]


class PointwiseStrategy(QueryStrategy):
    """Base class of strategies whose score of a point does not look at the others.

    Derive from it and define ``_score(p_nkc) -> (n,)``. The pool is scored chunk by
    chunk as it is drawn: memory does not grow with the number of draws. Dask
    collections are scored where they lie.

    Parameters
    ----------
    estimator : object, default=None
        The model, or a sampler around it: all that `skactive.samplers.as_sampler`
        accepts.
    random_state : int, RandomState or None, default=None
        Source of all chance.

    Attributes
    ----------
    rounding : float, default=0.0
        Absolute error of the scores, set by the class: scores no farther apart are
        tied. What counts in any case is the resolution of their dtype, relative to
        their size; scores that are differences of larger numbers need more.
    takes_decisions : bool, default=False
        Whether a model that has a ``decision_function`` and no probabilities will do,
        set by the class: the score is then minus the margin between the two largest
        values, which for two classes is minus the distance from the boundary [1]_.
    sampler_ : PosteriorSampler
        The fitted sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The labels (classification).

    References
    ----------
    .. [1] Tong and Koller, "Support vector machine active learning with applications
       to text classification", JMLR 2, 2001.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive.base import PointwiseStrategy
    >>> class LargestSpread(PointwiseStrategy):
    ...     def _score(self, p_nkc):
    ...         return p_nkc.std(axis=1).max(axis=1)
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = LargestSpread(RandomForestClassifier(), random_state=0)
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    distributed = True
    rounding: float = 0.0

    @abstractmethod
    def _score(self, p_nkc):
        """Scores (n,) of points with draws (n, k, c); higher is asked first."""

    def _objective(self, X_pool, rng):
        if self._decides(self.sampler_):
            return objective_over(as_pool(X_pool).map(self._decision_scores))
        parts = as_pool(X_pool).map(self._scores, self._functions(rng))
        return objective_over(parts)

    def _tie_break(self, p_nkc, score_n):
        """What orders tied points (n,), the largest first; by index where None."""
        return None

    def _scores(self, X, first, functions):
        columns = self.sampler_.evaluate(functions, X, self._columns, first)
        orders = columns.shape[-1] > 1
        return Scores(columns[:, 0], columns[:, 1] if orders else None, self.rounding)

    def _columns(self, p_nkc):
        """Scores and, where the strategy has them, tie-breaks: (n, 1) or (n, 2)."""
        score_n = self._score(p_nkc)
        order_n = self._tie_break(p_nkc, score_n)
        columns = [score_n] if order_n is None else [score_n, order_n]
        return namespace(score_n).stack(columns, axis=-1)

    def _decision_scores(self, X, first):
        f_nc = self.sampler_.decide(X, first)
        # decision functions have a scale of their own
        rounding = ROUNDING * float(np.abs(f_nc).max(initial=0.0))
        return Scores(-margin(f_nc), rounding=rounding)

    def _search(self, f, n, rng, terms=PLAIN):
        if terms.cost is None:
            return top_of(f, n, **terms.options)
        return super()._search(f, n, rng, terms)

    @property
    def _scale(self):
        """One minus the margin of the probabilities, if decisions are log odds."""
        return _of_log_odds if self._decides(self.sampler_) else super()._scale


def _of_log_odds(score_n):
    return 2 * expit(to_numpy(score_n))
