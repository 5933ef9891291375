"""Progress bar over rounds that are finished in any process; layer 6.

Processes, threads and the main loop report in the same way: they append a byte to a
file for each finished round. A thread of the main process watches its size.
"""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm.auto import tqdm

__all__ = ["progress_bar", "report_round"]

EVERY = 0.25  # seconds between updates


@contextmanager
def progress_bar(
    title: str, total: int, *, done: int = 0, shown: bool = True
) -> Iterator[str | None]:
    """Show the number of finished rounds and the remaining time.

    Parameters
    ----------
    title : str
        Text before the bar.
    total : int
        Total number of rounds.
    done : int, default=0
        Number of rounds that were finished before.
    shown : bool, default=True
        Whether to show the bar.

    Yields
    ------
    str or None
        Path to pass to `report_round`; None without a bar.
    """
    if not shown:
        yield None
        return
    with (
        tempfile.TemporaryDirectory(prefix="skactive-") as folder,
        # smoothing=0 uses the average over all rounds, as several may finish at once
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
        last = stop.wait(EVERY)  # after the end, update once more
        new = done + os.path.getsize(path) - bar.n
        if new:
            bar.update(new)
        elif live:
            bar.refresh()  # updates the elapsed time


def report_round(path: str | None) -> None:
    """Report a finished round; does nothing without a bar or on another machine."""
    if path is not None and os.path.exists(path):
        with open(path, "ab", buffering=0) as file:  # appending is atomic
            file.write(b".")
