"""Measure the time spent on drawing functions from the posterior; layer 6.

A query draws functions and selects points by them. Strategies need not separate the
two: all draws come from their sampler, which is timed.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from sklearn.pipeline import Pipeline

from skactive.base import QueryStrategy

__all__ = ["Stopwatch", "timed_draws"]


class Stopwatch:
    """Total time of wrapped functions, counting nested calls once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._running = False

    def timing(self, function: Callable) -> Callable:
        """Wrap a function to time its calls."""

        @wraps(function)
        def timed(*args, **kwargs):
            # within a call that is timed already
            if self._running:
                return function(*args, **kwargs)
            self._running, start = True, time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds += time.perf_counter() - start
                self._running = False

        return timed


@contextmanager
def timed_draws(strategy: Any) -> Iterator[Stopwatch]:
    """Time the sampler of a fitted strategy within a block: functions and features.

    The reduction of each chunk of draws (``then``) is not counted. On a GPU, which
    works asynchronously, the times of drawing and selecting cannot be separated
    exactly.

    Parameters
    ----------
    strategy : estimator
        A fitted strategy, or a pipeline that ends in one.

    Yields
    ------
    Stopwatch
        A stopwatch whose ``seconds`` grow; 0 for a strategy without a sampler.
    """
    watch = Stopwatch()
    last = strategy.steps[-1][1] if isinstance(strategy, Pipeline) else strategy
    sampler = last.sampler_ if isinstance(last, QueryStrategy) else None
    if sampler is None:
        yield watch
        return
    draw_functions = watch.timing(sampler.functions)
    sampler.functions = lambda rng: watch.timing(draw_functions(rng))
    sampler.embed = watch.timing(sampler.embed)
    try:
        yield watch
    finally:
        del sampler.functions, sampler.embed  # uncovers the methods of the class
