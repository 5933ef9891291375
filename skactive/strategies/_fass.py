"""FASS: filtered active submodular selection; layer 5."""

import math
from numbers import Real

import numpy as np

from skactive._utils.array import (
    ROUNDING,
    carry,
    chunk_rows,
    dtype_like,
    float64,
    map_rows,
    namespace,
    resolution,
    rounded_like,
)
from skactive._utils.scikit_learn import Interval
from skactive.base import QueryStrategy
from skactive.distributed import as_pool, objective_over
from skactive.information import entropy, mean_of_draws
from skactive.samplers._features import features_of
from skactive.selection import Scores, SetFunction, lazy_greedy, top_of
from skactive.selection._budget import most_affordable
from skactive.selection._terms import PLAIN
from skactive.selection._ties import likeliest

__all__ = ["FASS", "ClassCoverage"]


class ClassCoverage(SetFunction):
    """Facility location objective, computed within each class.

    The sum over points i of the largest similarity ``w(i, s)`` to a pick s of the same
    class, where ``w = d_max - |x_i - x_s|^2`` and d_max is the largest squared
    distance; 0 for classes without a pick. Monotone and submodular.

    Parameters
    ----------
    x_nd : array of shape (n, d)
        Features; gains are in their dtype, computed in float64.
    y_n : array of int, shape (n,)
        Classes.
    """

    diminishing = True
    remedy = (
        "They are copies of selected points, or represent the others equally well: "
        "other features, a larger beta or a smaller batch may help."
    )

    def __init__(self, x_nd, y_n):
        xp, self.like = namespace(x_nd), dtype_like(x_nd)
        x_nd = xp.astype(x_nd, xp.float64)
        # centred, so that |x|^2 + |y|^2 - 2 x'y does not suffer from cancellation
        self.x_nd = x_nd - xp.mean(x_nd, axis=0)
        self.y_n = y_n
        self.norms_n = xp.vecdot(self.x_nd, self.x_nd)
        farthest_n = self._map(lambda d_mn, rows: xp.max(d_mn, axis=1))
        self.d_max = xp.max(farthest_n)

    def start(self):
        """Return the state of the empty batch: similarities of 0."""
        return namespace(self.norms_n).zeros_like(self.norms_n)

    def gains(self, state, rows=None):
        """Compute the marginal gain of each point (of `rows`): (n,)."""
        gain_n = self._map(lambda *part: self._growth(state, *part), rows)
        return rounded_like(gain_n, self.like)

    def add(self, state, i):
        """Return the state after picking point `i`."""
        xp = namespace(state)
        rows = carry([i], state)
        return xp.maximum(state, self._similarities(self._distances(rows), rows)[0])

    def _growth(self, state, d_mn, rows):
        xp = namespace(d_mn)
        growth_mn = self._similarities(d_mn, rows) - state
        # growth within rounding error is set to zero: a copy of a pick adds nothing
        enough = growth_mn > resolution(self.like) * self.d_max
        return xp.sum(xp.where(enough, growth_mn, xp.zeros_like(growth_mn)), axis=1)

    def _similarities(self, d_mn, rows):
        xp = namespace(d_mn)
        same_mn = self.y_n[rows][:, None] == self.y_n
        return xp.where(same_mn, self.d_max - d_mn, xp.zeros_like(d_mn))

    def _distances(self, rows):
        xp = namespace(self.x_nd)
        products_mn = self.x_nd[rows] @ self.x_nd.T
        d_mn = self.norms_n[rows][:, None] + self.norms_n - 2 * products_mn
        return xp.clip(d_mn, min=0.0)

    def _map(self, reduce, rows=None):
        """Join ``reduce(distances, rows)`` over chunks of `rows`."""
        n = self.x_nd.shape[0]

        def chunk(some):
            part = some if rows is None else rows[some]
            return reduce(self._distances(part), part)

        return map_rows(chunk, n if rows is None else len(rows), chunk_rows(32 * n))


class _Uncertain(SetFunction):
    """Entropy of each point, with a function that builds the coverage of some points.

    Parameters
    ----------
    entropies : SetFunction
        Modular function; of a distributed pool, only the largest values are fetched.
    size : int
        Number of points.
    coverage : callable
        ``coverage(rows)`` returns the `ClassCoverage` of these rows of the whole pool.
    whole : SetFunction, default=None
        The same objective over the whole pool; itself if None.
    """

    diminishing = True

    def __init__(self, entropies, size, coverage, whole=None):
        self.entropies, self.size, self.coverage = entropies, size, coverage
        self._whole = whole

    @property
    def whole(self):
        return self if self._whole is None else self._whole

    def start(self):
        return self.entropies.start()

    def gains(self, state, rows=None):
        return self.entropies.gains(state, rows)

    def add(self, state, i):
        return state

    def leaders(self, n, state):
        return self.entropies.leaders(n, state)

    def restricted(self, candidates):
        entropies = self.entropies.restricted(candidates)
        return _Uncertain(entropies, len(candidates), self.coverage, self.whole)

    def in_pool(self, picks):
        return self.entropies.in_pool(picks)


def _entropy_and_class(p_nkc):
    """Predictive entropy and predicted class, from the mean of the draws: (n, 2)."""
    m_nc = mean_of_draws(p_nkc)
    y_n = likeliest(rounded_like(m_nc, p_nkc))
    both_n2 = namespace(m_nc).stack([entropy(m_nc), float64(y_n)], axis=-1)
    return rounded_like(both_n2, p_nkc)


class FASS(QueryStrategy):
    """Filtered active submodular selection (FASS) [1]_.

    First the pool is filtered: only the ``beta * n`` points with the largest predictive
    entropy are kept. From these, n points are selected that best represent the filtered
    points of their predicted class, by maximising a facility location objective with
    the lazy greedy algorithm [2]_.

    Parameters
    ----------
    estimator : object
        A classifier with ``predict_proba``, or a posterior sampler. It also provides
        the features: the input of a net's last linear layer, the output of a pipeline's
        transformers, or the points themselves for other models.
    beta : float, default=10
        Number of points to keep per point selected, at least 1. With 1 the most
        uncertain points are selected.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model and the posterior samples. Pass an int for
        reproducible results.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted posterior sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The class labels.

    Notes
    -----
    ``score_samples`` returns the entropy by which the pool is filtered; the scores of a
    query are marginal gains of the facility location objective.

    References
    ----------
    .. [1] Wei, Iyer and Bilmes, "Submodularity in data subset selection and active
       learning", ICML 2015.
    .. [2] Minoux, "Accelerated greedy algorithms for maximizing submodular set
       functions", 1978.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skactive import FASS
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = FASS(LogisticRegression(max_iter=500), beta=5)
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("classification",)
    needs = "mean"
    reports_gains = False  # the scores of a query are gains of the coverage instead
    distributed = True
    copies_add_nothing = True

    _parameter_constraints = {
        **QueryStrategy._parameter_constraints,
        "beta": [Interval(Real, 1, None, closed="left")],
    }

    def __init__(self, estimator=None, *, beta=10, random_state=None):
        super().__init__(estimator, random_state=random_state)
        self.beta = beta

    def _objective(self, X_pool, rng):
        pool = as_pool(X_pool)
        h_n2 = pool.map(self._entropies, self._functions(rng))

        def coverage(rows):
            # one row is enough to know the array library and device of the draws
            like = h_n2.where.gather([h_n2.where.submit(_one_row, h_n2.parts[0])])[0]
            x_md = pool.at(rows, self._features, like)
            return ClassCoverage(x_md, carry(h_n2.at(_classes, rows), x_md))

        return _Uncertain(objective_over(h_n2.map(_scores)), len(pool), coverage)

    def _entropies(self, X, first, functions):
        return self.sampler_.evaluate(functions, X, _entropy_and_class, first)

    def _features(self, X, like):
        return features_of(self.sampler_, X, like)

    def _search(self, f, n, rng, terms=PLAIN):
        kept = self._kept(f, n, terms)
        # pending points come last: they are added to the state and cannot be picked
        rows = np.concatenate([f.in_pool(kept), terms.pending])
        coverage = f.coverage(rows)
        state = coverage.start()
        for i in range(len(kept), len(rows)):
            state = coverage.add(state, i)
        cost = None if terms.cost is None else terms.cost[kept]
        # `kept` is ordered by entropy, so that ties go to the more uncertain point
        picks, gains = lazy_greedy(
            coverage.restricted(np.arange(len(kept))),
            n,
            state=state,
            cost=cost,
            budget=terms.budget,
        )
        return kept[picks], gains

    def _kept(self, f, n, terms):
        """Filter the pool: the most uncertain points, beta for each to be selected."""
        if terms.cost is not None:
            most = most_affordable(terms.cost, terms.budget)
            n = most if n is None else min(n, most)
        return top_of(f, min(math.ceil(self.beta * n), f.size))[0]


def _scores(h_n2):
    return Scores(h_n2[:, 0], rounding=ROUNDING)


def _classes(h_n2, rows):
    return h_n2[rows, 1]


def _one_row(h_n2):
    return h_n2[:1]
