"""Common parts of the speed benchmarks: command line, threads, time and memory.

`begin` fixes the number of threads and prints it, with the load of the machine. Unless
a script says otherwise, seconds are CPU seconds with one thread, which other work on
the machine affects least, and seconds by the clock with several, since CPU time also
counts threads that wait for each other. Times are only compared within a run.
"""

import argparse
import os
import sys
import time
import tracemalloc

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

__all__ = [
    "begin",
    "command_line",
    "least_times",
    "now",
    "peak_bytes",
    "pin_threads",
    "timed",
]

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def command_line(doc, quick=None):
    """Parser with ``--threads``, and with ``--quick`` where `quick` explains it."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    text = "of BLAS, OpenMP and torch; default: %(default)s"
    parser.add_argument("--threads", type=int, default=1, help=text)
    if quick is not None:
        parser.add_argument("--quick", action="store_true", help=quick)
    return parser


def begin(parser, argv=None, file=None):
    """Read the command line, pin the threads, and print how many there are."""
    arguments = parser.parse_args(argv)
    pin_threads(arguments.threads, file)
    return arguments


def pin_threads(n, file=None):
    """Set the number of threads to `n`, here and in child processes, and print it."""
    # for child processes, and libraries that are loaded later
    os.environ.update(dict.fromkeys(VARIABLES, str(n)))
    threadpool_limits(n)
    names = pools_of(n)
    if "torch" in sys.modules:
        # torch has its own number of threads, besides that of OpenMP
        sys.modules["torch"].set_num_threads(n)
        names.append("torch")
    print(
        f"threads: {n} ({', '.join(names)}) on {os.cpu_count()} cores; load of the "
        f"machine: {os.getloadavg()[0]:.1f}",
        file=file,
        flush=True,
    )


def pools_of(n):
    """Names of the thread pools; raise if one does not have `n` threads."""
    pools = threadpool_info()
    for pool in pools:
        if pool["num_threads"] != n:
            found = pool["num_threads"]
            raise RuntimeError(f"{pool['filepath']} has {found} threads, not {n}")
    return sorted({pool["internal_api"] for pool in pools})


def now():
    """CPU seconds with one thread; seconds by the clock with several."""
    one = os.environ.get(VARIABLES[0], "1") == "1"
    return time.process_time() if one else time.perf_counter()


def timed(function, clock=now):
    """Seconds that a call takes, and its result."""
    start = clock()
    result = function()
    return clock() - start, result


def least_times(functions, repeats=3, clock=now):
    """Smallest time of each function, called in turns, and what they return."""
    times, results = [np.inf] * len(functions), [None] * len(functions)
    for _ in range(repeats):
        for i, function in enumerate(functions):
            seconds, results[i] = timed(function, clock)
            times[i] = min(times[i], seconds)
    return times, results


def peak_bytes(function):
    """Peak memory of a call, in addition to that in use before, and its result.

    Only memory of Python's allocator is counted, and counting takes time.
    """
    tracemalloc.start()
    try:
        result = function()
        return tracemalloc.get_traced_memory()[1], result
    finally:
        tracemalloc.stop()
