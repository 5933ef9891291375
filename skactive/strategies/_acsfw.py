"""ACS-FW: a batch whose weighted likelihood stands for the pool's; layer 4."""

from typing import Any, NamedTuple

import numpy as np

from skactive._utils.array import namespace, resolution
from skactive._utils.warnings import warn_caller
from skactive.base import QueryStrategy
from skactive.information import entropy
from skactive.selection import SetFunction, best, gains_along, greedy

__all__ = ["ACSFW", "LikelihoodFit", "expected_log_likelihood"]

SMOOTHING = 1e-3  # share of the uniform distribution, so that no logarithm is infinite
FLAT = 1e-12  # likelihood vectors shorter than this, of the longest, say nothing


def expected_log_likelihood(p_nkc):
    """Expected log-likelihood of each point under each draw: (n, k), float64.

    ``sum_c m_c log P_njc + H(m)``, m the mean of the draws: minus the divergence of
    draw j from the mean, over ``sqrt(k)``, so that a sum over draws is a mean. Values
    that rounding cannot tell from zero are zero.

    Parameters
    ----------
    p_nkc : array of shape (n, k, c)
        Draws.

    Returns
    -------
    array of shape (n, k)
        Not positive.
    """
    xp, (_, k, c) = namespace(p_nkc), p_nkc.shape
    rounding = 8 * xp.finfo(p_nkc.dtype).eps
    p_nkc = (1 - SMOOTHING) * xp.astype(p_nkc, xp.float64) + SMOOTHING / c
    m_nc = xp.mean(p_nkc, axis=1)
    h_n = entropy(m_nc)[:, None]
    l_nk = xp.sum(m_nc[:, None] * xp.log(p_nkc), axis=-1) + h_n
    return xp.where(l_nk < -rounding * (h_n + 1), l_nk, 0.0) / k**0.5


class _Fit(NamedTuple):
    """The fitted sum, and the weight of every point that was ever picked, in order."""

    fit_k: Any
    weights: dict


class LikelihoodFit(SetFunction):
    """Frank-Wolfe fit of the pool's log-likelihood by that of weighted points.

    With L_n the vector of point n over draws, sigma_n its length and sigma the sum of
    them, ``|L - sum_n w_n L_n|`` is made small over the polytope ``sum_n w_n sigma_n =
    sigma``, ``w >= 0``: a step goes from where it stands towards the corner that lies
    most in the direction of the residual.

    Parameters
    ----------
    l_nk : array of shape (n, k)
        Expected log-likelihoods.
    """

    def __init__(self, l_nk):
        xp = namespace(l_nk)
        self.l_nk = l_nk
        self.sigma_n = xp.sqrt(xp.vecdot(l_nk, l_nk))
        self.sigma = xp.sum(self.sigma_n)
        self.target_k = xp.sum(l_nk, axis=0)
        self.speaks_n = self.sigma_n > FLAT * xp.max(self.sigma_n)

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
        scale_n = xp.where(speaks_n, sigma_n, xp.ones_like(sigma_n))
        aligned_n = (self.l_nk[rows] @ residual_k) / scale_n
        silent = xp.where(xp.any(self.speaks_n), -xp.inf, 0.0)
        return xp.where(speaks_n, aligned_n, silent)

    def add(self, state, i):
        """State after the line search towards point `i`."""
        if not bool(self.speaks_n[i]):
            return state._replace(weights={**state.weights, i: 0.0})
        fit_k = state.fit_k
        corner = float(self.sigma / self.sigma_n[i])
        d_k = corner * self.l_nk[i] - fit_k
        along, length = float(d_k @ self._residual(state)), float(d_k @ d_k)
        step = min(max(along / length, 0.0), 1.0) if length > 0 else 0.0
        weights = {j: (1 - step) * w for j, w in state.weights.items()}
        weights[i] = weights.get(i, 0.0) + step * corner
        return _Fit(fit_k + step * d_k, weights)

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


class ACSFW(QueryStrategy):
    """Ask for labels that would move the model as those of the whole pool would [1]_.

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

    def _objective(self, X_pool, rng):
        functions = self.sampler_.functions(rng)
        return LikelihoodFit(
            self.sampler_.evaluate(functions, X_pool, then=expected_log_likelihood)
        )

    def _search(self, f, n, rng):
        found, n_points = _frank_wolfe(f, n)
        self.n_filled_ = n - len(found) if found else 0
        if not found:  # the draws agree on all points: by index, with a warning
            return greedy(f, n)
        if self.n_filled_:
            _warn_filled(self.n_filled_, n)
            others = np.delete(np.arange(n_points), found)
            found = [*found, *rng.permutation(others)[: self.n_filled_].tolist()]
        return np.asarray(found, dtype=np.intp), gains_along(f, found)


def _frank_wolfe(f, n):
    """Points with a weight after n steps, in order of first pick; the pool's size."""
    state, order = f.start(), {}
    for _ in range(n):
        gains = f.gains(state)
        i = best(gains, namespace(gains).isfinite(gains))
        state, order[i] = f.add(state, i), None
    weights = state.weights.values()  # in the same order, by whatever number
    found = [i for i, w in zip(order, weights, strict=True) if w > 0]
    return found, gains.shape[0]


def _warn_filled(n_filled, n):
    warn_caller(
        f"ACSFW found weights for {n - n_filled} of n={n} points; the other {n_filled} "
        "are chosen at random. Ask for fewer, or give the model more draws, so that "
        "fewer points stand for the whole pool."
    )
