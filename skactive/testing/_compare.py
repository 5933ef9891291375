"""Comparisons used by the checks; layer 7."""

from collections.abc import Callable
from typing import Any

import array_api_compat
import numpy as np

from skactive._utils.array import namespace, resolution, to_numpy

__all__ = [
    "check_indices",
    "close",
    "equal",
    "is_float_array",
    "raises",
    "same_batch",
    "slack",
    "within",
]


def equal(expected: Any, actual: Any, what: str) -> None:
    """Raise unless two batches are identical."""
    assert np.array_equal(expected, actual), (
        f"a different batch for {what}: {actual} instead of {expected}"
    )


def close(expected: Any, actual: Any, what: str, rtol=1e-4, atol=1e-6) -> None:
    """Raise unless two arrays are equal up to small rounding errors."""
    expected, actual = to_numpy(expected), to_numpy(actual)
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol, err_msg=what)


def within(expected: np.ndarray, actual: np.ndarray, error: float, what: str) -> None:
    """Raise unless numbers differ by at most `error`; infinities must be equal."""
    assert actual.shape == expected.shape, f"{what}: {actual.shape}, {expected.shape}"
    with np.errstate(invalid="ignore"):
        apart = np.abs(actual - expected)  # NaN where both are infinite
    bad = (actual != expected) & ~(apart <= error)
    if bad.any():
        i = int(bad.argmax())
        raise AssertionError(
            f"{what}: {actual[i]} instead of {expected[i]} at point {i}, and "
            f"{int(bad.sum())} of {len(bad)} differ by more than {error:.1e}"
        )


def same_batch(expected: tuple, actual: tuple, content: Any, what: str, rtol: float):
    """Raise unless two batches are equal, up to ties.

    Parameters
    ----------
    expected, actual : tuple (indices, scores)
        Indices and scores of two batches from the same pool.
    content : array of shape (n_pool,)
        An identifier of each point, which is the same for duplicates.
    what : str
        Description of how the second batch was obtained.
    rtol : float
        Relative difference within which scores count as tied. After a tie that was
        broken differently the batches differ, and are not compared further.
    """
    (rows, scores), (others, other_scores) = expected, actual
    for step, (i, j) in enumerate(zip(rows, others, strict=True)):
        error = rtol * max(1e-3, np.abs(scores[: step + 1]).max())
        pair = scores[step : step + 1], other_scores[step : step + 1]
        within(*pair, error, f"other scores for {what}, at pick {step + 1}")
        if content[i] != content[j]:
            return


def check_indices(indices: Any, n: int, allowed: np.ndarray) -> None:
    """Raise unless `indices` are `n` different rows of the pool that are allowed."""
    assert isinstance(indices, np.ndarray), "indices are not on the host"
    assert indices.dtype == np.intp, f"indices are {indices.dtype}, not intp"
    assert indices.shape == (n,), f"{indices.shape} indices instead of ({n},)"
    assert len(np.unique(indices)) == n, f"an index is repeated: {indices}"
    assert np.isin(indices, allowed).all(), f"an index is not allowed: {indices}"


def raises(
    error: type[Exception], what: str, function: Callable, *args, **kwargs
) -> None:
    """Raise unless a call raises `error`."""
    try:
        function(*args, **kwargs)
    except error:
        return
    raise AssertionError(f"{what} does not raise {error.__name__}")


def slack(f: Any, gains: Any) -> float:
    """Largest difference between gains of an objective that count as equal."""
    finite = np.abs(to_numpy(gains)[np.isfinite(to_numpy(gains))])
    return f.rounding + resolution(gains) * float(finite.max(initial=0.0))


def is_float_array(values: Any) -> bool:
    """Whether `values` is an array or tensor of floats, not a frame or sparse."""
    if not array_api_compat.is_array_api_obj(values):
        return False
    return namespace(values).isdtype(values.dtype, "real floating")
