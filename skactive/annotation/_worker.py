"""The one thread in which models are fitted; layer 6."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

__all__ = ["Worker"]


class Worker:
    """Runs a job again and again, never twice at once, while others go on.

    Parameters
    ----------
    job : callable
        Called without arguments. What it raises is raised by ``request().result()``.
    """

    def __init__(self, job: Callable[[], Any]) -> None:
        self._job = job
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="skactive-campaign")
        self._lock = threading.Lock()
        self._last: Future | None = None

    def request(self) -> Future:
        """Have the job run once more; one run that has not begun serves all who wait.

        Returns
        -------
        concurrent.futures.Future
            It began after this call, or will.
        """
        with self._lock:
            begun = self._last is None or self._last.running() or self._last.done()
            if begun or self._last is None:
                self._last = self._pool.submit(self._job)
            return self._last

    def run(self, job: Callable[[], Any]) -> Any:
        """Run another job in the thread; return what it returns."""
        return self._pool.submit(job).result()

    @property
    def is_busy(self) -> bool:
        """Whether a job runs, or waits to."""
        with self._lock:
            return self._last is not None and not self._last.done()

    def close(self) -> None:
        """Wait for the job that runs; those that wait are given up."""
        self._pool.shutdown(wait=True, cancel_futures=True)
