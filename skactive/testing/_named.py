"""Failures that begin with the name of the check that found them; layer 7."""

import functools
from collections.abc import Callable

__all__ = ["named"]


def named(check: Callable) -> Callable:
    """Let whatever a check raises be an ``AssertionError`` that names the check.

    An author who reads the last line alone should know what was asked: an error that
    the strategy itself raises says only where it broke.

    Parameters
    ----------
    check : callable
        Raises where something is wrong.

    Returns
    -------
    callable
        The same, of the same name.
    """

    @functools.wraps(check)
    def checked(*args, **kwargs):
        try:
            return check(*args, **kwargs)
        except Exception as error:
            kind = "" if isinstance(error, AssertionError) else type(error).__name__
            said = f"{kind}: {error}" if kind else str(error)
            raise AssertionError(f"{check.__name__}: {said}") from error

    return checked
