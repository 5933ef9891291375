"""ACS-FW: Bayesian batch selection as sparse subset approximation; layer 5."""

from typing import Any, NamedTuple

import numpy as np

from skactive._utils.array import (
    dtype_like,
    float64,
    namespace,
    resolution,
    rounded,
    rounded_like,
)
from skactive._utils.warnings import warn_caller
from skactive.base import QueryStrategy
from skactive.distributed import as_pool
from skactive.distributed._objective import DistributedObjective
from skactive.objectives._deviations import deviations
from skactive.selection import DivisibleSetFunction, SetFunction, gains_along, greedy
from skactive.selection._left import Left
from skactive.selection._terms import PLAIN

__all__ = ["ACSFW", "LikelihoodFit", "expected_log_likelihood"]

SMOOTHING = 1e-3  # weight of the uniform distribution, which keeps logarithms finite
FLAT = 1e-12  # vectors shorter than this share of the longest are rounding noise


def expected_log_likelihood(p_nkc):
    """Compute the expected log-likelihood of each point under each posterior sample.

    The value for point n and draw j is ``(sum_c m_c log P_njc + H(m)) / sqrt(k)``,
    where m is the mean of the draws: minus the Kullback-Leibler divergence of draw j
    from the mean. Dividing by ``sqrt(k)`` turns inner products over the k draws into
    means.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Class probabilities of k posterior samples (draws).

    Returns
    -------
    array of shape (n, k), float64
        At most 0; equal to 0, up to rounding in the dtype of the draws, where a draw
        equals the mean.
    """
    xp, (_, k, c) = namespace(p_nkc), p_nkc.shape
    m_nc, away_nkc = deviations(p_nkc)
    m_n1c = ((1 - SMOOTHING) * m_nc + SMOOTHING / c)[:, None]
    away_nkc = (1 - SMOOTHING) * away_nkc
    # Sum of m log(P / m) - (P - m). The terms P - m sum to zero over classes, and with
    # them every term is at most 0. Computed as m log P + H(m), the divergence of
    # nearly equal draws would be lost to cancellation.
    ratio_nkc = away_nkc / m_n1c
    return xp.sum(m_n1c * (xp.log1p(ratio_nkc) - ratio_nkc), axis=-1) / k**0.5


class _Fit(NamedTuple):
    """State: the fitted sum and the weights of all points picked so far, in order."""

    fit_k: Any
    weights: dict


class _Pool(NamedTuple):
    """Sums over the pool: of the vectors, of their lengths, and the largest length."""

    target_k: Any
    sigma: Any
    longest: Any

    @classmethod
    def of(cls, l_nk):
        """Compute the sums over one part of the pool, or over all of it."""
        xp, l_nk = namespace(l_nk), float64(l_nk)
        sigma_n = _lengths(l_nk)
        return cls(xp.sum(l_nk, axis=0), xp.sum(sigma_n), xp.max(sigma_n))

    def __add__(self, other):
        """Combine the sums of two parts of the pool."""
        longest = max(self.longest, other.longest, key=float)
        return _Pool(self.target_k + other.target_k, self.sigma + other.sigma, longest)


def _lengths(l_nk):
    xp = namespace(l_nk)
    return xp.sqrt(xp.vecdot(l_nk, l_nk))


class LikelihoodFit(DivisibleSetFunction):
    """Frank-Wolfe approximation of the pool's log-likelihood by weighted points.

    Let L_n be the expected log-likelihood of point n over the k draws, sigma_n its
    norm, L the sum of all L_n and sigma the sum of all sigma_n. Frank-Wolfe minimises
    ``|L - sum_n w_n L_n|`` over the polytope ``sum_n w_n sigma_n = sigma``, ``w >= 0``.
    Each step moves towards the vertex best aligned with the residual.

    Parameters
    ----------
    l_nk : array of shape (n, k)
        Expected log-likelihoods; gains are in their dtype, computed in float64.
    pool : _Pool, default=None
        Sums over the whole pool; None if `l_nk` holds the whole pool.
    first : int, default=0
        Index in the pool of the first of these points.
    """

    def __init__(self, l_nk, pool=None, first=0):
        self.like, self.first = dtype_like(l_nk), first
        self.l_nk = l_nk = float64(l_nk)
        self.sigma_n = _lengths(l_nk)
        self.target_k, self.sigma, longest = _Pool.of(l_nk) if pool is None else pool
        self.informative_n = self.sigma_n > FLAT * longest
        self.uninformative_gain = namespace(l_nk).where(longest > 0, -np.inf, 0.0)

    @property
    def size(self):
        """Number of points."""
        return self.l_nk.shape[0]

    def start(self):
        """Return the state of the empty batch: all weights are zero."""
        return _Fit(namespace(self.l_nk).zeros_like(self.target_k), {})

    def gains(self, state, rows=None):
        """Compute the alignment of each point (of `rows`) with the residual: (n,).

        Points on which all draws agree are uninformative and get ``-inf``, or 0 if all
        points of the pool are such.
        """
        xp = namespace(self.l_nk)
        rows = slice(None) if rows is None else rows
        informative_n, sigma_n = self.informative_n[rows], self.sigma_n[rows]
        residual_k = self._residual(state)
        scale_n = xp.where(informative_n, sigma_n, 1.0)
        aligned_n = (self.l_nk[rows] @ residual_k) / scale_n
        gain_n = xp.where(informative_n, aligned_n, self.uninformative_gain)
        return rounded_like(gain_n, self.like)

    def message(self, i):
        """Return what a state needs to know about point `i`: index, vector and norm."""
        informative = bool(self.informative_n[i])
        sigma = float(self.sigma_n[i]) if informative else 0.0
        return self.first + int(i), self.l_nk[i], sigma

    def receive(self, state, message):
        """Return the state after a line search towards the point in `message`."""
        i, l_k, sigma = message
        if not sigma:  # an uninformative point cannot improve the fit
            return state._replace(weights={**state.weights, i: 0.0})
        fit_k, corner = state.fit_k, float(self.sigma) / sigma
        d_k = corner * l_k - fit_k
        along, length = float(d_k @ self._residual(state)), float(d_k @ d_k)
        # the exact minimiser along d, clipped so that the weights stay in the polytope
        step = min(max(along / length, 0.0), 1.0) if length > 0 else 0.0
        weights = {j: (1 - step) * w for j, w in state.weights.items()}
        weights[i] = weights.get(i, 0.0) + step * corner
        return _Fit(fit_k + step * d_k, weights)

    def weights(self, state):
        """Return the weights of all points picked so far, in order of first pick."""
        return list(state.weights.values())

    def residual(self, state):
        """Return the distance between the pool's log-likelihood and the fitted one."""
        rest_k = self._residual(state)
        return float(rest_k @ rest_k) ** 0.5

    def _residual(self, state):
        """Residual of the fit (k,), with entries below rounding error set to zero."""
        xp = namespace(self.target_k)
        rest_k = self.target_k - state.fit_k
        left_k = xp.abs(rest_k) > resolution(rest_k) * self.sigma
        return xp.where(left_k, rest_k, xp.zeros_like(rest_k))


class _DistributedFit(DistributedObjective):
    """`LikelihoodFit` over the parts of a pool, each of which holds the fitted sum."""

    def weights(self, state):
        """Return the weights of all points picked so far, in order of first pick."""
        first = state.where.gather(state.parts[:1])[0]
        return list(first.weights.values())

    def residual(self, state):
        """Return the distance between the pool's log-likelihood and the fitted one."""
        # all parts hold the same fit, so the residual of the first one is enough
        return self.parts.map(LikelihoodFit.residual, beside=state).collect()[0]


class ACSFW(QueryStrategy):
    """Active Bayesian coresets with Frank-Wolfe (ACS-FW) [1]_.

    Selects a batch whose labels should update the posterior as the labels of the whole
    pool would. The expected log-likelihood of the pool, as a function of the model, is
    approximated by a sparse weighted sum over points with n Frank-Wolfe steps [2]_; the
    batch consists of the points with a positive weight. Since a step may select the
    same point again, fewer than n points can result. The batch is then filled with
    random points, with a warning, and ``n_filled_`` counts them.

    Parameters
    ----------
    estimator : object
        A classifier with a posterior (see `skactive.samplers.as_sampler`), or a
        posterior sampler; its draws serve as the random projections of [1]_.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the model, the posterior samples and the points that
        fill the batch. Pass an int for reproducible results.

    Attributes
    ----------
    sampler_ : PosteriorSampler
        The fitted posterior sampler.
    estimator_ : estimator
        The fitted model.
    classes_ : ndarray of shape (c,)
        The class labels.
    n_filled_ : int
        Number of points at the end of the last batch that were selected at random. If
        several threads query one strategy, it is that of one of them.

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
        then = rounded(expected_log_likelihood)
        return self.sampler_.evaluate(functions, X, then, first)

    def _search(self, f, n, rng, terms=PLAIN):
        # a number of Frank-Wolfe steps does not limit costs; greedy search does
        if terms.cost is not None:
            self.n_filled_ = 0
            picks, _ = greedy(_Aligned(f), n, **terms.options)
            return picks, gains_along(f, picks, state=terms.state)
        found = _frank_wolfe(f, n, terms)
        # a local variable: queries in other threads set the attribute, too
        n_filled = n - len(found) if found else 0
        self.n_filled_ = n_filled
        if not found:  # the draws agree on all points: ties are broken by index
            return greedy(f, n, state=terms.state)
        if n_filled:
            _warn_filled(n_filled, n)
            found = [*found, *_others(f, found, rng)[:n_filled].tolist()]
        picks = np.asarray(found, dtype=np.intp)
        return picks, gains_along(f, picks, state=terms.state)


def _others(f, found, rng):
    """Return the points of the pool that were not found, in random order."""
    n_points = len(np.arange(f.whole.size)[f.in_pool(slice(None))])
    return rng.permutation(np.delete(np.arange(n_points), found))


class _Aligned(SetFunction):
    """`LikelihoodFit` for selection within a budget.

    Gains are clipped at zero, since they are divided by costs, and batches are compared
    by their residual.
    """

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
    """Return the points with a positive weight after n steps, ordered by first pick."""
    state, order = f.start() if terms.state is None else terms.state, {}
    for _ in range(n):
        i = f.choose(state, Left()).index  # a step may select the same point again
        state, order[i] = f.add(state, i), None
    # Both are in order of first pick, but number points differently, so they are
    # matched by position; the weights of pending points come first and are skipped.
    weights = f.whole.weights(state)[len(terms.pending) :]
    return [i for i, w in zip(order, weights, strict=True) if w > 0]


def _warn_filled(n_filled, n):
    warn_caller(
        f"ACSFW found weights for {n - n_filled} of n={n} points; the other {n_filled} "
        "are chosen at random. Use a smaller n, or a sampler with more draws."
    )
