"""A lock for the only process that writes a campaign, released when it dies.

Layer 6. Locks of ``fcntl`` belong to a process. Two campaigns in the same process are
kept apart by a list of our own. A forked child inherits neither, and must not write.
"""

import os
import sys
from pathlib import Path
from typing import Any

__all__ = ["WriterLock"]

_held: set[Path] = set()  # files locked by this process


class WriterLock:
    """Lock for writing a campaign, until `release` or the end of the process.

    Parameters
    ----------
    path : Path
        File of the campaign. The lock is on a separate file beside it: SQLite locks
        files as well, and closing any handle of a file releases its locks.

    Raises
    ------
    RuntimeError
        If another process, or another campaign in this one, has the lock.
    """

    def __init__(self, path: Path) -> None:
        self.key = path.resolve()
        self.pid = os.getpid()
        if self.key in _held:
            raise RuntimeError(
                f"{path} is already open for writing in this process; close() the "
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
                f"{path} is being written by {holder}, and only one process can write; "
                "open it for reading, without X, or end that process"
            ) from None
        self._say_who()
        _held.add(self.key)

    def check(self) -> None:
        """Raise ``RuntimeError`` in a forked child, which does not have the lock."""
        if os.getpid() != self.pid:
            raise RuntimeError(
                f"{self.key} was opened by process {self.pid}, but this is its child "
                f"process {os.getpid()}, and only one process can write; open it for "
                "reading, without X, or label on the page that the parent serves"
            )

    def release(self) -> None:
        """Release the lock."""
        _held.discard(self.key)
        self._file.close()

    def _say_who(self):
        """Write the process number for the error message of other processes."""
        self._file.truncate(0)
        self._file.write(f"process {self.pid}")
        self._file.flush()


def _lock(file: Any) -> None:
    """Lock a file, or raise ``OSError`` immediately."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(2**30)  # locked bytes cannot be read, so not those with the number
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)
    else:
        import fcntl

        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
