import subprocess
import sys
import threading
from concurrent.futures import CancelledError

import pytest

from skactive.annotation._worker import Worker


def test_runs_that_have_not_begun_are_shared():
    begun, go, runs = threading.Semaphore(0), threading.Semaphore(0), []

    def job():
        begun.release()
        assert go.acquire(timeout=30)
        runs.append(threading.current_thread().name)
        return len(runs)

    worker = Worker(job)
    first = worker.request()
    assert begun.acquire(timeout=30)
    second = worker.request()
    assert worker.request() is second
    assert second is not first
    go.release(2)
    assert (first.result(30), second.result(30)) == (1, 2)
    assert set(runs) == {"skactive-campaign"}
    worker.close()
    assert not worker.is_busy


def test_errors_are_raised_where_the_result_is_asked_for():
    def job():
        raise ValueError("no")

    worker = Worker(job)
    with pytest.raises(ValueError, match="no"):
        worker.request().result(30)
    assert worker.run(lambda: 3) == 3


def test_closing_waits_for_what_runs_and_gives_up_the_rest():
    begun, go, runs = threading.Event(), threading.Event(), []

    def job():
        begun.set()
        assert go.wait(30)
        runs.append(1)

    worker = Worker(job)
    worker.request()
    assert begun.wait(30)
    waiting = worker.request()
    threading.Timer(0.1, go.set).start()
    worker.close()
    assert runs == [1]
    with pytest.raises(CancelledError):
        waiting.result(0)


AFTER_MAIN = """
import threading, time
from skactive.annotation._worker import Worker

worker = Worker(lambda: print("done", flush=True))

def later():
    threading.main_thread().join()
    worker.request()

threading.Thread(target=later).start()
"""


def test_work_is_taken_after_the_main_thread_has_ended():
    done = subprocess.run(
        [sys.executable, "-c", AFTER_MAIN], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("done", "")
