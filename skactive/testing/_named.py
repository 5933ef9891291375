"""Failures that begin with the name of the check; layer 7."""

import functools
from collections.abc import Callable

__all__ = ["named"]


def named(check: Callable) -> Callable:
    """Decorate a check so that all its exceptions name it, as an ``AssertionError``.

    An exception raised by the strategy itself would only show where it failed, but not
    what was checked.

    Parameters
    ----------
    check : callable
        The check, which raises an exception if it fails.

    Returns
    -------
    callable
        The decorated check, with the same name.
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
