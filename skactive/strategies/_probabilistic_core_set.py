"""ProbabilisticCoreSet: best of random batches under a mixture model; layer 5."""

import functools
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.mixture import GaussianMixture

from skactive._utils.array import namespace, to_numpy
from skactive._utils.scikit_learn import Interval, array_api_off
from skactive.base import QueryStrategy
from skactive.distributed import as_pool
from skactive.information import mean_of_draws
from skactive.objectives import JointInformation
from skactive.objectives._distances import as_features
from skactive.samplers._features import embedded
from skactive.selection import SetFunction, best, gains_along, lazy_greedy
from skactive.selection._terms import PLAIN

__all__ = ["ProbabilisticCoreSet"]

ROUNDING = 1e-6  # relative standard deviation that float32 rounding can cause


class ProbabilisticCoreSet(QueryStrategy):
    """Probabilistic core-set: the most informative of random batches [1]_.

    A Gaussian mixture is fitted to the features of the pool. Its components play the
    role of posterior samples: under each, the "label" of a point is whether it belongs
    to the component. Among ``n_batches`` random batches, the one with the largest joint
    mutual information (as in `BatchBALD`), combined with the mean uncertainty of the
    model, is selected. The paper reports it as a negative result; it is included for
    comparison.

    Parameters
    ----------
    estimator : object, default=None
        A classifier with ``predict_proba``, or a posterior sampler. It also provides
        the features: the input of a net's last layer, the output of a pipeline's
        transformers, or the points themselves for other models. None to use the points
        themselves, without uncertainty.
    n_batches : int, default=100
        Number of random batches to compare.
    n_components : int, default=32
        Number of mixture components, or the number of distinct points if smaller.
    doubt : float, default=0.1
        Weight between 0 and 1 of the mean uncertainty of a batch; its information has
        weight ``1 - doubt``. Both are standardised over the random batches.
    max_configurations : int, default=1000
        Maximum number of joint label configurations to enumerate or sample; see
        `BatchBALD`.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model, the mixture and the batches. Pass an int
        for reproducible results.

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
    The paper (A.2, A.3) leaves details open. Here components are equally likely draws,
    the label is whether a point belongs to the component, covariances are diagonal, and
    labelled points are ignored.

    References
    ----------
    .. [1] "Improving greedy core-set configurations for active learning with
       uncertainty-scaled distances", under review, 2022, appendix A.2.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skactive import ProbabilisticCoreSet
    >>> X, y = load_iris(return_X_y=True)
    >>> model = LogisticRegression(max_iter=500)
    >>> strategy = ProbabilisticCoreSet(model, n_components=5, random_state=0)
    >>> strategy.fit(X[::2], y[::2]).query(X[1::2], n=3).shape
    (3,)
    """

    tasks = ("classification",)
    needs = "features"
    distributed = True  # features are gathered; the rest runs in this process

    _parameter_constraints = {
        **QueryStrategy._parameter_constraints,
        "n_batches": [Interval(Integral, 1, None, closed="left")],
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "doubt": [Interval(Real, 0, 1, closed="both")],
        "max_configurations": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        estimator=None,
        *,
        n_batches=100,
        n_components=32,
        doubt=0.1,
        max_configurations=1000,
        random_state=None,
    ):
        super().__init__(estimator, random_state=random_state)
        self.n_batches = n_batches
        self.n_components = n_components
        self.doubt = doubt
        self.max_configurations = max_configurations

    def fit(self, X, y=None, **fit_params):
        """Fit the model on the labelled data; see `QueryStrategy.fit`."""
        return super().fit(X, y, **fit_params)

    def _check_sampler(self, sampler):
        if self.doubt > 0:
            sampler.check_mean()

    def _objective(self, X_pool, rng):
        seed, seed_of_mixture = (int(s) for s in rng.integers(2**31 - 1, size=2))
        pool = as_pool(X_pool)
        x_nd = pool.map(self._features).joined()
        doubt_n = np.zeros(len(pool))
        if self.sampler_ is not None and self.doubt > 0:
            doubt_n = to_numpy(pool.map(self._doubt, self._functions(rng)).joined())
        r_nk = self._responsibilities(x_nd, seed_of_mixture)
        p_nkc = np.stack([r_nk, 1 - r_nk], axis=-1)
        information = JointInformation(
            p_nkc, seed, max_configurations=self.max_configurations
        )
        return _Located(information, doubt_n)

    def _features(self, X, first):
        """Features of a part, dense, float64 and on the CPU, as the mixture needs."""
        features = X if self.sampler_ is None else embedded(self.sampler_, X)
        features = as_features(features)
        x_nd = features.toarray() if issparse(features) else to_numpy(features)
        return x_nd.astype(np.float64)

    def _doubt(self, X, first, functions):
        return self.sampler_.evaluate(functions, X, _doubt, first)

    def _responsibilities(self, x_nd, seed):
        """Probability that each point belongs to each component: (n, k)."""
        n_distinct = len(np.unique(x_nd, axis=0))
        if n_distinct == 1:
            return np.ones((len(x_nd), 1))
        mixture = GaussianMixture(
            min(self.n_components, n_distinct),
            covariance_type="diag",
            # relative to the features, so that results do not depend on their unit
            reg_covar=1e-6 * x_nd.var(axis=0).mean(),
            random_state=seed,
        )
        with array_api_off():
            return mixture.fit(x_nd).predict_proba(x_nd)

    def _search(self, f, n, rng, terms=PLAIN):
        if terms.cost is not None:
            return lazy_greedy(f, n, **terms.options)
        located, state = f.whole, terms.state
        rows = np.arange(len(located.doubt_n))[f.in_pool(slice(None))]
        batches = [rng.permutation(len(rows))[:n] for _ in range(self.n_batches)]
        # cached by the sorted points, since random batches of small pools repeat
        worth_of = functools.cache(
            lambda points: gains_along(f, points, state=state).sum()
        )
        information = [worth_of(tuple(sorted(batch.tolist()))) for batch in batches]
        doubts = [located.doubt_n[rows[batch]].mean() for batch in batches]
        of_information = (1 - self.doubt) * _standard(information)
        worth = of_information + self.doubt * _standard(doubts)
        # rounded to float32, so that batches of copies tie despite rounding errors
        first = best(worth.astype(np.float32), np.ones(self.n_batches, dtype=bool))
        picks = batches[first].astype(np.intp)
        return picks, gains_along(f, picks, state=state)


@dataclass(frozen=True, eq=False)
class _Located(SetFunction):
    """Joint information about mixture components, with the points' uncertainty."""

    information: JointInformation
    doubt_n: Any
    diminishing = True

    def start(self):
        """Return the state of the empty batch."""
        return self.information.start()

    def gains(self, state, rows=None):
        """Compute the information that each point (of `rows`) adds: (n,)."""
        return self.information.gains(state, rows)

    def add(self, state, i):
        """Return the state with point `i` in the batch."""
        return self.information.add(state, i)


def _doubt(p_nkc):
    m_nc = mean_of_draws(p_nkc)
    return 1 - namespace(m_nc).max(m_nc, axis=-1)


def _standard(values):
    """Standardise values; all zero if they do not vary beyond rounding."""
    deviations = np.asarray(values) - np.mean(values)
    spread = deviations.std()
    varies = spread > ROUNDING * np.abs(values).max()
    return deviations / spread if varies else 0 * deviations
