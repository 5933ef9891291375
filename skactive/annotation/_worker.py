"""Worker thread in which models are fitted; layer 6.

It exists while there is work, and the interpreter waits for it before it exits. A
``ThreadPoolExecutor`` cannot be used: it accepts no work once the main thread has
ended, but other threads of the user may still ask and answer.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

__all__ = ["Worker"]


class Worker:
    """Run a job in a thread on request, never twice at the same time.

    Parameters
    ----------
    job : callable
        Function without arguments. Its exceptions are raised by ``request().result()``.
    """

    def __init__(self, job: Callable[[], Any]) -> None:
        self._job = job
        self._lock = threading.Lock()
        self._queue: deque[tuple[Callable[[], Any], Future]] = deque()
        self._thread: threading.Thread | None = None

    def request(self) -> Future:
        """Request a run of the job; requests before it begins share the same run.

        Returns
        -------
        concurrent.futures.Future
            Result of a run that begins after this call.
        """
        with self._lock:
            for job, future in self._queue:
                if job is self._job:
                    return future
            return self._add(self._job)

    def run(self, job: Callable[[], Any]) -> Any:
        """Run another function in the thread and return its result."""
        with self._lock:
            future = self._add(job)
        return future.result()

    @property
    def is_busy(self) -> bool:
        """Whether a job is running or waiting."""
        with self._lock:
            return self._thread is not None

    def close(self, wait: bool = True) -> None:
        """Cancel waiting jobs, and wait for the running one."""
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
                    # under the lock, so that a job added next starts a new thread
                    self._thread = None
                    return
                job, future = self._queue.popleft()
            future.set_running_or_notify_cancel()
            try:
                future.set_result(job())
            except BaseException as error:  # raised by future.result()
                future.set_exception(error)
