"""Combine several people's answers to one label; layer 6.

By majority, by the mean of numeric values, or by the model of Dawid and Skene [1]_, in
which each annotator has a confusion matrix: pi_lj of annotator a is the probability
that a answers j for a row of class l.

.. [1] Dawid and Skene, "Maximum likelihood estimation of observer error-rates using the
   EM algorithm", Applied Statistics 28, 1979.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from scipy.special import logsumexp

__all__ = ["DawidSkene", "dawid_skene", "majority", "mean_value"]


class DawidSkene(NamedTuple):
    """Estimates of the true classes and of the annotators' confusion matrices.

    Parameters
    ----------
    probabilities : ndarray of shape (n, c)
        Posterior probability of each class for each row.
    confusion : ndarray of shape (a, c, c)
        For each annotator, the probability of each answer (last axis) given the class.
    prior : ndarray of shape (c,)
        Estimated class frequencies.
    n_iter : int
        Number of iterations of the EM algorithm.
    """

    probabilities: np.ndarray
    confusion: np.ndarray
    prior: np.ndarray
    n_iter: int


def majority(answers: Mapping[str, Any]) -> tuple[Any, float]:
    """Return the most frequent label, and the fraction of answers with it.

    Parameters
    ----------
    answers : dict of str to label
        Labels by annotator, in the order in which they were given.

    Returns
    -------
    label : object
        The label; ties go to the one given first.
    share : float
        Fraction of all answers.
    """
    label, times = Counter(answers.values()).most_common(1)[0]
    return label, times / len(answers)


def mean_value(answers: Mapping[str, float]) -> tuple[float, float]:
    """Return the mean of values and their standard deviation (0 for one value)."""
    values = list(answers.values())
    return float(np.mean(values)), float(np.std(values))


def dawid_skene(
    votes: np.ndarray, n_classes: int, *, max_iter: int = 100, tol: float = 1e-6
) -> DawidSkene:
    """Estimate true classes and annotators' confusion matrices by EM.

    Parameters
    ----------
    votes : ndarray of int, shape (n, a)
        Class that annotator `a` gave row `n`; -1 if there is no answer. Each row must
        have at least one.
    n_classes : int
        Number of classes, c.
    max_iter : int, default=100
        Maximum number of iterations.
    tol : float, default=1e-6
        Stop when no posterior probability changes by more than this.

    Returns
    -------
    DawidSkene
        The estimates. EM starts from the fractions of votes. Confusion matrices are
        smoothed by pseudo-counts, 1 on the diagonal and 0.1 elsewhere, and class
        frequencies by 1 / c: an annotator with few answers is assumed to be good, but
        not perfect.
    """
    votes_nac = (votes[:, :, None] == np.arange(n_classes)).astype(np.float64)
    chance_nc = votes_nac.sum(axis=1)
    chance_nc /= chance_nc.sum(axis=1, keepdims=True)
    n_iter, change = 0, np.inf
    while n_iter < max_iter and change > tol:
        n_iter += 1
        confusion, prior = _maximize(votes_nac, chance_nc)
        new_nc = _expect(votes_nac, confusion, prior)
        change, chance_nc = np.abs(new_nc - chance_nc).max(initial=0), new_nc
    return DawidSkene(chance_nc, confusion, prior, n_iter)


def _maximize(votes_nac, chance_nc):
    """Dawid and Skene, eqs. 2.3 and 2.4, with smoothed counts."""
    c = chance_nc.shape[1]
    count_acc = np.einsum("nl,naj->alj", chance_nc, votes_nac)
    count_acc += np.where(np.eye(c, dtype=bool), 1.0, 0.1)
    confusion = count_acc / count_acc.sum(axis=2, keepdims=True)
    share_c = chance_nc.sum(axis=0) + 1 / c
    return confusion, share_c / share_c.sum()


def _expect(votes_nac, confusion, prior):
    """Dawid and Skene, eq. 2.5."""
    # in logs, as products over many annotators underflow
    log_nc = np.log(prior) + np.einsum("naj,alj->nl", votes_nac, np.log(confusion))
    return np.exp(log_nc - logsumexp(log_nc, axis=1, keepdims=True))
