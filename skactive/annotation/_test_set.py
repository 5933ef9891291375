"""Test set of a campaign: labelled completely, or drawn by expected loss; layer 6."""

from collections.abc import Collection
from typing import Any

import numpy as np

from skactive._utils.scikit_learn import take_rows
from skactive.annotation._state import State
from skactive.metrics import active_test_estimate, active_test_proposal

__all__ = ["draw_tests", "estimated_accuracy", "labelled_tests"]


def labelled_tests(
    state: State, answered: Collection[Any]
) -> tuple[list[Any], list[float] | None, int]:
    """Test rows to score on.

    Parameters
    ----------
    state : State
        State of the campaign.
    answered : collection of id
        Ids of the rows with a label.

    Returns
    -------
    ids : list
        Labelled test rows; if rows are drawn, only those before the first one without
        an answer.
    q : list of float or None
        Probabilities with which they were drawn; None if all rows are labelled.
    n_points : int
        Size of the test set, without drawn rows that nobody could label.
    """
    if not state.draws_tests:
        return [id for id in state.tests if id in answered], None, len(state.tests)
    ids, q, n_points = [], [], len(state.tests)
    for id, chance in state.drawn:
        if id in answered:
            ids.append(id)
            q.append(chance)
        elif state.is_given_up(id):
            n_points -= 1  # treated as if it had never been in the test set
        else:
            break  # the estimate needs all draws up to the last one
    return ids, q, n_points


def draw_tests(
    model: Any, X: Any, left: np.ndarray, n: int, rng: np.random.Generator
) -> tuple[list[int], list[float]]:
    """Draw test rows one by one, by expected loss mixed with the uniform distribution.

    Parameters
    ----------
    model : classifier
        Fitted classifier. Without ``predict_proba``, rows are drawn uniformly.
    X : array-like of n points
        All rows.
    left : ndarray of int
        Test rows that have not been drawn yet.
    n : int
        Number of rows to draw.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    rows : list of int
        The rows, in the order in which they were drawn.
    q : list of float
        Probability of each among the rows left at that time.
    """
    if not len(left):
        return [], []
    if hasattr(model, "predict_proba"):
        p_nc = np.asarray(model.predict_proba(take_rows(X, left)), dtype=np.float64)
    else:
        p_nc = np.ones((len(left), 1))  # one certain class: the expected loss is 0
    rows, q = [], []
    for _ in range(min(n, len(left))):
        chance = active_test_proposal(p_nc)
        place = int(rng.choice(len(left), p=chance / chance.sum()))
        rows.append(int(left[place]))
        q.append(float(chance[place]))
        left, p_nc = np.delete(left, place), np.delete(p_nc, place, axis=0)
    return rows, q


def estimated_accuracy(
    predicted: np.ndarray, labels: np.ndarray, q: np.ndarray, n_points: int
) -> tuple[float, float]:
    """Estimate the accuracy on the whole test set from the drawn rows.

    Parameters
    ----------
    predicted, labels : ndarray of shape (m,)
        Predictions and labels of the drawn rows, in order.
    q : ndarray of shape (m,)
        Probabilities with which they were drawn.
    n_points : int
        Size of the test set.

    Returns
    -------
    accuracy, standard_error : float
        Estimate by LURE, and its standard error.
    """
    losses = np.ravel(predicted) != np.ravel(labels)
    found = active_test_estimate(losses.astype(np.float64), q, n_points)
    return 1 - found.loss, found.standard_error
