"""ACS-FW: a batch whose weighted likelihood stands for the pool's; layer 5."""

from typing import Any, NamedTuple

import numpy as np

from skactive._utils.array import namespace, resolution
from skactive._utils.warnings import warn_caller
from skactive.base import QueryStrategy
from skactive.distributed import as_pool
from skactive.distributed._objective import DistributedObjective
from skactive.objectives._deviations import deviations
from skactive.selection import DivisibleSetFunction, SetFunction, gains_along, greedy
from skactive.selection._left import Left
from skactive.selection._terms import PLAIN

__all__ = ["ACSFW", "LikelihoodFit", "expected_log_likelihood"]

SMOOTHING = 1e-3  # share of the uniform distribution, so that no logarithm is infinite
FLAT = 1e-12  # likelihood vectors shorter than this, of the longest, say nothing


def expected_log_likelihood(p_nkc):
    """Expected log-likelihood of each point under each draw: (n, k), float64.

    ``sum_c m_c log P_njc + H(m)``, m the mean of the draws: minus the divergence of
    draw j from the mean, over ``sqrt(k)``, so that a sum over draws is a mean.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws.

    Returns
    -------
    array of shape (n, k)
        Not positive; 0 where a draw is the mean, up to rounding of the draws' type.
    """
    xp, (_, k, c) = namespace(p_nkc), p_nkc.shape
    m_nc, away_nkc = deviations(p_nkc)
    m_n1c = ((1 - SMOOTHING) * m_nc + SMOOTHING / c)[:, None]
    away_nkc = (1 - SMOOTHING) * away_nkc
    # sum m log(P / m) - (P - m): no term is positive, and the last ones sum to zero.
    # A divergence of draws that differ little has no digits left as m log P + H(m)
    ratio_nkc = away_nkc / m_n1c
    return xp.sum(m_n1c * (xp.log1p(ratio_nkc) - ratio_nkc), axis=-1) / k**0.5


class _Fit(NamedTuple):
    """The fitted sum, and the weight of every point that was ever picked, in order."""

    fit_k: Any
    weights: dict


class _Pool(NamedTuple):
    """What the whole pool says: sums of the vectors and of their lengths."""

    target_k: Any
    sigma: Any
    longest: Any

    @classmethod
    def of(cls, l_nk):
        """Say it of a part, or of the whole."""
        xp, sigma_n = namespace(l_nk), _lengths(l_nk)
        return cls(xp.sum(l_nk, axis=0), xp.sum(sigma_n), xp.max(sigma_n))

    def __add__(self, other):
        """Say it of two parts together."""
        longest = max(self.longest, other.longest, key=float)
        return _Pool(self.target_k + other.target_k, self.sigma + other.sigma, longest)


def _lengths(l_nk):
    xp = namespace(l_nk)
    return xp.sqrt(xp.vecdot(l_nk, l_nk))


class LikelihoodFit(DivisibleSetFunction):
    """Frank-Wolfe fit of the pool's log-likelihood by that of weighted points.

    With L_n the vector of point n over draws, sigma_n its length and sigma the sum of
    them, ``|L - sum_n w_n L_n|`` is made small over the polytope ``sum_n w_n sigma_n =
    sigma``, ``w >= 0``: a step goes from where it stands towards the corner that lies
    most in the direction of the residual.

    Parameters
    ----------
    l_nk : array of shape (n, k)
        Expected log-likelihoods.
    pool : _Pool, default=None
        Sums over the pool, where these points are a part of it.
    first : int, default=0
        Number, in the pool, of the first of these points.
    """

    def __init__(self, l_nk, pool=None, first=0):
        self.l_nk, self.first = l_nk, first
        self.sigma_n = _lengths(l_nk)
        self.target_k, self.sigma, longest = _Pool.of(l_nk) if pool is None else pool
        self.speaks_n = self.sigma_n > FLAT * longest
        self.silent = namespace(l_nk).where(longest > 0, -np.inf, 0.0)

    @property
    def size(self):
        """Number of points."""
        return self.l_nk.shape[0]

    def start(self):
        """State of the empty batch: nothing fitted."""
        return _Fit(namespace(self.l_nk).zeros_like(self.target_k), {})

    def gains(self, state, rows=None):
        """Alignment of each point (of `rows`) with the residual: (n,).

        A point on which all draws agree says nothing: ``-inf``; 0 where all are such.
        """
        xp = namespace(self.l_nk)
        rows = slice(None) if rows is None else rows
        speaks_n, sigma_n = self.speaks_n[rows], self.sigma_n[rows]
        residual_k = self._residual(state)
        scale_n = xp.where(speaks_n, sigma_n, 1.0)
        aligned_n = (self.l_nk[rows] @ residual_k) / scale_n
        return xp.where(speaks_n, aligned_n, self.silent)

    def message(self, i):
        """What a state has to know of point `i`: number, vector and length, if any."""
        speaks = bool(self.speaks_n[i])
        sigma = float(self.sigma_n[i]) if speaks else 0.0
        return self.first + int(i), self.l_nk[i], sigma

    def receive(self, state, message):
        """State after the line search towards the point of a message."""
        i, l_k, sigma = message
        if not sigma:
            return state._replace(weights={**state.weights, i: 0.0})
        fit_k, corner = state.fit_k, float(self.sigma) / sigma
        d_k = corner * l_k - fit_k
        along, length = float(d_k @ self._residual(state)), float(d_k @ d_k)
        step = min(max(along / length, 0.0), 1.0) if length > 0 else 0.0
        weights = {j: (1 - step) * w for j, w in state.weights.items()}
        weights[i] = weights.get(i, 0.0) + step * corner
        return _Fit(fit_k + step * d_k, weights)

    def weights(self, state):
        """Weights of the points that were ever picked, in order of first pick."""
        return list(state.weights.values())

    def residual(self, state):
        """Distance that is left between the pool's likelihood and the fitted one."""
        rest_k = self._residual(state)
        return float(rest_k @ rest_k) ** 0.5

    def _residual(self, state):
        """What is not fitted: (k,). What rounding cannot tell from zero is zero."""
        xp = namespace(self.target_k)
        rest_k = self.target_k - state.fit_k
        left_k = xp.abs(rest_k) > resolution(rest_k) * self.sigma
        return xp.where(left_k, rest_k, xp.zeros_like(rest_k))


class _DistributedFit(DistributedObjective):
    """The same over the parts of a pool: all of them know the fitted sum."""

    def weights(self, state):
        """Weights of the points that were ever picked, in order of first pick."""
        first = state.where.gather(state.parts[:1])[0]
        return list(first.weights.values())

    def residual(self, state):
        """Distance that is left between the pool's likelihood and the fitted one."""
        # all parts know the whole fit, and the first says what it leaves
        return self.parts.map(LikelihoodFit.residual, beside=state).collect()[0]


class ACSFW(QueryStrategy):
    """Select points whose labels move the model as those of the whole pool would [1]_.

    A sparse weighted sum of the points' expected log-likelihoods, as functions of the
    model, is fitted to the sum over the pool by Frank-Wolfe steps [2]_, one for each
    point asked for; the batch is the points that have a weight. A step may return to a
    point, so that fewer than n are found: the others are then chosen at random, with a
    warning, and counted in ``n_filled_``.

    Parameters
    ----------
    estimator : object
        A classifier with a posterior (see `skactive.samplers.as_sampler`), or a
        sampler; its draws are the random projections of [1]_.
    random_state : int, RandomState or None, default=None
        Source of all chance: the functions, and the points filled in.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The labels.
    n_filled_ : int
        How many points, the last ones, of the last batch were chosen at random.

    References
    ----------
    .. [1] Pinsler, Gordon, Nalisnick and Hernández-Lobato, "Bayesian batch active
       learning as sparse subset approximation", NeurIPS 2019.
    .. [2] Campbell and Broderick, "Automated scalable Bayesian inference via Hilbert
       coresets", JMLR 2019.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skactive import ACSFW
    >>> X, y = load_digits(return_X_y=True)
    >>> strategy = ACSFW(RandomForestClassifier(), random_state=0)
    >>> strategy.fit(X[:100], y[:100]).query(X[100:], n=5).shape
    (5,)
    >>> strategy.n_filled_
    0
    """

    tasks = ("classification",)
    distributed = True

    def _objective(self, X_pool, rng):
        l_nk = as_pool(X_pool).map(self._likelihoods, self._functions(rng))
        if not l_nk.is_distributed:
            return LikelihoodFit(l_nk.here)
        pool = l_nk.map(_Pool.of).total()
        return _DistributedFit(l_nk.map(_fit_of_part, pool, each=l_nk.starts))

    def _likelihoods(self, X, first, functions):
        then = expected_log_likelihood
        return self.sampler_.evaluate(functions, X, then, first)

    def _search(self, f, n, rng, terms=PLAIN):
        self.n_filled_ = 0
        if terms.cost is not None:
            picks, _ = greedy(_Aligned(f), n, **terms.options)
            return picks, gains_along(f, picks, state=terms.state)
        found = _frank_wolfe(f, n, terms)
        if not found:  # the draws agree on all points: by index, with a warning
            return greedy(f, n, state=terms.state)
        self.n_filled_ = n - len(found)
        if self.n_filled_:
            _warn_filled(self.n_filled_, n)
            n_points = len(np.arange(f.whole.size)[f.in_pool(slice(None))])
            others = np.delete(np.arange(n_points), found)
            found = [*found, *rng.permutation(others)[: self.n_filled_].tolist()]
        picks = np.asarray(found, dtype=np.intp)
        return picks, gains_along(f, picks, state=terms.state)


class _Aligned(SetFunction):
    """A fit within a budget: alignment, not negative, and batches by what is left."""

    def __init__(self, fit):
        self.fit = fit

    def start(self):
        return self.fit.start()

    def gains(self, state, rows=None):
        gains = self.fit.gains(state, rows)
        return namespace(gains).clip(gains, min=0.0)

    def add(self, state, i):
        return self.fit.add(state, i)

    def value(self, state):
        return -self.fit.whole.residual(state)


def _fit_of_part(l_nk, first, pool):
    return LikelihoodFit(l_nk, pool, first)


def _frank_wolfe(f, n, terms=PLAIN):
    """Points with a weight after n steps, in order of first pick."""
    state, order = f.start() if terms.state is None else terms.state, {}
    for _ in range(n):
        i = f.choose(state, Left()).index  # a step may return to a point
        state, order[i] = f.add(state, i), None
    # in the same order, by whatever number; first the pending, of which no step is
    weights = f.whole.weights(state)[len(terms.pending) :]
    return [i for i, w in zip(order, weights, strict=True) if w > 0]


def _warn_filled(n_filled, n):
    warn_caller(
        f"ACSFW found weights for {n - n_filled} of n={n} points; the other {n_filled} "
        "are chosen at random. Ask for fewer, or give the model more draws, so that "
        "fewer points stand for the whole pool."
    )
