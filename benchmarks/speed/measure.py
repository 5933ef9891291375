"""What every benchmark of speed shares: its command line, threads, time and memory.

Seconds are CPU seconds, summed over threads, unless a script says otherwise: other work
on the machine disturbs them least. Threads still matter, since a product that is spread
over two waits for both: `begin` pins them and prints how many there are, and how busy
the machine is. Times are compared within one run only.
"""

import argparse
import os
import sys
import time
import tracemalloc

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

__all__ = ["begin", "command_line", "least_times", "peak_bytes", "pin_threads", "timed"]

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
    """Give every pool of threads `n`, here and in child processes, and print them."""
    # read by child processes, and by libraries that are loaded later
    os.environ.update(dict.fromkeys(VARIABLES, str(n)))
    threadpool_limits(n)
    names = pools_of(n)
    if "torch" in sys.modules:
        # torch's own number, beside that of its OpenMP
        sys.modules["torch"].set_num_threads(n)
        names.append("torch")
    print(
        f"threads: {n} ({', '.join(names)}) on {os.cpu_count()} cores; load of the "
        f"machine: {os.getloadavg()[0]:.1f}",
        file=file,
        flush=True,
    )


def pools_of(n):
    """Names of the pools; raise where one has not `n` threads."""
    pools = threadpool_info()
    for pool in pools:
        if pool["num_threads"] != n:
            found = pool["num_threads"]
            raise RuntimeError(f"{pool['filepath']} has {found} threads, not {n}")
    return sorted({pool["internal_api"] for pool in pools})


def timed(function, clock=time.process_time):
    """Seconds that a call takes, of CPU time by default, and what it returns."""
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
    """Peak memory of a call above what was held before, and what it returns.

    Counted is what Python's allocator knows of; counting takes time.
    """
    tracemalloc.start()
    try:
        result = function()
        return tracemalloc.get_traced_memory()[1], result
    finally:
        tracemalloc.stop()
