"""Round: what a stopping criterion may look at; layer 5."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike

__all__ = ["Round"]


@dataclass(frozen=True, eq=False)  # arrays have no one truth value to compare by
class Round:
    """What a stopping criterion may look at after a fit.

    The stop set is one sample of the pool, drawn at random once and the same in all
    rounds; its labels are not needed. Give what the criteria's ``needs`` name; the
    rest may be None.

    Parameters
    ----------
    n_labels : int
        Number of labels that the model was fitted on.
    predictions : array-like of shape (m,), default=None
        Predicted classes of the stop set.
    probabilities : array-like of shape (m, c), default=None
        Predicted probabilities of the stop set.
    classes : array-like of shape (c,), default=None
        The classes that the model knows.
    score : float, default=None
        Score on a test set, or an estimate of it; larger is better.
    labels : array-like of shape (n_read,), default=None
        All labels in the order in which they were read.
    n_points : int, default=None
        How many points there are in all, read or not.
    spent : float, default=None
        Money spent on labels.

    Examples
    --------
    >>> from skactive.stopping import Budget, Round
    >>> Budget(labels=100).update(Round(n_labels=120))
    True
    """

    n_labels: int
    predictions: ArrayLike | None = None
    probabilities: ArrayLike | None = None
    classes: ArrayLike | None = None
    score: float | None = None
    labels: ArrayLike | None = None
    n_points: int | None = None
    spent: float | None = None

    def __getitem__(self, name: str) -> Any:
        """A field by its name."""
        return vars(self)[name]
