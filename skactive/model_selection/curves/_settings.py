"""What an experiment is made of: its settings and its data; layer 6."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from numbers import Integral
from typing import Any, NamedTuple, Self

from sklearn.utils import check_scalar, indexable

from skactive._utils.array import to_numpy

__all__ = ["Data", "Settings"]


class Data(NamedTuple):
    """All points and labels, and what belongs to them.

    Parameters
    ----------
    X, y : array-likes of n points
        All points, and their labels or values.
    X_test, y_test : array-likes or None
        A test set for all splits; None where splits have their own.
    groups : array-like of shape (n,) or None
        Groups that the splitter keeps together.
    fit_params : dict
        Given to every ``fit``; those with an entry per point are sliced with them.
    """

    X: Any
    y: Any
    X_test: Any = None
    y_test: Any = None
    groups: Any = None
    fit_params: Mapping[str, Any] = {}

    @property
    def has_test_set(self) -> bool:
        """Whether the test set is given apart from X."""
        return self.X_test is not None

    def checked(self) -> Self:
        """Check that the parts belong together, and make them indexable."""
        if self.y is None:
            raise ValueError(
                "an experiment requires y to be passed, but the target y is None: give "
                "the labels of all points; a strategy sees those that it queried"
            )
        X, y, groups = indexable(self.X, self.y, self.groups)  # sparse ones too
        X_test, y_test = indexable(self.X_test, self.y_test)
        if (X_test is None) != (y_test is None):
            raise ValueError("give X_test and y_test together, or neither of them")
        if groups is not None and X_test is not None:
            raise ValueError(
                "groups are for the splitter of cv, and with X_test nothing is split"
            )
        return self._replace(X=X, y=y, X_test=X_test, y_test=y_test, groups=groups)

    def check_one_label(self) -> None:
        """Raise if y has several columns, as it may have for regression."""
        shape = to_numpy(self.y).shape
        if len(shape) > 1 and shape[1:] != (1,):
            raise ValueError(
                f"y has shape {shape}, and strategies for classification take one "
                "label per point"
            )


@dataclass(frozen=True)
class Settings:
    """How an experiment is run; see `active_learning_curve`, which has the defaults.

    Parameters
    ----------
    n, rounds, budget, initial, n_initial, cv, scoring : object
        As in `active_learning_curve`.
    n_candidates, warm_start, callbacks, random_state : object
        As in `active_learning_curve`.
    stopping, stop_set_size : object
        As in `active_learning_curve`.
    """

    n: int
    rounds: int
    budget: int | None
    initial: Any
    n_initial: int | None
    cv: Any
    scoring: Any
    n_candidates: int | None
    warm_start: bool
    callbacks: Any
    random_state: Any
    stopping: Any = None
    stop_set_size: int = 1000

    @classmethod
    def among(cls, options: Mapping[str, Any]) -> Self:
        """Pick the settings out of all options of a function or an estimator."""
        return cls(**{field.name: options[field.name] for field in fields(cls)})

    def check(self) -> None:
        """Raise unless all numbers are in their range, and callbacks callable."""
        check_scalar(self.n, "n", Integral, min_val=1)
        check_scalar(self.rounds, "rounds", Integral, min_val=0)
        if self.budget is not None:
            check_scalar(self.budget, "budget", Integral, min_val=1)
        if self.n_candidates is not None:
            check_scalar(self.n_candidates, "n_candidates", Integral, min_val=self.n)
        check_scalar(self.stop_set_size, "stop_set_size", Integral, min_val=1)
        for callback in self.all_callbacks:
            if not callable(callback):
                raise TypeError(f"a callback must be callable, and {callback!r} is not")

    @property
    def all_callbacks(self) -> tuple[Callable, ...]:
        """The callbacks, however many there are."""
        if self.callbacks is None:
            return ()
        if callable(self.callbacks):
            return (self.callbacks,)
        return tuple(self.callbacks)
