import functools
import signal

import pytest

from skactive._utils.interrupts import pass_on_interrupts


class OutOfTime(Exception):
    """An exception that a user's signal handler raises."""


def stop(number, frame):
    raise OutOfTime


class Stopper:
    def __call__(self, number, frame):
        raise OutOfTime

    def stop(self, number, frame):
        raise OutOfTime


def tried(call):
    """Call; hand an exception that it raises to `pass_on_interrupts`."""
    try:
        call()
    except Exception as error:
        pass_on_interrupts(error)


@pytest.mark.parametrize(
    "handler",
    [stop, Stopper(), Stopper().stop, functools.partial(stop)],
    ids=["function", "object", "method", "partial"],
)
def test_what_a_handler_of_signals_raises_is_passed_on(handler):
    before = signal.signal(signal.SIGALRM, handler)
    try:
        with pytest.raises(OutOfTime):
            tried(lambda: signal.raise_signal(signal.SIGALRM))
    finally:
        signal.signal(signal.SIGALRM, before)


def test_errors_of_the_system_are_passed_on():
    def wait():
        raise TimeoutError

    with pytest.raises(TimeoutError):
        tried(wait)


def test_other_errors_are_those_of_what_was_tried():
    def fail():
        raise OutOfTime

    tried(fail)
    tried(lambda: 1 / 0)
