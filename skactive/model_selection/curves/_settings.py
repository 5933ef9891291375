"""Settings and data of an experiment; layer 6."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from numbers import Integral
from typing import Any, NamedTuple, Self

from sklearn.utils import check_scalar, indexable

from skactive._utils.array import to_numpy

__all__ = ["Data", "Settings"]


class Data(NamedTuple):
    """All points and labels, with groups and fit parameters.

    Parameters
    ----------
    X, y : array-likes of n points
        All points and their labels, or target values.
    X_test, y_test : array-likes or None
        Test set for all splits; None if each split has its own.
    groups : array-like of shape (n,) or None
        Groups that the splitter must keep together.
    fit_params : dict
        Passed to every ``fit``; those with one entry per point are indexed with them.
    """

    X: Any
    y: Any
    X_test: Any = None
    y_test: Any = None
    groups: Any = None
    fit_params: Mapping[str, Any] = {}

    @property
    def has_test_set(self) -> bool:
        """Whether a separate test set was given."""
        return self.X_test is not None

    def checked(self) -> Self:
        """Check that the parts are consistent, and make them indexable."""
        if self.y is None:
            raise ValueError(
                "an experiment requires y to be passed, but the target y is None; pass "
                "the labels of all points: a strategy sees only those it has queried"
            )
        # converts sparse matrices
        X, y, groups = indexable(self.X, self.y, self.groups)
        X_test, y_test = indexable(self.X_test, self.y_test)
        if (X_test is None) != (y_test is None):
            raise ValueError("pass both X_test and y_test, or neither of them")
        if groups is not None and X_test is not None:
            raise ValueError(
                "groups are used to split X, but with X_test and y_test nothing is "
                "split; leave them out"
            )
        return self._replace(X=X, y=y, X_test=X_test, y_test=y_test, groups=groups)

    def check_one_label(self) -> None:
        """Raise if y has several columns, which only regression allows."""
        shape = to_numpy(self.y).shape
        if len(shape) > 1 and shape[1:] != (1,):
            raise ValueError(
                f"y has shape {shape}, but strategies for classification need one "
                "label per point"
            )


@dataclass(frozen=True)
class Settings:
    """Settings of an experiment; see `active_learning_curve` for the defaults.

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
        """Select the settings among the options of a function or an estimator."""
        return cls(**{field.name: options[field.name] for field in fields(cls)})

    def check(self) -> None:
        """Raise unless numbers are in their range, and callbacks callable."""
        check_scalar(self.n, "n", Integral, min_val=1)
        check_scalar(self.rounds, "rounds", Integral, min_val=0)
        if self.budget is not None:
            check_scalar(self.budget, "budget", Integral, min_val=1)
        if self.n_candidates is not None:
            check_scalar(self.n_candidates, "n_candidates", Integral, min_val=self.n)
        check_scalar(self.stop_set_size, "stop_set_size", Integral, min_val=1)
        for callback in self.all_callbacks:
            if not callable(callback):
                raise TypeError(f"callbacks must be callable, but {callback!r} is not")

    @property
    def all_callbacks(self) -> tuple[Callable, ...]:
        """The callbacks as a tuple, whether none, one or several were given."""
        if self.callbacks is None:
            return ()
        if callable(self.callbacks):
            return (self.callbacks,)
        return tuple(self.callbacks)
