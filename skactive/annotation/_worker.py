"""The one thread in which models are fitted; layer 6.

It lives while there is something to do, and the interpreter waits for it at its end. A
``ThreadPoolExecutor`` would not do: it takes no more work once the main thread has
ended, when threads of the user's may go on asking and answering.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
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
        self._lock = threading.Lock()
        self._queue: deque[tuple[Callable[[], Any], Future]] = deque()
        self._thread: threading.Thread | None = None

    def request(self) -> Future:
        """Have the job run once more; one run that has not begun serves all who wait.

        Returns
        -------
        concurrent.futures.Future
            Of a run that begins after this call.
        """
        with self._lock:
            for job, future in self._queue:
                if job is self._job:
                    return future
            return self._add(self._job)

    def run(self, job: Callable[[], Any]) -> Any:
        """Run another job in the thread; return what it returns."""
        with self._lock:
            future = self._add(job)
        return future.result()

    @property
    def is_busy(self) -> bool:
        """Whether a job runs, or waits to."""
        with self._lock:
            return self._thread is not None

    def close(self, wait: bool = True) -> None:
        """Give up the jobs that wait; wait for the one that runs."""
        with self._lock:
            for _, future in self._queue:
                future.cancel()
            self._queue.clear()
            thread = self._thread
        if wait and thread is not None:
            thread.join()

    def _add(self, job):
        future: Future = Future()
        self._queue.append((job, future))
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="skactive-campaign")
            self._thread.start()
        return future

    def _work(self):
        while True:
            with self._lock:
                if not self._queue:
                    self._thread = None
                    return
                job, future = self._queue.popleft()
            future.set_running_or_notify_cancel()
            try:
                future.set_result(job())
            except BaseException as error:  # raised where the result is asked for
                future.set_exception(error)
