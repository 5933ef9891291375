"""Pools that are not given: continuous ones, and streams; layer 5."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import qmc

from skactive._utils.random_state import integer_of
from skactive.base import QueryStrategy

__all__ = ["ask_stream", "make_box", "refine"]

ENGINES = {"sobol": qmc.Sobol, "halton": qmc.Halton, "latin": qmc.LatinHypercube}


def make_box(
    bounds: ArrayLike, n: int, method: str = "sobol", *, random_state: Any = None
) -> np.ndarray:
    """Fill a box with points: a pool where every input within bounds can be labelled.

    Parameters
    ----------
    bounds : array-like of shape (d, 2)
        Lower and upper bound of each feature, in its own unit.
    n : int
        Number of points; at least 1.
    method : {"sobol", "halton", "latin", "random"}, default="sobol"
        A scrambled Sobol or Halton sequence, a Latin hypercube, or uniform chance. The
        first three leave no large gaps.
    random_state : int, RandomState or None, default=None
        Source of the scrambling, or of the points.

    Returns
    -------
    ndarray of shape (n, d)
        Points within the bounds.

    Raises
    ------
    ValueError
        If a bound is not finite, a lower one not below its upper one, or `n` or
        `method` not as described.

    Examples
    --------
    >>> from skactive.pools import make_box
    >>> make_box([(0, 1), (-10, 10)], 100, random_state=0).shape
    (100, 2)
    """
    low_d, high_d = _bounds(bounds)
    if n < 1:
        raise ValueError(f"a pool holds at least 1 point, and n={n}")
    unit_nd = _unit_box(n, len(low_d), method, _rng(random_state))
    return low_d + (high_d - low_d) * unit_nd


def _unit_box(n, d, method, rng):
    if method == "random":
        return rng.random((n, d))
    if method not in ENGINES:
        names = ", ".join(map(repr, [*ENGINES, "random"]))
        raise ValueError(f"method is one of {names}, and not {method!r}")
    engine = ENGINES[method](d, seed=rng)
    if method == "sobol":  # balanced in powers of two; any first part fills the box
        return engine.random_base2((n - 1).bit_length())[:n]
    return engine.random(n)


def refine(
    strategy: QueryStrategy,
    X: ArrayLike,
    bounds: ArrayLike,
    rounds: int = 3,
    *,
    n: int = 1,
    shrink: float = 0.5,
    random_state: Any = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Query a continuous pool: query, sample around the picks, and query again.

    Each round adds as many new points as `X` has, in boxes around the picks whose sides
    are ``shrink ** round`` of the bounds', cut off at the bounds. `X` and the picks so
    far stay in the pool, so that what a strategy refers to remains the whole box.

    Parameters
    ----------
    strategy : QueryStrategy
        Fitted. With a ``random_state`` that is an integer all rounds look at the same
        functions, and the score of a single pick never falls.
    X : array-like of shape (n_pool, d)
        Points to begin with, such as from `make_box`; no fewer than `n`.
    bounds : array-like of shape (d, 2)
        Lower and upper bound of each feature.
    rounds : int, default=3
        How often to sample around the picks; 0 is a plain query of `X`.
    n : int, default=1
        Number of points to pick: the batch size.
    shrink : float, default=0.5
        Ratio of the boxes' sides from one round to the next; in (0, 1).
    random_state : int, RandomState or None, default=None
        Source of the new points.

    Returns
    -------
    X_picked : ndarray of shape (n, d)
        The points to label next, in order of selection.
    scores : ndarray of shape (n,)
        Their gains in the last query.

    Raises
    ------
    ValueError
        If `X` has points outside the bounds, or an argument is not as described.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.gaussian_process import GaussianProcessRegressor
    >>> from skactive import MaxVariance
    >>> from skactive.pools import make_box, refine
    >>> bounds = [(0.0, 1.0)]
    >>> X = np.array([[0.0], [1.0]])
    >>> strategy = MaxVariance(GaussianProcessRegressor(optimizer=None), random_state=0)
    >>> strategy = strategy.fit(X, [0.0, 1.0])
    >>> picked, _ = refine(strategy, make_box(bounds, 32, random_state=0), bounds)
    >>> picked.shape
    (1, 1)
    """
    X, (low_d, high_d) = np.asarray(X, dtype=float), _bounds(bounds)
    _check_refinement(X, low_d, high_d, rounds, shrink)
    rng = _rng(random_state)
    picked, scores = _query(strategy, X, n)
    for step in range(1, rounds + 1):
        side_d = shrink**step * (high_d - low_d)
        middle_md = np.resize(picked, X.shape)  # each pick in turn
        around_md = middle_md + side_d * (rng.random(X.shape) - 0.5)
        around_md = np.clip(around_md, low_d, high_d)
        picked, scores = _query(strategy, np.concatenate([X, picked, around_md]), n)
    return picked, scores


def _query(strategy, X, n):
    indices, scores = strategy.query(X, n, return_scores=True)
    return X[indices], scores


def _check_refinement(X, low_d, high_d, rounds, shrink):
    if X.ndim != 2 or X.shape[1] != len(low_d):
        raise ValueError(
            f"X has shape {X.shape}, and the bounds are those of {len(low_d)} features"
        )
    outside = ~((low_d <= X) & (high_d >= X)).all(axis=1)
    if outside.any():
        raise ValueError(f"row {outside.argmax()} of X lies outside the bounds")
    if rounds < 0 or not 0 < shrink < 1:
        raise ValueError(
            "rounds is not negative and shrink lies between 0 and 1; "
            f"they are {rounds} and {shrink}"
        )


def ask_stream(
    strategy: QueryStrategy,
    X_new: Any,
    budget: float = 0.1,
    *,
    seen: ArrayLike = (),
    window: int = 1000,
) -> tuple[np.ndarray, np.ndarray]:
    """Decide, as points arrive, which of them to have labelled.

    A point is queried if its score is among the largest `budget` of the last `window`
    scores, its own included: a running quantile of ``score_samples``. The share that is
    queried tends to the budget, also after the model has been refitted and scores have
    moved. Of tied scores fewer are queried, never more.

    Parameters
    ----------
    strategy : QueryStrategy
        Fitted. Its score of a point should not depend on the rest of the pool, as those
        of `skactive.base.PointwiseStrategy` do not.
    X_new : array-like of n points
        The points that arrived, in order.
    budget : float, default=0.1
        Share of the points to query; in (0, 1]. The first ``1 / budget - 1`` points of
        a stream are not queried: there is nothing yet to compare them with.
    seen : array-like of shape (m,), default=()
        Scores so far: what the call before returned.
    window : int, default=1000
        Number of scores that are remembered; at least ``1 / budget``.

    Returns
    -------
    asks : ndarray of bool, shape (n,)
        Which of the points to query.
    seen : ndarray of shape (min(m + n, window),)
        Scores to hand to the next call.

    Raises
    ------
    ValueError
        If `budget` or `window` is not as described, or a score is NaN.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skactive import Margin
    >>> from skactive.pools import ask_stream
    >>> X, y = load_iris(return_X_y=True)
    >>> strategy = Margin(LogisticRegression(max_iter=1000)).fit(X[::10], y[::10])
    >>> asks, seen = ask_stream(strategy, X[1::2], budget=0.2)
    >>> asks, seen = ask_stream(strategy, X[2::2], budget=0.2, seen=seen)
    >>> seen.shape
    (149,)
    """
    if not 0 < budget <= 1 or window * budget < 1:
        raise ValueError(
            "budget lies in (0, 1], and window is at least 1 / budget; they are "
            f"{budget} and {window}"
        )
    new = strategy.score_samples(X_new)
    scores = np.concatenate([np.asarray(seen, dtype=float)[-window:], new])
    if np.isnan(scores).any():
        raise ValueError("a score is NaN: it cannot be compared")
    ends = range(len(scores) - len(new) + 1, len(scores) + 1)
    asks = [_is_high(scores[max(0, end - window) : end], budget) for end in ends]
    return np.array(asks, dtype=bool), scores[-window:]


def _is_high(scores, budget):
    """Whether the last score is among the largest share of all."""
    no_lower = np.count_nonzero(scores >= scores[-1])
    return no_lower <= budget * len(scores) * (1 + 1e-12)


def _bounds(bounds):
    """Lower and upper bounds (d,), checked."""
    bounds = np.asarray(bounds, dtype=float)
    if bounds.ndim != 2 or bounds.shape[1] != 2 or not len(bounds):
        raise ValueError(
            f"bounds are pairs, one for each feature, and have shape {bounds.shape}"
        )
    wrong = ~(np.isfinite(bounds).all(axis=1) & (bounds[:, 0] < bounds[:, 1]))
    if wrong.any():
        raise ValueError(
            f"the bounds of feature {wrong.argmax()} are {bounds[wrong.argmax()]}: "
            "finite numbers are needed, the lower one first"
        )
    return bounds.T


def _rng(random_state):
    return np.random.default_rng(integer_of(random_state, 2**32, np.uint32))
