"""Round: the data that stopping criteria look at; layer 5."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike

__all__ = ["Round"]


@dataclass(frozen=True, eq=False)  # comparing arrays gives no single truth value
class Round:
    """The data of one round that a stopping criterion looks at, after a fit.

    Only the fields that the criteria list in ``needs`` are required; others may be
    None. The stop set is a sample of the pool, drawn at random once and the same in all
    rounds. Its labels are not needed.

    Parameters
    ----------
    n_labels : int
        Number of labels the model was fitted on.
    predictions : array-like of shape (m,), default=None
        Predicted classes of the points in the stop set.
    probabilities : array-like of shape (m, c), default=None
        Predicted probabilities of the points in the stop set.
    classes : array-like of shape (c,), default=None
        Classes known to the model.
    score : float, default=None
        Score on a test set, or an estimate of it; higher is better.
    labels : array-like of shape (n_read,), default=None
        All labels, in the order in which the points were read.
    n_points : int, default=None
        Total number of points, read and unread.
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
        """Return a field by name."""
        return vars(self)[name]
