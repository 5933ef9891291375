"""A progress bar over rounds, whoever finishes them; layer 6.

Processes, threads and the main loop report alike: a byte in a file for each finished
round. A thread of the main process looks at its size.
"""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm.auto import tqdm

__all__ = ["progress_bar", "report_round"]

EVERY = 0.25  # seconds


@contextmanager
def progress_bar(
    title: str, total: int, *, done: int = 0, shown: bool = True
) -> Iterator[str | None]:
    """Show how many of all rounds are finished, and the time left.

    Parameters
    ----------
    title : str
        What stands before the bar.
    total : int
        Number of rounds.
    done : int, default=0
        How many were finished before.
    shown : bool, default=True
        Whether to show a bar at all.

    Yields
    ------
    str or None
        The file for `report_round`; None without a bar.
    """
    if not shown:
        yield None
        return
    with (
        tempfile.TemporaryDirectory(prefix="skactive-") as folder,
        # smoothing=0: the time left by all rounds, as several may end at once
        tqdm(desc=title, total=total, initial=done, unit="round", smoothing=0) as bar,
    ):
        path, stop = os.path.join(folder, "rounds"), threading.Event()
        follow = threading.Thread(target=_follow, args=(bar, path, done, stop))
        open(path, "wb").close()
        follow.start()
        try:
            yield path
        finally:
            stop.set()
            follow.join()


def _follow(bar, path, done, stop):
    last, live = False, sys.stderr.isatty()
    while not last:
        last = stop.wait(EVERY)  # look once more when all is over
        new = done + os.path.getsize(path) - bar.n
        if new:
            bar.update(new)
        elif live:
            bar.refresh()  # the clock goes on


def report_round(path: str | None) -> None:
    """Report a finished round; does nothing without a bar, or on another machine."""
    if path is not None and os.path.exists(path):
        with open(path, "ab", buffering=0) as file:  # appending is atomic
            file.write(b".")
