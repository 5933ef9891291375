"""One writing process for a file: a lock that the system drops when the process dies.

Layer 6. Locks of ``fcntl`` belong to a process: two campaigns of one process are told
apart by a list of ours, and a forked child, which inherits neither, may not write.
"""

import os
import sys
from pathlib import Path
from typing import Any

__all__ = ["WriterLock"]

_held: set[Path] = set()  # by this process


class WriterLock:
    """The right to write one campaign, until `release` or the end of the process.

    Parameters
    ----------
    path : Path
        The campaign's file. The lock is on a file of its own beside it: closing any
        other handle of a locked file would drop the lock, and SQLite has locks too.

    Raises
    ------
    RuntimeError
        If another process, or another campaign of this one, is writing.
    """

    def __init__(self, path: Path) -> None:
        self.key = path.resolve()
        self.pid = os.getpid()
        if self.key in _held:
            raise RuntimeError(
                f"{path} is already open for writing in this process: close() the "
                "other campaign first, or open it for reading, without X"
            )
        self._file = open(f"{path}.lock", "a+")  # noqa: SIM115 - held while writing
        try:
            _lock(self._file)
        except OSError:
            self._file.seek(0)
            holder = self._file.read().strip() or "another process"
            self._file.close()
            raise RuntimeError(
                f"{path} is being written by {holder}: one process writes a campaign; "
                "open it for reading, without X, or end that process"
            ) from None
        self._say_who()
        _held.add(self.key)

    def check(self) -> None:
        """Raise ``RuntimeError`` in a forked child, which has no lock."""
        if os.getpid() != self.pid:
            raise RuntimeError(
                f"{self.key} was opened by process {self.pid}, and this is its child "
                f"{os.getpid()}: one process writes a campaign; open it for reading, "
                "without X, or ask through the page that the parent serves"
            )

    def release(self) -> None:
        """Let others write."""
        _held.discard(self.key)
        self._file.close()

    def _say_who(self):
        """Leave word for the error that another process gets."""
        self._file.truncate(0)
        self._file.write(f"process {self.pid}")
        self._file.flush()


def _lock(file: Any) -> None:
    """Lock a file, or raise ``OSError`` at once."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(2**30)  # what is locked cannot be read: not the text
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)
    else:
        import fcntl

        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
