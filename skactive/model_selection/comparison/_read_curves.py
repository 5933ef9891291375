"""Learning curves of several strategies, from any form that results come in; layer 6.

A dictionary of curves, a fitted search, and a long table, perhaps read back from a
file: all become ``{name: ScoredSplits}``.
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
    """One score of one strategy, in each split and round.

    Parameters
    ----------
    n_labels : ndarray of shape (rounds,)
        Number of labels in each round.
    scores : ndarray of shape (n_splits, rounds)
        The score.
    splits : ndarray of shape (n_splits,)
        What the splits are called.
    initial : ndarray of int, shape (n_splits, n_labels[0]), or None
        Rows labelled from the start, sorted; None where they are not known.
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
        A data frame is long: columns ``strategy``, ``split``, ``round``, ``n_labels``
        and one for each score.
    score : str or None
        Which score; the first for None.

    Returns
    -------
    score : str
        Which one it is.
    curves : dict of str to ScoredSplits
        By the name of the strategy, in the order of `results`.

    Raises
    ------
    TypeError
        If `results` is none of these, or a curve is no `LearningCurve`.
    ValueError
        If there is no curve, a strategy has no such score, or rows of a table are
        missing or repeated.
    """
    if isinstance(results, StrategySearchCV):
        check_is_fitted(results)
        results = results.curves_
    if hasattr(results, "columns"):  # of a data frame, whoever's it is
        return _of_table(results, score)
    if not isinstance(results, Mapping):
        raise TypeError(
            "results must be a dictionary of learning curves, a fitted "
            f"StrategySearchCV or a data frame, not {type(results).__name__}"
        )
    if not results:
        raise ValueError("results is empty: there is no curve")
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
        raise ValueError("the table is empty: there is no curve")
    score = _score_of_table(frame, columns, score)
    values = np.asarray(frame[score], dtype=float)
    return score, {
        str(name): _of_rows(name, *(a[names == name] for a in (*keys, values)))
        for name in dict.fromkeys(names)
    }


def _score_of_table(frame, columns, score):
    """Name of the score; the first one for None."""
    scores = [name for name in columns if name not in KEYS and _is_score(frame, name)]
    if score is None and scores:
        score = scores[0]
    if score not in scores:
        raise ValueError(f"the table has no score {score!r}; it has {scores}")
    return score


def _is_score(frame, name):
    return np.asarray(frame[name]).dtype.kind in "fiu" and not name.endswith("_time")


def _of_rows(name, split, round_, n_labels, values):
    """One strategy's rows, in any order, as a curve."""
    splits, i = np.unique(split, return_inverse=True)
    rounds, j = np.unique(round_, return_inverse=True)
    shape = len(splits), len(rounds)
    n_of_cell = np.zeros(shape, dtype=int)
    np.add.at(n_of_cell, (i, j), 1)
    if (n_of_cell != 1).any():
        at, t = np.argwhere(n_of_cell != 1)[0]
        raise ValueError(
            f"the table has {n_of_cell[at, t]} rows of strategy {name}, split "
            f"{splits[at]}, round {rounds[t]}, where one is needed: does it hold "
            "several experiments?"
        )
    order = np.lexsort((j, i))
    labels = n_labels[order].reshape(shape)
    if (labels != labels[0]).any():
        raise ValueError(f"splits of {name} differ in the number of labels of a round")
    return ScoredSplits(labels[0], values[order].reshape(shape), splits)
