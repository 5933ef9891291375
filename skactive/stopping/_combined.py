"""Combinations of two stopping criteria; layer 5."""

from sklearn.base import clone

from skactive.stopping._criterion import StoppingCriterion
from skactive.stopping._round import Round

__all__ = ["AllOf", "AnyOf"]


class _Combined(StoppingCriterion):
    """Base of combinations: clones two criteria and passes every round to both."""

    _parameter_constraints = {
        "left": [StoppingCriterion],
        "right": [StoppingCriterion],
    }

    left_: StoppingCriterion | None = None
    right_: StoppingCriterion | None = None

    def __init__(self, left: StoppingCriterion, right: StoppingCriterion) -> None:
        self.left = left
        self.right = right

    @property
    def needs(self):
        """Fields of the round that either criterion needs."""
        return tuple(dict.fromkeys([*self.left.needs, *self.right.needs]))

    def _value(self, round: Round) -> float:
        """Return how many of the two criteria have stopped."""
        if self.left_ is None or self.right_ is None:
            self.left_, self.right_ = clone(self.left), clone(self.right)
        return float(self.left_.update(round)) + float(self.right_.update(round))


class AnyOf(_Combined):
    """Stop as soon as one of two criteria does; the same as ``left | right``.

    Parameters
    ----------
    left, right : StoppingCriterion
        The criteria. They are cloned, not changed.

    Attributes
    ----------
    left_, right_ : StoppingCriterion
        The clones, which have been updated with every round.
    stopped_at_ : int or None
        Number of labels when the first criterion stopped; None if neither has.
    history_ : list of float
        Number of criteria, 0 to 2, that had stopped in each round.

    Examples
    --------
    >>> from skactive.stopping import AnyOf, Budget, Plateau, Round
    >>> criterion = AnyOf(Plateau(patience=2), Budget(labels=30))
    >>> [criterion.update(Round(n, score=n)) for n in (10, 20, 30)]
    [False, False, True]
    """

    def _is_reached(self):
        return self.history_[-1] >= 1


class AllOf(_Combined):
    """Stop when both of two criteria have stopped; the same as ``left & right``.

    Parameters
    ----------
    left, right : StoppingCriterion
        The criteria. They are cloned, not changed.

    Attributes
    ----------
    left_, right_ : StoppingCriterion
        The clones, which have been updated with every round.
    stopped_at_ : int or None
        Number of labels when the second criterion stopped; None if it has not.
    history_ : list of float
        Number of criteria, 0 to 2, that had stopped in each round.

    Examples
    --------
    >>> from skactive.stopping import AllOf, Budget, Plateau, Round
    >>> criterion = AllOf(Plateau(patience=1), Budget(labels=20))
    >>> [criterion.update(Round(n, score=0.5)) for n in (10, 15, 20)]
    [False, False, True]
    """

    def _is_reached(self):
        return self.history_[-1] >= 2
