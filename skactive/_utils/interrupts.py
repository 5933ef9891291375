"""Tell exceptions of the code that was called from time limits; layer 0."""

import signal
import traceback

__all__ = ["pass_on_interrupts"]


def pass_on_interrupts(error: Exception) -> None:
    """Raise `error` again if it comes from a signal handler or the operating system.

    Tracing a net catches every exception of the net's code, which only means that the
    net cannot be traced. A user's time limit is an exception too, raised by a signal
    handler in whatever code is running, and must get through. So must an ``OSError``:
    a net does no input or output, so it is an interrupted system call.
    """
    handlers = [signal.getsignal(number) for number in signal.valid_signals()]
    codes = {_code_of(handler) for handler in handlers} - {None}
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    if isinstance(error, OSError) or any(f.f_code in codes for f in frames):
        raise error


def _code_of(handler):
    """Code object of a function, a ``functools.partial`` or a callable instance."""
    function = getattr(handler, "func", handler)
    called = vars(type(function)).get("__call__")
    return getattr(function, "__code__", getattr(called, "__code__", None))
