"""Cold start: the ranking before there are enough labels to fit a model; layer 6."""

from typing import Any

import numpy as np
from array_api_compat import is_torch_array
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.feature_selection import SelectorMixin
from sklearn.utils import get_tags

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import n_rows, take_rows
from skactive.annotation._learning import Plan, ranking
from skactive.annotation._model import last_step, predicts
from skactive.annotation._snapshot import Snapshot
from skactive.base._delegation import model_of
from skactive.model_selection.curves._rounds import seeded
from skactive.samplers._unwrap import is_frozen, unwrap
from skactive.strategies import RandomSampling, TypiClust

__all__ = ["cold_ranking", "features"]

MOST_ROWS = 10_000  # a larger pool is sampled before clustering


def cold_ranking(
    X: Any, plan: Plan, initial: Any, seen: Snapshot, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Rank rows to label before the strategy's model can be fitted.

    Parameters
    ----------
    X : array-like of n points
        All rows.
    plan : Plan
        Number of rows, and the strategy, whose transformers give features if they do
        not need labels.
    initial : {"auto", "random"} or QueryStrategy
        "auto" uses TypiClust if there are features, else random rows.
    seen : Snapshot
        The labelled rows, and those that may be asked.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    rows : ndarray of int
        The ranked rows.
    scores : ndarray of float
        Their scores; NaN for random rows.
    """
    if isinstance(initial, str):
        found = _typical(X, plan, seen, rng) if initial == "auto" else None
        return _random(X, plan, seen, rng) if found is None else found
    labels = np.asarray(seen.labels)
    model = seeded(initial, rng).fit(take_rows(X, seen.labelled), labels)
    return ranking(model, X, plan, seen)


def _random(X, plan, seen, rng):
    nothing = np.zeros((n_rows(X), 1))  # random ranking needs no features
    model = seeded(RandomSampling(), rng).fit(nothing[:0], [])
    rows, _ = ranking(model, nothing, plan, seen)
    return rows, np.full(len(rows), np.nan)


def _typical(X, plan, seen, rng):
    """Rank typical rows of clusters; None if there are no features to cluster."""
    pool = seen.pool
    if len(pool) > MOST_ROWS:
        pool = rng.choice(pool, MOST_ROWS, replace=False)
        pool = np.union1d(pool, seen.pending)
    rows = np.union1d(pool, seen.labelled)
    x = features(take_rows(X, rows), plan.strategy)
    if x is None:
        return None
    here = seen._replace(
        labelled=np.searchsorted(rows, seen.labelled),
        pool=np.searchsorted(rows, pool),
        pending=np.searchsorted(rows, seen.pending),
        barred=np.searchsorted(rows, np.intersect1d(seen.barred, pool)),
    )
    cost = None if plan.cost is None else plan.cost[rows]
    model = seeded(TypiClust(), rng).fit(take_rows(x, here.labelled))
    places, scores = ranking(model, x, plan._replace(cost=cost), here)
    return rows[places], scores


def features(X: Any, strategy: Any) -> Any:
    """Features of the rows, as the strategy's model sees them.

    Parameters
    ----------
    X : array-like of n points
        Rows in any container.
    strategy : QueryStrategy or Pipeline
        Strategy whose transformers are fitted, unless one of them needs labels.

    Returns
    -------
    array or sparse matrix of shape (n, ...), or None
        The features; None if there are none, because of text without a transformer,
        missing values, or a 1-D array.
    """
    transforms, fitted = _transforms(strategy)
    for transform in transforms:
        if fitted:
            X = transform.transform(X)
        elif any(_learns_from_labels(step) for _, step in transform.steps):
            return None
        else:
            X = clone(transform).fit_transform(X)
    return _numbers(X)


def _transforms(strategy):
    """Pipelines before the model, and whether they are fitted."""
    before = [] if last_step(strategy) is strategy else [strategy[:-1]]
    if not predicts(strategy):
        return before, False
    model = model_of(last_step(strategy).estimator)
    return before + unwrap(model)[0], is_frozen(model) and not before


def _learns_from_labels(step):
    if step is None or isinstance(step, str):  # "passthrough"
        return False
    # SelectKBest's tags say that it does not need labels, as some of its scores do not
    return isinstance(step, SelectorMixin) or get_tags(step).target_tags.required


def _numbers(X):
    """Return `X` if all its entries are finite numbers, else None."""
    if issparse(X):
        return X if np.isfinite(X.data).all() else None
    is_table = hasattr(X, "columns") or isinstance(X, np.ndarray) or is_torch_array(X)
    if not is_table:
        return None
    x = to_numpy(X)
    if x.dtype.kind not in "biuf" or x.ndim < 2 or not np.isfinite(x).all():
        return None
    return x.reshape(len(x), -1)
