"""Seconds spent on drawing functions from the posterior; layer 6.

A query draws, and makes its choice of what it drew. Strategies do not say where one
ends and the other begins, and need not: all draws come out of their sampler.
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
    """Sum of the seconds that wrapped functions take, those within others not twice."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._running = False

    def timing(self, function: Callable) -> Callable:
        """Wrap a function so that its calls are timed."""

        @wraps(function)
        def timed(*args, **kwargs):
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
    """Time what the sampler of a fitted strategy does: functions, and features.

    What a strategy makes of each chunk of draws as it comes (``then``) is not counted.
    On a GPU, where work goes on while the host does other things, the line between
    drawing and choosing is not a sharp one.

    Parameters
    ----------
    strategy : estimator
        A fitted strategy, or a pipeline that ends in one.

    Yields
    ------
    Stopwatch
        Whose ``seconds`` grow; 0 for a strategy without a sampler.
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
        del sampler.functions, sampler.embed  # the class's own come to light again
