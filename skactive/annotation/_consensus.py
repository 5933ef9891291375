"""One label of several people's answers; layer 6.

The majority, the mean of values, or the model of Dawid and Skene [1]_, in which each
person has a confusion matrix: pi_lj of person a is the chance that a calls a row of
class l a j.

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
    """What the answers say of rows, and of who gave them.

    Parameters
    ----------
    probabilities : ndarray of shape (n, c)
        Posterior chance of each class, of each row.
    confusion : ndarray of shape (a, c, c)
        Of each person: chance of each answer (last axis), given the class.
    prior : ndarray of shape (c,)
        Shares of the classes.
    n_iter : int
        Steps of the EM algorithm.
    """

    probabilities: np.ndarray
    confusion: np.ndarray
    prior: np.ndarray
    n_iter: int


def majority(answers: Mapping[str, Any]) -> tuple[Any, float]:
    """The label most people gave, and their share.

    Parameters
    ----------
    answers : dict of str to label
        By annotator, in the order in which they were given.

    Returns
    -------
    label : object
        Of several that are tied, the one given first.
    share : float
        Of all who answered.
    """
    label, times = Counter(answers.values()).most_common(1)[0]
    return label, times / len(answers)


def mean_value(answers: Mapping[str, float]) -> tuple[float, float]:
    """Mean of values, and their standard deviation (0 of one value)."""
    values = list(answers.values())
    return float(np.mean(values)), float(np.std(values))


def dawid_skene(
    votes: np.ndarray, n_classes: int, *, max_iter: int = 100, tol: float = 1e-6
) -> DawidSkene:
    """Estimate true classes and the people's confusion matrices by EM.

    Parameters
    ----------
    votes : ndarray of int, shape (n, a)
        Class that person `a` gave row `n`; -1 where there is no answer. Each row has
        one at least.
    n_classes : int
        Number of classes, c.
    max_iter : int, default=100
        Most steps.
    tol : float, default=1e-6
        Stop when no posterior chance changes by more.

    Returns
    -------
    DawidSkene
        The EM starts from shares of votes. Each confusion matrix is smoothed by
        pseudo-counts, 1 on its diagonal and 0.1 elsewhere, and the shares of the
        classes by 1 / c: a person with few answers is taken to be good, not perfect.
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
    log_nc = np.log(prior) + np.einsum("naj,alj->nl", votes_nac, np.log(confusion))
    return np.exp(log_nc - logsumexp(log_nc, axis=1, keepdims=True))
