"""Query synthesis in continuous spaces, and stream-based active learning; layer 5."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import qmc
from sklearn.utils.validation import check_is_fitted

from skactive._utils.random_state import integer_of
from skactive._utils.validation import check_batch_size
from skactive.base import QueryStrategy
from skactive.objectives import climb_in_turn

__all__ = ["ask_stream", "make_box", "refine"]

ENGINES = {"sobol": qmc.Sobol, "halton": qmc.Halton, "latin": qmc.LatinHypercube}


def make_box(
    bounds: ArrayLike, n: int, method: str = "sobol", *, random_state: Any = None
) -> np.ndarray:
    """Generate a pool of points that fill a box.

    Useful if any input within bounds can be labelled, as in the design of experiments.

    Parameters
    ----------
    bounds : array-like of shape (d, 2)
        Lower and upper bound of each feature.
    n : int
        Number of points; at least 1.
    method : {"sobol", "halton", "latin", "random"}, default="sobol"
        A scrambled Sobol or Halton sequence, a Latin hypercube, or uniform random
        points. The first three leave no large gaps.
    random_state : int, RandomState or None, default=None
        Controls the randomness of the points. Pass an int for reproducible results.

    Returns
    -------
    ndarray of shape (n, d)
        Points within the bounds.

    Raises
    ------
    ValueError
        If a bound is not finite, a lower bound is not below its upper bound, or `n` or
        `method` is invalid.

    Examples
    --------
    >>> from skactive.pools import make_box
    >>> make_box([(0, 1), (-10, 10)], 100, random_state=0).shape
    (100, 2)
    """
    low_d, high_d = _bounds(bounds)
    if n < 1:
        raise ValueError(f"n={n}: a pool needs at least 1 point")
    unit_nd = _unit_box(n, len(low_d), method, _rng(random_state))
    return low_d + (high_d - low_d) * unit_nd


def _unit_box(n, d, method, rng):
    if method == "random":
        return rng.random((n, d))
    if method not in ENGINES:
        names = ", ".join(map(repr, [*ENGINES, "random"]))
        raise ValueError(f"method must be one of {names}, not {method!r}")
    engine = ENGINES[method](d, seed=rng)
    # Sobol points are balanced in powers of two, and the first n of them fill the box
    if method == "sobol":
        return engine.random_base2((n - 1).bit_length())[:n]
    return engine.random(n)


def refine(
    strategy: QueryStrategy,
    X: ArrayLike,
    bounds: ArrayLike,
    rounds: int = 3,
    *,
    n: int = 1,
    method: str = "sample",
    shrink: float = 0.5,
    random_state: Any = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Query a continuous space by repeated sampling around the selected points.

    Each round adds ``len(X)`` random points in boxes around the selected points, and
    queries again. The sides of the boxes are ``shrink ** round`` times those of the
    bounds, clipped to the bounds. `X` and the selected points stay in the pool, so that
    reference points of a strategy always cover the whole space.

    With ``method="gradient"`` each point starts at the best point of `X` and follows
    the gradient of its gain, given the points before it; reference points remain those
    of `X`. `ICAL` has such a gradient [1]_, in regression with a skorch net.

    Parameters
    ----------
    strategy : QueryStrategy
        Fitted strategy. If its ``random_state`` is an int, all rounds use the same
        posterior samples, and the score of a single pick never decreases.
    X : array-like of shape (n_pool, d)
        Initial pool, for example from `make_box`; at least `n` points.
    bounds : array-like of shape (d, 2)
        Lower and upper bound of each feature.
    rounds : int, default=3
        Number of rounds of sampling, or of steps at most up the gradient for each
        point; 0 only queries `X`.
    n : int, default=1
        Number of points to select (batch size).
    method : {"sample", "gradient"}, default="sample"
        Whether to sample, or to follow gradients. A step up the gradient never lowers
        the gain.
    shrink : float, default=0.5
        Factor by which the sides of the boxes shrink in each round; in (0, 1).
    random_state : int, RandomState or None, default=None
        Controls the randomness of the new points. Pass an int for reproducible results.

    Returns
    -------
    X_picked : ndarray of shape (n, d)
        The points to label next, in order of selection.
    scores : ndarray of shape (n,)
        Their gains in the last query.

    Raises
    ------
    ValueError
        If `X` has points outside the bounds, or an argument is invalid.
    TypeError
        With ``method="gradient"``, if the gains have no gradient.

    References
    ----------
    .. [1] Jain, Liu and Gifford, "Information Condensing Active Learning", 2020,
       section 5.1.

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
    X = np.asarray(X)
    X = X if X.dtype.kind == "f" else X.astype(float)
    # nets take one dtype alone, and rounding must not put a point outside
    low_d, high_d = _bounds(bounds).astype(X.dtype)
    _check_refinement(X, low_d, high_d, rounds, shrink)
    if method == "gradient":
        check_is_fitted(strategy)
        check_batch_size(n, len(X), None)
        gains = strategy._free_gains(X, strategy._rng())
        return climb_in_turn(gains, X, low_d, high_d, rounds, n)
    if method != "sample":
        raise ValueError(f"method is 'sample' or 'gradient', and not {method!r}")
    rng = _rng(random_state)
    picked, scores = _query(strategy, X, n)
    for step in range(1, rounds + 1):
        side_d = shrink**step * (high_d - low_d)
        middle_md = np.resize(picked, X.shape)  # repeats the picks in turn
        around_md = middle_md + side_d * (rng.random(X.shape) - 0.5)
        around_md = np.clip(around_md.astype(X.dtype), low_d, high_d)
        # earlier picks stay in the pool, so that they can be selected again
        picked, scores = _query(strategy, np.concatenate([X, picked, around_md]), n)
    return picked, scores


def _query(strategy, X, n):
    indices, scores = strategy.query(X, n, return_scores=True)
    return X[indices], scores


def _check_refinement(X, low_d, high_d, rounds, shrink):
    if X.ndim != 2 or X.shape[1] != len(low_d):
        raise ValueError(
            f"X has shape {X.shape}, but bounds are given for {len(low_d)} features"
        )
    outside = ~((low_d <= X) & (high_d >= X)).all(axis=1)
    if outside.any():
        raise ValueError(f"row {outside.argmax()} of X lies outside the bounds")
    if rounds < 0 or not 0 < shrink < 1:
        raise ValueError(
            "rounds must not be negative, and shrink must lie between 0 and 1; "
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
    """Decide which points of a stream to query, as they arrive.

    A point is queried if its score is among the largest share `budget` of the last
    `window` scores, including its own: the threshold is a running quantile of
    ``score_samples``. The share of queried points approaches the budget, even if scores
    shift when the model is refitted. If scores are tied, fewer points are queried.

    Parameters
    ----------
    strategy : QueryStrategy
        Fitted strategy. Scores should not depend on other points of the pool, as is the
        case for a `skactive.base.PointwiseStrategy`.
    X_new : array-like of n points
        The new points, in order of arrival.
    budget : float, default=0.1
        Share of points to query; in (0, 1]. The first ``1 / budget - 1`` points of a
        stream are not queried, since there are too few scores to compare with.
    seen : array-like of shape (m,), default=()
        Scores so far, as returned by the previous call.
    window : int, default=1000
        Number of scores to remember; at least ``1 / budget``.

    Returns
    -------
    asks : ndarray of bool, shape (n,)
        Mask of the points to query.
    seen : ndarray of shape (min(m + n, window),)
        Scores to pass to the next call.

    Raises
    ------
    ValueError
        If `budget` or `window` is invalid, or a score is NaN.

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
            "budget must lie in (0, 1], and window must be at least 1 / budget; they "
            f"are {budget} and {window}"
        )
    new = strategy.score_samples(X_new)
    scores = np.concatenate([np.asarray(seen, dtype=float)[-window:], new])
    if np.isnan(scores).any():
        raise ValueError("scores must not be NaN: check `seen` and `X_new`")
    ends = range(len(scores) - len(new) + 1, len(scores) + 1)
    asks = [_is_high(scores[max(0, end - window) : end], budget) for end in ends]
    return np.array(asks, dtype=bool), scores[-window:]


def _is_high(scores, budget):
    """Whether the last score is among the largest share `budget` of all scores."""
    no_lower = np.count_nonzero(scores >= scores[-1])
    return no_lower <= budget * len(scores) * (1 + 1e-12)


def _bounds(bounds):
    """Check bounds, and return lower and upper ones: (d,) each."""
    bounds = np.asarray(bounds, dtype=float)
    if bounds.ndim != 2 or bounds.shape[1] != 2 or not len(bounds):
        raise ValueError(
            "bounds must be pairs (lower, upper), one for each feature, but have shape "
            f"{bounds.shape}"
        )
    wrong = ~(np.isfinite(bounds).all(axis=1) & (bounds[:, 0] < bounds[:, 1]))
    if wrong.any():
        raise ValueError(
            f"the bounds of feature {wrong.argmax()} are {bounds[wrong.argmax()]}, but "
            "must be finite numbers, the lower one first"
        )
    return bounds.T


def _rng(random_state):
    return np.random.default_rng(integer_of(random_state, 2**32, np.uint32))
