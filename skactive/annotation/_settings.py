"""Checks of single arguments of a campaign; layer 6."""

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
    """Raise ``TypeError`` if `strategy` is not a query strategy."""
    if not callable(getattr(last_step(strategy), "query", None)):
        raise TypeError(
            f"strategy is a {type(strategy).__name__}, which has no query; pass a "
            "query strategy, such as UncertaintyHerding(model)"
        )
    if last_step(strategy) is not strategy and not hasattr(strategy, "query"):
        raise TypeError(
            "strategy is a Pipeline of scikit-learn, which has no query; use that of "
            "skactive.pipeline"
        )


def check_count(name: str, value: Any, least: int) -> int:
    """Return an integer of at least `least`, or raise."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be an integer, not {value!r}")
    if value < least:
        raise ValueError(f"{name}={value} must be at least {least}")
    return int(value)


def check_annotator(annotator: Any) -> str:
    """Return the name of an annotator, or raise."""
    if not isinstance(annotator, str):
        raise TypeError(f"annotator must be text, not {annotator!r}")
    if not annotator.strip() or annotator == PRIOR:
        raise ValueError(
            f"annotator must not be {annotator!r}: it must not be empty, and {PRIOR!r} "
            "is reserved for labels that came with the data"
        )
    return annotator


def check_reason(reason: Any) -> str:
    """Return a valid reason to skip, or raise."""
    if reason not in REASONS:
        raise ValueError(f"reason must be one of {REASONS}, not {reason!r}")
    return reason


def n_tests(test_size: Any, n: int) -> int:
    """Number of test rows among `n`, given as a number or a fraction below 1."""
    if isinstance(test_size, Real) and not isinstance(test_size, Integral | bool):
        if not 0 <= float(test_size) < 1:
            raise ValueError(f"test_size={test_size} must be a fraction in [0, 1)")
        return round(float(test_size) * n)
    size = check_count("test_size", test_size, 0)
    if size >= n:
        raise ValueError(
            f"test_size={size} leaves none of {n} rows to learn from; use a smaller one"
        )
    return size


def costs_of(
    X: Any, cost: Sequence[float] | float | Callable[[Any], Any] | None
) -> np.ndarray | None:
    """Cost of labelling each row.

    Parameters
    ----------
    X : array-like of n points
        The rows.
    cost : array-like of shape (n,), float, callable or None
        Costs, or a function of the rows that returns them.

    Returns
    -------
    ndarray of shape (n,) or None
        Positive, finite costs.
    """
    if cost is None:
        return None
    values = np.asarray(cost(X) if callable(cost) else cost, dtype=np.float64)
    if values.ndim == 0:
        values = np.full(n_rows(X), float(values))
    if values.shape != (n_rows(X),):
        raise ValueError(
            f"cost must be a number, one for each of {n_rows(X)} rows, or a function "
            f"of the rows, but has shape {values.shape}"
        )
    if not (np.isfinite(values).all() and (values > 0).all()):
        raise ValueError("cost must be positive and finite for every row")
    return values


def check_note(note: Any) -> str | None:
    """Return a comment, which is text or None, or raise."""
    if note is not None and not isinstance(note, str):
        raise TypeError(f"note must be text, not {note!r}")
    return note


def check_seconds(seconds: Any) -> float | None:
    """Return the time taken to answer, or None, or raise."""
    if seconds is None:
        return None
    if not isinstance(seconds, Real) or not 0 <= float(seconds) < np.inf:
        raise ValueError(f"seconds must be a number of seconds, not {seconds!r}")
    return float(seconds)
