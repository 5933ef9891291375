"""PointwiseStrategy: base class of strategies that score points alone; layer 4."""

from abc import abstractmethod
from numbers import Real

import numpy as np
from scipy.special import expit

from skactive._utils.array import ROUNDING, namespace, rounded_like, to_numpy
from skactive._utils.scikit_learn import Interval, StrOptions
from skactive.base._stochastic import KINDS, log_weights, warn_few
from skactive.base._strategy import QueryStrategy
from skactive.distributed import as_pool, objective_over
from skactive.information import margin
from skactive.selection import Scores, top_of
from skactive.selection._budget import in_order
from skactive.selection._terms import PLAIN

__all__ = ["PointwiseStrategy"]


class PointwiseStrategy(QueryStrategy):
    """Base class of strategies that score each point independently of the others.

    Derive from it and define ``_score(p_nkc) -> (n,)``. The pool is scored chunk by
    chunk while it is drawn, so that memory does not grow with the number of draws.
    Blocks of dask collections are scored on their workers.

    Parameters
    ----------
    estimator : object, default=None
        A model or a posterior sampler, as accepted by `skactive.samplers.as_sampler`.
    batch : {"top", "power", "softmax", "softrank"}, default="top"
        How to select a batch from the scores: the n largest, or sampled without
        replacement with probabilities proportional to ``score ** beta``,
        ``exp(beta * score)`` or ``rank ** -beta``, where rank 1 has the largest score
        [2]_. Sampling prevents near copies of the best point from filling the batch.
        "power" requires non-negative scores (or `worth` of scores). Except for "top",
        ``query`` and ``score_samples`` return log-scores with added noise.
    beta : float, default=1.0
        Inverse temperature of the sampling, which approaches uniform sampling for small
        values and "top" for large ones. The Gumbel noise has scale ``1 / beta``.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model, the posterior samples and the query.
        Pass an int for reproducible results.

    Attributes
    ----------
    rounding : float, default=0.0
        Absolute rounding error of the scores, set by the class: scores that differ by
        no more are tied. The relative resolution of the dtype is always taken into
        account; scores that are differences of larger numbers need more.
    takes_decisions : bool, default=False
        Whether models with a ``decision_function`` but no probabilities are supported,
        set by the class. The score is then minus the margin between the two largest
        values; for two classes, minus the distance to the decision boundary [1]_.
    sampler_ : PosteriorSampler
        The fitted posterior sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The class labels (classification only).

    References
    ----------
    .. [1] Tong and Koller, "Support vector machine active learning with applications
       to text classification", JMLR 2, 2001.
    .. [2] Kirsch, Farquhar, Atighehchian, Jesson, Branchaud-Charron and Gal,
       "Stochastic batch acquisition: a simple baseline for deep active learning", TMLR
       2023.

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
    batch: str = "top"
    beta: float = 1.0

    _parameter_constraints = {
        **QueryStrategy._parameter_constraints,
        "batch": [StrOptions({"top", *KINDS})],
        "beta": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(self, estimator=None, *, batch="top", beta=1.0, random_state=None):
        super().__init__(estimator, random_state=random_state)
        self.batch = batch
        self.beta = beta

    @abstractmethod
    def _score(self, p_nkc):
        """Score points with draws (n, k, c): (n,); the largest are selected first."""

    def _objective(self, X_pool, rng):
        if self._decides(self.sampler_):
            return objective_over(as_pool(X_pool).map(self._decision_scores))
        parts = as_pool(X_pool).map(self._scores, self._functions(rng))
        return objective_over(parts)

    def _objective_at(self, X_pool, rng):
        # noise is added here rather than in the search, so that `score_samples` and
        # queries with other candidates see the same noisy scores
        f = super()._objective_at(X_pool, rng)
        return f if self.batch == "top" else self._noisy(f, rng)

    def _noisy(self, f, rng):
        """Log-scores with independent Gumbel noise, gathered in this process.

        The n largest of these sums are a sample without replacement with probabilities
        proportional to the scores (the Gumbel top-k trick).
        """
        score_n = to_numpy(f.gains(f.start())).astype(float)
        name = type(self).__name__
        log_n = log_weights(self.batch, score_n, self._scale, name)
        return Scores(log_n + rng.gumbel(scale=1 / self.beta, size=len(log_n)))

    def _tie_break(self, p_nkc, score_n):
        """Secondary score (n,) that breaks ties, largest first; None for the index."""
        return None

    def _scores(self, X, first, functions):
        # one pass for scores and tie-breaks, since drawing takes most of the time
        columns = self.sampler_.evaluate(functions, X, self._columns, first)
        orders = columns.shape[-1] > 1
        return Scores(columns[:, 0], columns[:, 1] if orders else None, self.rounding)

    def _columns(self, p_nkc):
        """Scores and, if the strategy defines them, tie-breaks: (n, 1) or (n, 2).

        In the dtype of the draws: a net predicts copies of a point alike up to rounding
        only, and these must count as tied.
        """
        score_n = self._score(p_nkc)
        order_n = self._tie_break(p_nkc, score_n)
        columns = [score_n] if order_n is None else [score_n, order_n]
        return rounded_like(namespace(score_n).stack(columns, axis=-1), p_nkc)

    def _decision_scores(self, X, first):
        f_nc = self.sampler_.decide(X, first)
        # values of decision functions have no fixed scale, unlike probabilities
        rounding = ROUNDING * float(np.abs(f_nc).max(initial=0.0))
        return Scores(-margin(f_nc), rounding=rounding)

    def _search(self, f, n, rng, terms=PLAIN):
        if self.batch != "top":
            return self._drawn(f, n, terms)
        if terms.cost is None:
            return top_of(f, n, **terms.options)
        return super()._search(f, n, rng, terms)

    def _drawn(self, f, n, terms):
        """Select the largest noisy scores; with costs, proportional to score / cost."""
        score_n = f.gains(f.start())
        if terms.cost is not None:
            per_cost = score_n - np.log(terms.cost)
            picks, _ = in_order(per_cost, n, terms.cost, terms.budget)
            return picks, score_n[picks]
        warn_few(score_n, n)
        return top_of(f, n, **terms.options)

    @property
    def _scale(self):
        """Map scores to one minus a margin, treating decision values as log-odds."""
        return _of_log_odds if self._decides(self.sampler_) else super()._scale


def _of_log_odds(score_n):
    # with s = -|f|: 1 - (expit(|f|) - expit(-|f|)) = 2 expit(s)
    return 2 * expit(to_numpy(score_n))
