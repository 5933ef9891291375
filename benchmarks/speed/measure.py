"""What a call takes: time of the processor, and memory.

Seconds are those of the processor, of all threads together: other work on the machine
disturbs them least. What threads gain is told by another clock. Times are compared
within one run only.
"""

import time
import tracemalloc

import numpy as np

__all__ = ["least_times", "peak_bytes", "timed"]


def timed(function, clock=time.process_time):
    """Seconds that a call takes, of the processor by default, and what it returns."""
    start = clock()
    result = function()
    return clock() - start, result


def least_times(functions, repeats=3, clock=time.process_time):
    """Least seconds of each function, called in turns, and what they return."""
    times, results = [np.inf] * len(functions), [None] * len(functions)
    for _ in range(repeats):
        for i, function in enumerate(functions):
            seconds, results[i] = timed(function, clock)
            times[i] = min(times[i], seconds)
    return times, results


def peak_bytes(function):
    """Most memory that a call holds beyond what is held before, and what it returns.

    The memory is that of which Python knows; counting it takes time.
    """
    tracemalloc.start()
    try:
        result = function()
        return tracemalloc.get_traced_memory()[1], result
    finally:
        tracemalloc.stop()
