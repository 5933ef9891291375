"""Arguments of a campaign, checked; layer 6."""

from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from skactive._utils.scikit_learn import n_rows
from skactive.annotation._model import last_step
from skactive.annotation._state import PRIOR

__all__ = [
    "REASONS",
    "check_annotator",
    "check_count",
    "check_note",
    "check_reason",
    "check_seconds",
    "check_strategy",
    "costs_of",
    "n_tests",
]

REASONS = ("unsure", "later", "unusable")


def check_strategy(strategy: Any) -> None:
    """Raise ``TypeError`` for what is no strategy."""
    if not callable(getattr(last_step(strategy), "query", None)):
        raise TypeError(
            f"strategy is a {type(strategy).__name__}, which has no query: give a "
            "query strategy, such as UncertaintyHerding(model)"
        )
    if last_step(strategy) is not strategy and not hasattr(strategy, "query"):
        raise TypeError("give a pipeline of skactive.pipeline, which passes query on")


def check_count(name: str, value: Any, least: int) -> int:
    """A whole number of at least `least`."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, not {value!r}")
    if value < least:
        raise ValueError(f"{name}={value} must be {least} or more")
    return int(value)


def check_annotator(annotator: Any) -> str:
    """A name, which is text."""
    if not isinstance(annotator, str):
        raise TypeError(f"annotator must be text, not {annotator!r}")
    if not annotator.strip() or annotator == PRIOR:
        raise ValueError(
            f"annotator {annotator!r} is no name of a person; {PRIOR!r} stands for "
            "labels that came with the data"
        )
    return annotator


def check_reason(reason: Any) -> str:
    """One of the reasons to skip."""
    if reason not in REASONS:
        raise ValueError(f"reason must be one of {REASONS}, not {reason!r}")
    return reason


def n_tests(test_size: Any, n: int) -> int:
    """How many of `n` rows are the test set: a number, or a share below 1."""
    if isinstance(test_size, Real) and not isinstance(test_size, Integral | bool):
        if not 0 <= float(test_size) < 1:
            raise ValueError(f"test_size={test_size} must be a share in [0, 1)")
        return round(float(test_size) * n)
    size = check_count("test_size", test_size, 0)
    if size >= n:
        raise ValueError(f"test_size={size} leaves nothing of {n} rows to learn from")
    return size


def costs_of(
    X: Any, cost: Sequence[float] | float | Callable[[Any], Any] | None
) -> np.ndarray | None:
    """What a label of each row costs.

    Parameters
    ----------
    X : array-like of n points
        The rows.
    cost : array-like of shape (n,), float, callable or None
        A callable is given the rows.

    Returns
    -------
    ndarray of shape (n,) or None
        Positive and finite.
    """
    if cost is None:
        return None
    values = np.asarray(cost(X) if callable(cost) else cost, dtype=np.float64)
    if values.ndim == 0:
        values = np.full(n_rows(X), float(values))
    if values.shape != (n_rows(X),):
        raise ValueError(
            f"cost has shape {values.shape}, and there are {n_rows(X)} rows; give a "
            "number, one for each row, or a function of the rows"
        )
    if not (np.isfinite(values).all() and (values > 0).all()):
        raise ValueError("costs must be positive and finite")
    return values


def check_note(note: Any) -> str | None:
    """A remark: text, or none."""
    if note is not None and not isinstance(note, str):
        raise TypeError(f"note must be text, not {note!r}")
    return note


def check_seconds(seconds: Any) -> float | None:
    """How long an answer took, or None."""
    if seconds is None:
        return None
    if not isinstance(seconds, Real) or not 0 <= float(seconds) < np.inf:
        raise ValueError(f"seconds must be a number of seconds, not {seconds!r}")
    return float(seconds)
