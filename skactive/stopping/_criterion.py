"""StoppingCriterion: what all criteria share; layer 5."""

from abc import ABCMeta, abstractmethod
from typing import TYPE_CHECKING, Any, Self

from sklearn.base import BaseEstimator

from skactive.stopping._round import Round

if TYPE_CHECKING:
    from skactive.stopping._combined import AllOf, AnyOf

__all__ = ["StoppingCriterion"]


class StoppingCriterion(BaseEstimator, metaclass=ABCMeta):
    """Base of stopping criteria: give it one round after the other.

    A criterion reports and does nothing else: whoever asks it decides. It follows one
    run; ``sklearn.base.clone`` makes a fresh one for another run, and `reset` forgets
    the rounds. Once it has stopped it stays so. ``a | b`` stops when the first of the
    two does, ``a & b`` when both have.

    A subclass defines ``_value(round)``, the figure that it looks at, and
    ``_is_reached()``, whether the figures in ``history_`` are reason to stop; it names
    the fields of `Round` that it needs in ``needs``.

    Attributes
    ----------
    stopped_at_ : int or None
        Number of labels when it stopped; None if it has not.
    history_ : list of float
        The figure that it looks at, for each round so far; NaN where it has none yet.

    Examples
    --------
    >>> from skactive.stopping import Round, StoppingCriterion
    >>> class GoodEnough(StoppingCriterion):
    ...     needs = ("score",)
    ...     def __init__(self, score=0.9):
    ...         self.score = score
    ...     def _value(self, round):
    ...         return round.score
    ...     def _is_reached(self):
    ...         return self.history_[-1] >= self.score
    >>> criterion = GoodEnough()
    >>> [criterion.update(Round(n, score=s)) for n, s in [(10, 0.7), (20, 0.95)]]
    [False, True]
    >>> criterion.stopped_at_, criterion.history_
    (20, [0.7, 0.95])
    """

    needs: tuple[str, ...] = ()
    # of a criterion that has seen no round; set by update
    stopped_at_: int | None = None
    history_: Any = ()
    _parameter_constraints: dict = {}

    def update(self, round: Round) -> bool:
        """Look at the next round.

        Parameters
        ----------
        round : Round
            The round; rounds come in the order in which they were made.

        Returns
        -------
        bool
            Whether it has stopped, now or before.

        Raises
        ------
        ValueError
            If the round lacks what the criterion needs, or a parameter is wrong.
        """
        self._validate_params()
        self._check(round)
        self.history_ = [*self.history_, self._value(round)]
        if self.stopped_at_ is None and self._is_reached():
            self.stopped_at_ = int(round.n_labels)
        return self.stopped_at_ is not None

    def reset(self) -> Self:
        """Forget all rounds.

        Returns
        -------
        self : StoppingCriterion
            As it was before the first round.
        """
        learnt = vars(self).keys() - self.get_params(deep=False).keys()
        for name in learnt:
            delattr(self, name)
        return self

    def _check(self, round):
        lacking = [name for name in self.needs if round[name] is None]
        if lacking:
            raise ValueError(
                f"{type(self).__name__} needs {', '.join(lacking)}, and the round has "
                "none: give it to Round"
            )

    @abstractmethod
    def _value(self, round: Round) -> float:
        """The figure of a round."""

    @abstractmethod
    def _is_reached(self) -> bool:
        """Whether ``history_`` is reason to stop."""

    def __or__(self, other: "StoppingCriterion") -> "AnyOf":
        """Stop when the first of the two does."""
        from skactive.stopping._combined import AnyOf

        return AnyOf(self, other)

    def __and__(self, other: "StoppingCriterion") -> "AllOf":
        """Stop when both have."""
        from skactive.stopping._combined import AllOf

        return AllOf(self, other)
