"""Stopping criteria based on the score or on the amount spent; layer 5."""

from numbers import Integral, Real

import numpy as np

from skactive._utils.scikit_learn import Interval
from skactive.stopping._criterion import StoppingCriterion

__all__ = ["Budget", "Plateau"]


class Plateau(StoppingCriterion):
    """Stop when the score has stopped improving.

    Parameters
    ----------
    patience : int, default=3
        Number of rounds without improvement after which to stop.
    tolerance : float, default=0.0
        A score counts as an improvement if it exceeds the best score before by more
        than this.

    Attributes
    ----------
    stopped_at_ : int or None
        Number of labels when the criterion stopped; None if it has not.
    history_ : list of float
        The score of each round.

    Examples
    --------
    >>> from skactive.stopping import Plateau, Round
    >>> criterion = Plateau(patience=2)
    >>> scores = [0.5, 0.7, 0.6, 0.7]
    >>> [criterion.update(Round(n, score=score)) for n, score in enumerate(scores)]
    [False, False, False, True]
    """

    needs = ("score",)
    _parameter_constraints = {
        "patience": [Interval(Integral, 1, None, closed="left")],
        "tolerance": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(self, patience: int = 3, tolerance: float = 0.0) -> None:
        self.patience = patience
        self.tolerance = tolerance

    def _value(self, round):
        score = float(round.score)
        if np.isnan(score):
            raise ValueError(
                "Plateau needs a score, but the score of the round is NaN; update it "
                "only with rounds that have been scored"
            )
        return score

    def _is_reached(self):
        before, last = self.history_[: -self.patience], self.history_[-self.patience :]
        return bool(before) and max(last) <= max(before) + self.tolerance


class Budget(StoppingCriterion):
    """Stop at a given number of labels or a given amount of money spent.

    Parameters
    ----------
    labels : int, default=None
        Number of labels at which to stop.
    money : float, default=None
        Amount spent at which to stop, in the unit of `Round.spent`. At least one of
        the two limits is needed; with both, the one that is reached first counts.

    Attributes
    ----------
    stopped_at_ : int or None
        Number of labels when the criterion stopped; None if it has not.
    history_ : list of float
        Fraction of the budget used in each round; with both limits, the larger one.

    Examples
    --------
    >>> from skactive.stopping import Budget, Round
    >>> criterion = Budget(labels=100, money=20.0)
    >>> [criterion.update(Round(n, spent=n / 4)) for n in (40, 80, 120)]
    [False, True, True]
    >>> criterion.history_
    [0.5, 1.0, 1.5]
    """

    _parameter_constraints = {
        "labels": [Interval(Integral, 1, None, closed="left"), None],
        "money": [Interval(Real, 0, None, closed="neither"), None],
    }

    def __init__(self, labels: int | None = None, money: float | None = None) -> None:
        self.labels = labels
        self.money = money

    @property
    def needs(self):
        """Fields of the round: `spent` if there is a limit in money."""
        return () if self.money is None else ("spent",)

    def _value(self, round):
        if self.labels is None and self.money is None:
            raise ValueError("Budget has no limit; set labels, money or both")
        used = []
        if self.labels is not None:
            used.append(round.n_labels / self.labels)
        if self.money is not None:
            used.append(round.spent / self.money)
        return float(max(used))

    def _is_reached(self):
        return self.history_[-1] >= 1
