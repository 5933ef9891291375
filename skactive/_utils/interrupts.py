"""Exceptions that come from outside of what is tried; layer 0."""

import signal
import traceback

__all__ = ["pass_on_interrupts"]


def pass_on_interrupts(error: Exception) -> None:
    """Raise an exception again that is not of what was tried.

    A user's time limit is an exception that a handler of signals raises, wherever the
    program is; tracing neither reads nor waits, and so raises no error of the system.
    """
    handlers = [signal.getsignal(number) for number in signal.valid_signals()]
    codes = {_code_of(handler) for handler in handlers} - {None}
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    if isinstance(error, OSError) or any(f.f_code in codes for f in frames):
        raise error


def _code_of(handler):
    """Code of a function, of a partial one, or of an object that can be called."""
    function = getattr(handler, "func", handler)
    called = vars(type(function)).get("__call__")
    return getattr(function, "__code__", getattr(called, "__code__", None))
