"""StoppingCriterion: base class of all stopping criteria; layer 5."""

from abc import ABCMeta, abstractmethod
from typing import TYPE_CHECKING, Any, Self

from sklearn.base import BaseEstimator

from skactive.stopping._round import Round

if TYPE_CHECKING:
    from skactive.stopping._combined import AllOf, AnyOf

__all__ = ["StoppingCriterion"]


class StoppingCriterion(BaseEstimator, metaclass=ABCMeta):
    """Base class of stopping criteria, which are updated with one round after another.

    A criterion only reports whether to stop; the caller decides. It follows a single
    run: use ``sklearn.base.clone`` to get a fresh one for another run, or `reset` to
    forget the rounds. A criterion that has stopped stays stopped. Criteria can be
    combined: ``a | b`` stops when the first of the two does, ``a & b`` when both have.

    A subclass defines ``_value(round)``, the number that the criterion monitors, and
    ``_is_reached()``, whether the values in ``history_`` are a reason to stop. It lists
    in ``needs`` the fields of `Round` that it uses.

    Attributes
    ----------
    stopped_at_ : int or None
        Number of labels when the criterion stopped; None if it has not.
    history_ : list of float
        The monitored value of each round so far; NaN where it is not defined yet.

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
    # defaults before the first round; update sets them
    stopped_at_: int | None = None
    history_: Any = ()
    _parameter_constraints: dict = {}

    def update(self, round: Round) -> bool:
        """Update the criterion with the next round.

        Parameters
        ----------
        round : Round
            The round. Rounds must be passed in the order in which they were made.

        Returns
        -------
        bool
            Whether the criterion has stopped, in this round or before.

        Raises
        ------
        ValueError
            If the round lacks a field that the criterion needs, or a parameter is
            invalid.
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
            The criterion as it was before the first round.
        """
        # everything that is not a parameter was set by update
        learnt = vars(self).keys() - self.get_params(deep=False).keys()
        for name in learnt:
            delattr(self, name)
        return self

    def _check(self, round):
        lacking = [name for name in self.needs if round[name] is None]
        if lacking:
            raise ValueError(
                f"{type(self).__name__} needs {', '.join(lacking)}, which the round "
                "does not have; pass it to Round"
            )

    @abstractmethod
    def _value(self, round: Round) -> float:
        """Return the number that the criterion monitors."""

    @abstractmethod
    def _is_reached(self) -> bool:
        """Return whether the values in ``history_`` are a reason to stop."""

    def __or__(self, other: "StoppingCriterion") -> "AnyOf":
        """Combine two criteria: stop when the first of the two does."""
        from skactive.stopping._combined import AnyOf

        return AnyOf(self, other)

    def __and__(self, other: "StoppingCriterion") -> "AllOf":
        """Combine two criteria: stop when both have."""
        from skactive.stopping._combined import AllOf

        return AllOf(self, other)
