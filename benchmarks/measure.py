"""What a call takes: time of the processor, and memory.

Seconds are those of the processor, of all threads together: other work on the machine
disturbs them least. They are compared within one run only.
"""

import time
import tracemalloc

import numpy as np

__all__ = ["least_times", "peak_bytes", "timed"]


def timed(function):
    """CPU seconds that a call takes, and what it returns."""
    start = time.process_time()
    result = function()
    return time.process_time() - start, result


def least_times(functions, repeats=3):
    """Least CPU seconds of each function, called in turns, and what they return."""
    times, results = [np.inf] * len(functions), [None] * len(functions)
    for _ in range(repeats):
        for i, function in enumerate(functions):
            seconds, results[i] = timed(function)
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
