"""The ranking before there are labels to learn from; layer 6."""

from typing import Any

import numpy as np
from array_api_compat import is_torch_array
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.utils import get_tags

from skactive._utils.array import to_numpy
from skactive._utils.scikit_learn import take_rows
from skactive.annotation._model import last_step, predicts
from skactive.annotation._snapshot import Snapshot
from skactive.base._delegation import model_of
from skactive.model_selection.curves._rounds import seeded
from skactive.samplers._unwrap import is_frozen, unwrap
from skactive.strategies import TypiClust

__all__ = ["cold_ranking", "features"]

MOST_ROWS = 10_000  # of a larger pool, clusters are of so many random rows


def cold_ranking(
    X: Any,
    strategy: Any,
    initial: Any,
    seen: Snapshot,
    n: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Choose the rows to label before the strategy's model can be fitted.

    Parameters
    ----------
    X : array-like of n points
        All rows.
    strategy : QueryStrategy or Pipeline
        Its transforms, where they do not look at labels, make features.
    initial : {"auto", "random"} or QueryStrategy
        TypiClust where there are features, else random rows.
    seen : Snapshot
        What is labelled, and what may be asked.
    n : int
        How many rows.
    rng : numpy.random.Generator
        Source of all chance.

    Returns
    -------
    rows : ndarray of int, shape (n,)
        In order.
    scores : ndarray of shape (n,)
        NaN of random rows.
    """
    free = np.setdiff1d(seen.pool, np.concatenate([seen.pending, seen.barred]))
    n = min(n, len(free))
    if len(free) > MOST_ROWS and initial == "auto":
        free = np.sort(rng.choice(free, MOST_ROWS, replace=False))
    # rows that are out will be labelled: clusters that hold one are taken care of
    known = np.concatenate([seen.labelled, seen.pending])
    rows = np.concatenate([free, known])
    chooser, x = (initial, X) if initial != "auto" else (TypiClust(), None)
    if initial == "auto":
        x = features(take_rows(X, rows), strategy)
    elif initial != "random":
        x = take_rows(X, rows)
    if not n or x is None or chooser == "random":
        return rng.permutation(free)[:n], np.full(n, np.nan)
    places = np.arange(len(rows))
    chooser = seeded(chooser, rng).fit(take_rows(x, places[len(free) :]))
    picks, scores = chooser.query(
        take_rows(x, places[: len(free)]), n, return_scores=True
    )
    return free[picks], scores


def features(X: Any, strategy: Any) -> Any:
    """Numbers that a row is made of, as the strategy's model sees it.

    Parameters
    ----------
    X : array-like of n points
        In any container.
    strategy : QueryStrategy or Pipeline
        Transforms before its model are fitted, unless one learns from labels.

    Returns
    -------
    array or sparse matrix of shape (n, ...), or None
        None if there are none: text without a transform, missing values, one column.
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
    """Pipelines before the model, and whether they are fitted already."""
    before = [] if last_step(strategy) is strategy else [strategy[:-1]]
    if not predicts(strategy):
        return before, False
    model = model_of(last_step(strategy).estimator)
    return before + unwrap(model)[0], is_frozen(model) and not before


def _learns_from_labels(step):
    return step not in (None, "passthrough") and get_tags(step).target_tags.required


def _numbers(X):
    """`X` if it is made of finite numbers, else None."""
    if issparse(X):
        return X if np.isfinite(X.data).all() else None
    is_table = hasattr(X, "columns") or isinstance(X, np.ndarray) or is_torch_array(X)
    if not is_table:
        return None
    x = to_numpy(X)
    if x.dtype.kind not in "biuf" or x.ndim < 2 or not np.isfinite(x).all():
        return None
    return x.reshape(len(x), -1)
