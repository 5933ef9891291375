"""Read learning curves of several strategies from any form of results; layer 6.

A dictionary of curves, a fitted search, or a long table, which may have been read from
a file, is converted to ``{name: ScoredSplits}``.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skactive.model_selection.curves import LearningCurve
from skactive.model_selection.search import StrategySearchCV

__all__ = ["ScoredSplits", "read_curves"]

KEYS = ("strategy", "split", "round", "n_labels")


class ScoredSplits(NamedTuple):
    """One score of a strategy in each split and round.

    Parameters
    ----------
    n_labels : ndarray of shape (rounds,)
        Number of labels in each round.
    scores : ndarray of shape (n_splits, rounds)
        The scores.
    splits : ndarray of shape (n_splits,)
        Names of the splits.
    initial : ndarray of int, shape (n_splits, n_labels[0]), or None
        Rows of the initial labels, sorted; None if they are not known.
    """

    n_labels: np.ndarray
    scores: np.ndarray
    splits: np.ndarray
    initial: np.ndarray | None = None


def read_curves(
    results: Any, score: str | None = None
) -> tuple[str, dict[str, ScoredSplits]]:
    """Read one score of every strategy.

    Parameters
    ----------
    results : dict of str to LearningCurve, fitted StrategySearchCV or data frame
        A data frame must be in long format, with columns ``strategy``, ``split``,
        ``round``, ``n_labels`` and one for each score.
    score : str or None
        Name of the score; the first one if None.

    Returns
    -------
    score : str
        Name of the score.
    curves : dict of str to ScoredSplits
        Curves by name of the strategy, in the order of `results`.

    Raises
    ------
    TypeError
        If `results` has another type, or a curve is not a `LearningCurve`.
    ValueError
        If there is no curve, a strategy does not have the score, or rows of the table
        are missing or repeated.
    """
    if isinstance(results, StrategySearchCV):
        check_is_fitted(results)
        results = results.curves_
    if hasattr(results, "columns"):  # a data frame, of pandas or another library
        return _of_table(results, score)
    if not isinstance(results, Mapping):
        raise TypeError(
            "results must be a dictionary of learning curves, a fitted "
            f"StrategySearchCV or a data frame, not {type(results).__name__}"
        )
    if not results:
        raise ValueError("results is empty; pass at least one learning curve")
    for name, curve in results.items():
        if not isinstance(curve, LearningCurve):
            raise TypeError(f"the curve of {name} is {curve!r}, not a LearningCurve")
    score = next(iter(next(iter(results.values())).scores)) if score is None else score
    return score, {name: _of_curve(name, c, score) for name, c in results.items()}


def _of_curve(name, curve, score):
    if score not in curve.scores:
        raise ValueError(
            f"the curve of {name} has no score {score!r}; it has {list(curve.scores)}"
        )
    n_labels, scores = np.asarray(curve.n_labels), np.asarray(curve.scores[score])
    initial = None
    if curve.indices is not None:
        initial = np.sort(curve.indices[:, : n_labels[0]], axis=1)
    return ScoredSplits(n_labels, scores, np.arange(len(scores)), initial)


def _of_table(frame, score):
    columns = list(frame.columns)
    missing = [key for key in KEYS if key not in columns]
    if missing:
        raise ValueError(f"the table has no column {missing[0]!r}; it has {columns}")
    names, *keys = (np.asarray(frame[key]) for key in KEYS)
    if not len(names):
        raise ValueError("the table is empty; it must have rows of at least one curve")
    score = _score_of_table(frame, columns, score)
    values = np.asarray(frame[score], dtype=float)
    return score, {
        str(name): _of_rows(name, *(a[names == name] for a in (*keys, values)))
        for name in dict.fromkeys(names)
    }


def _score_of_table(frame, columns, score):
    """Name of the score; the first one if `score` is None."""
    scores = [name for name in columns if name not in KEYS and _is_score(frame, name)]
    if score is None and scores:
        score = scores[0]
    if score not in scores:
        raise ValueError(f"the table has no score {score!r}; it has {scores}")
    return score


def _is_score(frame, name):
    return np.asarray(frame[name]).dtype.kind in "fiu" and not name.endswith("_time")


def _of_rows(name, split, round_, n_labels, values):
    """Arrange the rows of a strategy, in any order, as a curve."""
    splits, i = np.unique(split, return_inverse=True)
    rounds, j = np.unique(round_, return_inverse=True)
    shape = len(splits), len(rounds)
    n_of_cell = np.zeros(shape, dtype=int)
    np.add.at(n_of_cell, (i, j), 1)
    if (n_of_cell != 1).any():
        at, t = np.argwhere(n_of_cell != 1)[0]
        raise ValueError(
            f"the table has {n_of_cell[at, t]} rows for strategy {name}, split "
            f"{splits[at]}, round {rounds[t]}, but needs exactly one; it may contain "
            "several experiments"
        )
    order = np.lexsort((j, i))
    labels = n_labels[order].reshape(shape)
    if (labels != labels[0]).any():
        raise ValueError(
            f"the splits of {name} have different numbers of labels in the same round"
        )
    return ScoredSplits(labels[0], values[order].reshape(shape), splits)
