"""File of a campaign: events in the order in which they happened; layer 6.

An SQLite file to which rows are only added. In WAL mode with ``synchronous=FULL``, a
commit returns when its rows are on disk.
"""

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Event", "Store", "create_store"]

APPLICATION = 0x736B6163  # "skac" marks an SQLite file as a campaign
FORMAT = 1
HEADER = b"SQLite format 3\0"
SCHEMA = f"""
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {FORMAT};
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    time REAL NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL,
    blob BLOB
);
CREATE TRIGGER no_update BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER no_delete BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
"""


class Event(NamedTuple):
    """An event, as it is stored.

    Parameters
    ----------
    seq : int
        Its number: 1, 2, 3, ... without gaps.
    time : float
        Seconds since 1970.
    kind : str
        Kind of event, on which `data` depends.
    data : dict
        Values that can be stored as JSON.
    blob : bytes or None
        Packed arrays.
    """

    seq: int
    time: float
    kind: str
    data: dict[str, Any]
    blob: bytes | None = None


class Store:
    """The events of a file.

    Parameters
    ----------
    path : Path
        The file.
    write : bool
        Whether to open the file for writing.

    Raises
    ------
    FileNotFoundError, ValueError
        If the file does not exist, is not a campaign, or is damaged.
    """

    def __init__(self, path: Path, *, write: bool) -> None:
        self.path = path
        _check_header(path)
        mode = "rw" if write else "ro"
        with _damage_named(path):
            self._db = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode={mode}",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                timeout=60,
            )
            try:
                _check_content(self._db, path)
                if write:
                    _make_durable(self._db)
            except BaseException:
                self._db.close()
                raise

    def append(self, *events: Event) -> list[Event]:
        """Add events in one transaction; return them with numbers, once on disk."""
        # takes the write lock at once, so that no other process can write in between
        self._db.execute("BEGIN IMMEDIATE")
        try:
            numbered = [self._insert(event) for event in events]
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        return numbered

    def _insert(self, event):
        values = (event.time, event.kind, json.dumps(event.data), event.blob)
        done = self._db.execute(
            "INSERT INTO events (time, kind, data, blob) VALUES (?, ?, ?, ?)", values
        )
        return event._replace(seq=done.lastrowid)

    def read(self, after: int = 0) -> Iterator[Event]:
        """Yield the events after number `after`, in order.

        Raises
        ------
        ValueError
            If the file is damaged.
        """
        with _damage_named(self.path):
            rows = self._db.execute(
                "SELECT seq, time, kind, data, blob FROM events WHERE seq > ? "
                "ORDER BY seq",
                (after,),
            )
            for place, (seq, time, kind, data, blob) in enumerate(rows, after + 1):
                if seq != place:
                    raise ValueError(_damaged(self.path, f"event {place} is missing"))
                yield Event(seq, time, kind, json.loads(data), blob)

    def close(self) -> None:
        """Close the file, after merging its log into it."""
        self._db.close()  # the last connection to close does a checkpoint


def create_store(path: Path, *events: Event) -> None:
    """Create the file of a campaign with its first events, in one atomic step.

    Parameters
    ----------
    path : Path
        Path of the file, which must not exist.
    *events : Event
        The first events.
    """
    log = Path(f"{path}-wal")
    if log.exists() and log.stat().st_size:
        raise ValueError(
            f"{log} is the log of a campaign whose file {path} is missing; restore the "
            "file, or move the log away to start a new campaign"
        )
    new = Path(f"{path}.new")
    for left in (new, Path(f"{new}-wal"), Path(f"{new}-shm")):
        left.unlink(missing_ok=True)  # left over by a process that was killed here
    db = sqlite3.connect(new, isolation_level=None)
    db.executescript(SCHEMA)
    _make_durable(db)
    db.close()
    store = Store(new, write=True)
    store.append(*events)
    store.close()
    # atomic: other processes see either no file or a complete one
    os.replace(new, path)
    _sync_folder(path.parent)


def _make_durable(db):
    """Make commits durable, and let readers not wait for the writer."""
    mode = db.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise OSError(
            f"the file system does not support SQLite's WAL (journal mode {mode}); "
            "put the campaign on a local disk"
        )
    db.execute("PRAGMA synchronous = FULL")


def _sync_folder(folder):
    """Flush a folder, so that a renamed file is on disk; not needed on Windows."""
    if os.name == "posix":
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _check_header(path):
    """Raise if a file does not begin like an SQLite file."""
    with open(path, "rb") as file:
        start = file.read(len(HEADER))
    if not start:
        raise ValueError(
            f"{path} is empty, so it was truncated, or not made by a campaign; move it "
            "away to start a new one"
        )
    if start != HEADER:
        raise ValueError(f"{path} is not a campaign, as it is not an SQLite file")
    _check_size(path)


def _check_size(path):
    """Raise if a file is truncated; SQLite only notices when it needs the pages."""
    log = Path(f"{path}-wal")
    if log.exists() and log.stat().st_size:
        return  # the file grows when the log is merged into it
    with open(path, "rb") as file:
        head = file.read(100)
    # offsets in SQLite's header: change counter, number of pages, and the change
    # counter for which that number is valid
    number = {at: int.from_bytes(head[at : at + 4], "big") for at in (24, 28, 92)}
    page = int.from_bytes(head[16:18], "big")
    expected = number[28] * (65536 if page == 1 else page)
    found = path.stat().st_size
    # the number of pages is only valid if both change counters are equal
    if len(head) < 100 or (number[24] == number[92] and found < expected):
        raise ValueError(_damaged(path, f"{found} bytes of {expected}"))


def _check_content(db, path):
    """Raise if a file is from another program or a later version, or is damaged."""
    application = db.execute("PRAGMA application_id").fetchone()[0]
    if application != APPLICATION:
        raise ValueError(
            f"{path} is not a campaign, but an SQLite file of another program"
        )
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > FORMAT:
        raise ValueError(
            f"{path} has format {version}, but this version of skactive reads up to "
            f"{FORMAT}; use a later version"
        )
    found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise ValueError(_damaged(path, found))


@contextlib.contextmanager
def _damage_named(path):
    """Reword SQLite's errors to name the damaged file."""
    try:
        yield
    except (sqlite3.DatabaseError, json.JSONDecodeError) as error:
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            raise
        raise ValueError(_damaged(path, error)) from error


def _damaged(path, why):
    why = " ".join(str(why).split())
    return (
        f"{path} is damaged ({why}); recover what is readable by "
        f'sqlite3 {path} ".recover"'
    )
