"""Two criteria as one; layer 5."""

from sklearn.base import clone

from skactive.stopping._criterion import StoppingCriterion
from skactive.stopping._round import Round

__all__ = ["AllOf", "AnyOf"]


class _Combined(StoppingCriterion):
    """Two criteria, each a clone that sees every round."""

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
        """What either needs."""
        return tuple(dict.fromkeys([*self.left.needs, *self.right.needs]))

    def _value(self, round: Round) -> float:
        """How many of the two have stopped."""
        if self.left_ is None or self.right_ is None:
            self.left_, self.right_ = clone(self.left), clone(self.right)
        return float(self.left_.update(round)) + float(self.right_.update(round))


class AnyOf(_Combined):
    """Stop when the first of two criteria does; ``left | right``.

    Parameters
    ----------
    left, right : StoppingCriterion
        The criteria; they are cloned and stay as they are.

    Attributes
    ----------
    left_, right_ : StoppingCriterion
        Their clones, which have seen the rounds.
    stopped_at_ : int or None
        Number of labels when the first stopped; None if none has.
    history_ : list of float
        How many of the two had stopped, for each round.

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
    """Stop when both of two criteria have; ``left & right``.

    Parameters
    ----------
    left, right : StoppingCriterion
        The criteria; they are cloned and stay as they are.

    Attributes
    ----------
    left_, right_ : StoppingCriterion
        Their clones, which have seen the rounds.
    stopped_at_ : int or None
        Number of labels when the second stopped; None if it has not.
    history_ : list of float
        How many of the two had stopped, for each round.

    Examples
    --------
    >>> from skactive.stopping import AllOf, Budget, Plateau, Round
    >>> criterion = AllOf(Plateau(patience=1), Budget(labels=20))
    >>> [criterion.update(Round(n, score=0.5)) for n in (10, 15, 20)]
    [False, False, True]
    """

    def _is_reached(self):
        return self.history_[-1] >= 2
